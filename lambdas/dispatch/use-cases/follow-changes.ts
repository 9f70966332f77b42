import type { Change } from '../rules/changes.ts';
import { chunksToCount, lanesToWake } from '../rules/changes.ts';
import type { HistoryStore } from '../ports.ts';
import type { Job } from '../model.ts';
import { isForHistory } from '../rules/history.ts';
import type { ChunksChanged } from '../../shared/events/events.ts';
import { iso } from '../../shared/time/clock.ts';
import { wakeLane } from './serve-lane.ts';
import type { Deps } from './deps.ts';

export interface ChangeDeps extends Pick<Deps, 'lanes' | 'wakers' | 'clock'> {
  history: HistoryStore;
  /** Puts the events of these changes on the bus; returns the changes whose events were not taken. */
  publish(changes: readonly Change[]): Promise<Change[]>;
  /** Tells upscaling that jobs of these chunks of a task have changed; it counts them in a while. */
  recount(notice: ChunksChanged): Promise<void>;
  /** Keeps what could not be done, for people to redrive. */
  park(change: Change, reason: string): Promise<void>;
}

/**
 * What follows from a batch of changes: lanes with new work are woken (once a batch, not per job), the history is
 * written, the events go out. Nothing is thrown for one record: what fails is parked, the rest goes on.
 */
export async function followChanges(deps: ChangeDeps, changes: readonly Change[]): Promise<void> {
  for (const [laneId, platformId] of lanesToWake(changes)) {
    // A lost wake-up costs a minute: the lane is due since before its job was written, and the tick starts its runner.
    await deps.lanes
      .want(laneId, platformId)
      .then(() => wakeLane(deps, laneId))
      .catch(() => undefined);
  }
  const latest = new Map<string, Job>();
  for (const { before, after } of changes) {
    const key = after && `${after.jobId}.${after.incarnation}`;
    // Parked records that are driven again come in any order.
    if (key && isForHistory(before, after) && (latest.get(key)?.version ?? 0) < after.version) latest.set(key, after);
  }
  const [unpublished] = await Promise.all([
    deps.publish(changes),
    ...[...chunksToCount(changes)].map(([taskId, chunks]) => recount(deps, changes, taskId, [...chunks])),
    ...[...latest.values()].map((job) =>
      deps.history.record(job).catch((error: unknown) => deps.park({ before: undefined, after: job }, `history: ${String(error)}`)),
    ),
  ]);
  for (const change of unpublished) await deps.park(change, 'events: refused by the bus');
}

async function recount(deps: ChangeDeps, changes: readonly Change[], taskId: string, chunks: number[]): Promise<void> {
  try {
    await deps.recount({ taskId, chunks, at: iso(deps.clock.now()) });
  } catch (error) {
    // One change for each chunk, of those that make it to be counted: driven again, another would tell of nothing.
    for (const chunk of chunks) {
      const counts = (change: Change) => chunksToCount([change]).get(taskId)?.has(chunk) === true;
      await deps.park(changes.find(counts)!, `recount: ${String(error)}`);
    }
  }
}
