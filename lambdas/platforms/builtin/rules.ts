import type { Write } from '../../shared/table/write.ts';
import type { PlatformLogEntry, PlatformNews, Submission } from '../../platforms/ports.ts';
import { iso } from '../../shared/time/clock.ts';
import type { BuiltinJob, BuiltinStatus } from './model.ts';

const ttlSeconds = 30 * 24 * 3600;

/** Inputs larger than this (bytes of JSON) are refused: an item of the table holds at most 400 KB. */
export const maxInputBytes = 300_000;

/** Outputs up to this size (characters of JSON) stay in the job's item. */
export const inlineOutput = 8 * 1024;

const phases = {
  created: 'created',
  queued: 'queued',
  running: 'running',
  finished: 'successful',
  error: 'failed',
  canceled: 'dismissed',
} as const satisfies Record<BuiltinStatus, PlatformNews['phase']>;

export function newJob(id: string, submission: Submission, now: number): BuiltinJob {
  const { tag, process, title, inputs } = submission;
  const time = iso(now);
  return { id, tag, process, title, inputs, status: 'created', created: time, updated: time, expires: Math.floor(now / 1000) + ttlSeconds };
}

export const newsOf = (job: BuiltinJob): PlatformNews => ({
  platformJobId: job.id,
  raw: job.status,
  phase: phases[job.status],
  ...(job.progress === undefined ? {} : { progress: job.progress }),
  ...(job.message === undefined ? {} : { message: job.message }),
});

/** A job's log, from its times. */
export function logOf(job: BuiltinJob): PlatformLogEntry[] {
  const entry = (id: string, time: string | undefined, message: string, level = 'info'): PlatformLogEntry[] =>
    time === undefined ? [] : [{ id, level, message, time }];
  const end = job.status === 'error' ? (job.message ?? 'Failed.') : job.status === 'canceled' ? 'Canceled.' : 'Finished.';
  return [
    ...entry('created', job.created, `Created, to run ${job.process}.`),
    ...entry('started', job.started, 'Started.'),
    ...entry('finished', job.finished, end, job.status === 'error' ? 'error' : 'info'),
  ];
}

export const queue = (now: number): Write => ({ when: [{ attr: 'status', is: 'created' }], set: { status: 'queued', updated: iso(now) } });

/** A run begins, or goes on when the same run is delivered again after it broke off. `created`: the start has not been noted yet. */
export const begin = (runId: string, now: number): Write => ({
  when: [{ anyOf: [{ attr: 'status', in: ['created', 'queued'] }, { allOf: mine(runId) }] }],
  set: { status: 'running', runId, progress: 0, started: iso(now), updated: iso(now) },
});

export const advance = (runId: string, progress: number, now: number): Write => ({
  when: mine(runId),
  set: { progress, updated: iso(now) },
});

export const finish = (runId: string, output: Pick<BuiltinJob, 'outputs' | 'outputKey' | 'files'>, now: number): Write => ({
  when: mine(runId),
  set: { status: 'finished', progress: 100, ...output, finished: iso(now), updated: iso(now) },
});

export const fail = (runId: string, message: string, now: number): Write => ({
  when: mine(runId),
  set: { status: 'error', message, finished: iso(now), updated: iso(now) },
});

export const cancel = (now: number): Write => ({
  when: [{ attr: 'status', in: ['created', 'queued', 'running'] }],
  set: { status: 'canceled', finished: iso(now), updated: iso(now) },
});

/** Only the run that has the job may write its end, and nothing ends twice: a cancelled job stays cancelled. */
const mine = (runId: string): Write['when'] => [
  { attr: 'status', is: 'running' },
  { attr: 'runId', is: runId },
];
