import type { Job } from '../../dispatch/model.ts';
import { counted, none, type Chunk, type Counts, type Task, type TaskError, type TaskStatus } from '../model.ts';

/** Different messages kept of a chunk and of a task; whatever else failed is in the counts. */
const mostErrors = 10;
const longestMessage = 300;

type Count = Pick<Chunk, 'counts' | 'errors' | 'firstFinished' | 'lastFinished'>;

const earlier = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b < a) ? b : a);
const later = (a: string | undefined, b: string | undefined) => (a === undefined || (b !== undefined && b > a) ? b : a);

/** A chunk as its jobs are: counts, messages of failed jobs, and when the first and the last of them were successful. */
export function countJobs(jobs: readonly Job[]): Count {
  const counts = { ...none };
  const errors = new Map<string, TaskError>();
  let [first, last]: (string | undefined)[] = [undefined, undefined];
  for (const job of jobs) {
    counts[counted(job.status)] += 1;
    if (job.status === 'successful') [first, last] = [earlier(first, job.finished), later(last, job.finished)];
    if (job.status !== 'failed') continue;
    const message = (job.message ?? 'The platform gave no reason.').slice(0, longestMessage);
    const known = errors.get(message);
    if (known) known.count += 1;
    else if (errors.size < mostErrors) errors.set(message, { message, count: 1, index: job.index! });
  }
  return { counts, errors: [...errors.values()], ...(first ? { firstFinished: first } : {}), ...(last ? { lastFinished: last } : {}) };
}

/** A task is the sum of its chunks. `revision` grows with each recount of any of them: a newer sum has the greater one. */
export function sum(chunks: readonly Chunk[]): Count & { revision: number } {
  const counts = { ...none };
  const errors = new Map<string, TaskError>();
  let [first, last]: (string | undefined)[] = [undefined, undefined];
  for (const chunk of chunks) {
    for (const [status, count] of Object.entries(chunk.counts)) counts[status as keyof Counts] += count;
    for (const error of chunk.errors) {
      const known = errors.get(error.message);
      errors.set(error.message, known ? { ...known, count: known.count + error.count } : error);
    }
    [first, last] = [earlier(first, chunk.firstFinished), later(last, chunk.lastFinished)];
  }
  return {
    counts,
    errors: [...errors.values()].toSorted((a, b) => b.count - a.count || a.index - b.index).slice(0, mostErrors),
    ...(first ? { firstFinished: first } : {}),
    ...(last ? { lastFinished: last } : {}),
    revision: chunks.reduce((total, { revision }) => total + revision, 0),
  };
}

export const ended = ({ successful, failed, dismissed }: Counts): number => successful + failed + dismissed;
const known = (counts: Counts): number => Object.values(counts).reduce((total, count) => total + count, 0);

/** The status of a task whose jobs are counted so. Jobs that are not written yet wait like those in the queue. */
export function statusOf(counts: Counts, total: number, isCancelled: boolean): TaskStatus {
  const { submitted, running, successful } = counts;
  if (submitted + running > 0) return 'running';
  if (ended(counts) < total) return known(counts) === 0 ? 'created' : 'queued';
  if (successful === total) return 'successful';
  if (successful > 0) return 'partial';
  return isCancelled ? 'dismissed' : 'failed';
}

/** More jobs have failed than the task may have. */
export function failsTooOften(
  { maxFailures, onFailure, total }: Pick<Task, 'maxFailures' | 'onFailure' | 'total'>,
  { failed }: Counts,
): boolean {
  if (maxFailures === undefined) return onFailure !== undefined && onFailure !== 'continue' && failed > 0;
  if (onFailure === 'continue') return false;
  return failed > (typeof maxFailures === 'number' ? maxFailures : (Number.parseFloat(maxFailures) / 100) * total);
}
