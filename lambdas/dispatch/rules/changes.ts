import { chunkOf, type Job } from '../model.ts';

/** A change of a job as the table's stream tells it. */
export interface Change {
  before: Job | undefined;
  after: Job | undefined;
}

/**
 * Lanes to which work has come by these changes: a job that is new in the queue, or came back to it by a retry. A job put
 * back by its submitter wakes nobody: the submitter's own lane plans when to go on.
 */
export function lanesToWake(changes: readonly Change[]): Map<string, string> {
  const lanes = new Map<string, string>();
  for (const { before, after } of changes)
    if (after?.status === 'queued' && before?.incarnation !== after.incarnation) lanes.set(after.laneId, after.platformId);
  return lanes;
}

/** Chunks of tasks whose counts have changed, by task. Jobs that are written are counted by who writes them; a claim counts as waiting. */
export function chunksToCount(changes: readonly Change[]): Map<string, Set<number>> {
  const chunks = new Map<string, Set<number>>();
  for (const { before, after } of changes) {
    if (after?.taskId === undefined || before === undefined || after.status === 'submitting' || before.status === after.status) continue;
    chunks.set(after.taskId, (chunks.get(after.taskId) ?? new Set()).add(chunkOf(after.index!)));
  }
  return chunks;
}
