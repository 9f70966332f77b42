import { isFinal, type Job } from '../model.ts';

/** What the history keeps of a job as it runs; the rest of a row never changes. */
const kept = [
  'status',
  'submitted',
  'started',
  'finished',
  'progress',
  'bytesStagedOut',
  'message',
  'title',
] as const satisfies (keyof Job)[];

/**
 * Whether a change makes a new row, or another of the row that is there. A task makes jobs by the thousand: of each the
 * history keeps how it ended, and not every step on the way. Of no job it keeps where its results lie: a write is paid for.
 */
export function isForHistory(before: Job | undefined, after: Job): boolean {
  if (after.taskId !== undefined && !isFinal(after.status)) return false;
  return before?.incarnation !== after.incarnation || kept.some((attr) => before[attr] !== after[attr]);
}
