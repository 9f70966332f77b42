import type { PlatformLogEntry } from '../../platforms/ports.ts';
import { withoutSecrets } from '../../shared/redact.ts';
import { nativeStatus, type Job, type LogEntry, type LogLevel } from '../model.ts';
import { jobFolder } from './stac.ts';

/** Where a job's log is kept when it has ended: JSON Lines, beside its results. */
export const runlogPath = (jobId: string): string => `${jobFolder(jobId)}runlog`;

/** Longest message that is shown, in characters. */
const longestMessage = 4000;
const ofPlatform = 'platform:';

/** From worst to least (openEO, `GET /jobs/{id}/logs`): a level asks for everything that is at least as bad. */
const levels: readonly LogLevel[] = ['error', 'warning', 'info', 'debug'];

export const atLeast = (entries: readonly LogEntry[], level: LogLevel): LogEntry[] =>
  entries.filter((entry) => levels.indexOf(entry.level) <= levels.indexOf(level));

/** What Swath itself has to say of a job, from what the job says now: so it costs no write, and tells its latest message only. */
export function ownEntries(job: Job): LogEntry[] {
  const entry = (what: string, time: string | undefined, message: string, level: LogLevel = 'info'): LogEntry[] =>
    time === undefined ? [] : [{ id: `swath:${what}`, level, message: shown(message), time, source: 'swath' }];
  const over = job.finished !== undefined;
  const again = job.incarnation > 1 ? `, for the ${job.incarnation}. time` : '';
  const { platformId, platformJobId, message } = job;
  return [
    ...entry('created', job.created, `Accepted for ${platformId}${again}.`),
    ...entry('waits', over || message === undefined ? undefined : job.updated, message ?? '', job.held ? 'warning' : 'info'),
    ...entry('submitted', job.submitted, `Sent to ${platformId}${platformJobId ? ` as ${platformJobId}` : ''}.`),
    ...entry('started', job.started, 'Running.'),
    ...entry(
      'finished',
      job.finished,
      `The job is ${nativeStatus[job.status]}.${message === undefined ? '' : ` ${message}`}`,
      job.status === 'failed' ? 'error' : 'info',
    ),
    ...entry('results', job.resultsAt, 'The results are ready.'),
  ];
}

const shown = (text: string): string => withoutSecrets(text.slice(0, 4 * longestMessage)).slice(0, longestMessage);

/** A platform's own entry; levels that are none count as `info`. */
export const platformEntry = ({ id, level, message, time }: PlatformLogEntry): LogEntry => {
  const known = levels.find((one) => one === level?.toLowerCase());
  return {
    id: ofPlatform + id,
    level: known ?? 'info',
    message: shown(message),
    ...(time === undefined ? {} : { time }),
    source: 'platform',
  };
};

/** The platform's id of the entry with this id of ours; undefined for an entry that is not a platform's. */
export const platformEntryId = (id: string): string | undefined => (id.startsWith(ofPlatform) ? id.slice(ofPlatform.length) : undefined);
