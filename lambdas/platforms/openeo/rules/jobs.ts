import type { ListedJob, PlatformNews } from '../../../platforms/ports.ts';
import { header, readable, segment, type Reply } from '../../replies/model.ts';
import { JobDocument, type LogEntry } from '../model.ts';

/** The standard's words. `cancelled` is none of them, but seen. */
const phases: Readonly<Record<string, NonNullable<PlatformNews['phase']>>> = {
  created: 'created',
  queued: 'queued',
  running: 'running',
  finished: 'successful',
  error: 'failed',
  canceled: 'dismissed',
  cancelled: 'dismissed',
};

const phaseOf = (status: string): PlatformNews['phase'] => (Object.hasOwn(phases, status) ? phases[status] : undefined);

/** A job document as news; undefined if it has no status. Words we do not know come without a phase. */
export function news(job: JobDocument, platformJobId: string): PlatformNews | undefined {
  if (job.status === undefined) return undefined;
  const phase = phaseOf(job.status);
  return {
    platformJobId,
    raw: readable(job.status),
    ...(phase === undefined ? {} : { phase }),
    ...(job.progress === undefined ? {} : { progress: Math.min(100, Math.max(0, job.progress)) }),
  };
}

/** Longest title that is sent, in characters: back-ends keep it in a column of 255. */
const maxTitle = 250;

/** The title of a platform job: the user's text, then the tag by which the job is found again. */
export const taggedTitle = (title: string, tag: string): string => `${[...title].slice(0, maxTitle - tag.length - 1).join('')} ${tag}`;

/** Only at the end: a user's own text may hold the tag of another job. */
const hasTag = (job: JobDocument, tag: string): boolean => job.title?.endsWith(` ${tag}`) === true;

/** Jobs with the tag, oldest first, each once however often the pages show it. */
export function tagged(jobs: readonly JobDocument[], tag: string): PlatformNews[] {
  const mine = new Map(jobs.filter((job) => hasTag(job, tag)).map((job) => [job.id, job]));
  return [...mine.values()]
    .toSorted((a, b) => Date.parse(a.created ?? '') - Date.parse(b.created ?? '') || 0)
    .map((job) => news(job, job.id) ?? { platformJobId: job.id, raw: '' });
}

/** A page of a job list as far as it can be read. */
export const listed = (entries: readonly unknown[]): ListedJob[] =>
  entries.flatMap((entry) => {
    const job = JobDocument.safeParse(entry).data;
    const said = job && news(job, job.id);
    if (said === undefined) return [];
    const tag = / (\[swath:[^\]]+\])$/.exec(job!.title ?? '')?.[1];
    const created = Date.parse(job!.created ?? '');
    return [{ ...said, ...(tag === undefined ? {} : { tag }), ...(Number.isNaN(created) ? {} : { created }) }];
  });

/** The id that a 2xx answer to `POST /jobs` tells: `OpenEO-Identifier`, else the end of `Location`. */
export function createdId(reply: Reply): string | undefined {
  const named = header(reply, 'openeo-identifier')?.trim() || undefined;
  const path = URL.parse(header(reply, 'location') ?? '', 'http://platform.invalid/')?.pathname;
  const encoded = path?.match(/\/jobs\/([^/]+)\/?$/)?.[1];
  const id = named ?? (encoded === undefined ? undefined : decoded(encoded));
  return id === undefined || segment(id) === undefined ? undefined : id;
}
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Errors before the last that are told, and characters in all: the job's message holds 1,000. */
const [mostErrors, longestTail] = [5, 990];

/**
 * Why a job failed: the errors at the end of its log, the last one first, since it is the reason as a rule and survives
 * where a text is cut. Back-ends before 1.2 do not filter by level.
 */
export function errorTail(logs: readonly LogEntry[]): string | undefined {
  const errors = logs.filter(({ level, message }) => level?.toLowerCase() === 'error' && message).map(({ message }) => readable(message!));
  const last = [...new Set(errors.toReversed())].slice(0, mostErrors);
  if (last.length === 0) return undefined;
  const [reason, ...before] = last;
  return before.length === 0 ? reason : `${reason} (before: ${before.join('; ')})`.slice(0, longestTail);
}
