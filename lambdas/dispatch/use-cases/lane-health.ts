import type { Lane } from '../model.ts';
import { afterFailure, afterSuccess, emptyBucket, needsSuccess, recentIds } from '../rules/lane.ts';
import type { Deps } from './deps.ts';

/** The platform answered: the lane is well, and a platform id that it gave is remembered for searches. */
export async function laneWorked(deps: Deps, laneId: string, platformJobId?: string): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  if (lane === undefined) return;
  const now = deps.clock.now();
  const recent = platformJobId === undefined ? undefined : [platformJobId, ...(lane.recent ?? [])].slice(0, recentIds);
  if (recent === undefined && !needsSuccess(lane, now)) return;
  const write = afterSuccess(now);
  await deps.lanes.update(laneId, { ...write, set: { ...write.set, ...(recent ? { recent } : {}) } });
}

/** A call failed technically; several in a row, or one that says so, close the lane for a while. Returns the lane before. */
export async function laneFailed(deps: Deps, laneId: string, reason: string, closes: boolean): Promise<Lane | undefined> {
  for (let tries = 0; tries < 10; tries += 1) {
    const lane = await deps.lanes.get(laneId);
    if (lane === undefined) return undefined;
    const write = afterFailure(lane, deps.settings, deps.clock.now(), reason, deps.random.next(), closes);
    if ((await deps.lanes.update(laneId, write)).ok) return lane;
  }
  return undefined;
}

/** Back-pressure: the lane's bucket is empty until the time that the platform gave. */
export async function laneFull(deps: Deps, laneId: string, retryAfterSeconds: number | undefined): Promise<void> {
  await deps.lanes.update(laneId, emptyBucket(deps.clock.now(), retryAfterSeconds));
}
