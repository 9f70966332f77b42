import type { Lane } from '../model.ts';
import { afterFailure, afterSuccess, emptyBucket, needsSuccess, recentIds } from '../rules/lane.ts';
import type { Deps } from './deps.ts';

/** Lanes that were well when somebody last looked, and until when (ms since the epoch) nobody looks again for the sake of one more answer. */
const well = new WeakMap<Deps['lanes'], Map<string, number>>();
const wellMs = 1000;
const wellIn = (lanes: Deps['lanes']): Map<string, number> => {
  const known = well.get(lanes) ?? new Map<string, number>();
  well.set(lanes, known);
  return known;
};

/** The platform answered: the lane is well, and a platform id that it gave is remembered for searches. */
export async function laneWorked(deps: Deps, laneId: string, platformJobId?: string): Promise<void> {
  const known = wellIn(deps.lanes);
  if (platformJobId === undefined && (known.get(laneId) ?? 0) > deps.clock.now()) return;
  const lane = await deps.lanes.get(laneId);
  if (lane === undefined) return;
  const now = deps.clock.now();
  known.set(laneId, now + wellMs);
  const recent = platformJobId === undefined ? undefined : [platformJobId, ...(lane.recent ?? [])].slice(0, recentIds);
  if (recent === undefined && !needsSuccess(lane, now)) return;
  const write = afterSuccess(now);
  await deps.lanes.update(laneId, { ...write, set: { ...write.set, ...(recent ? { recent } : {}) } });
}

/** A call failed technically; several in a row, or one that says so, close the lane for a while. Returns the lane before. */
export async function laneFailed(deps: Deps, laneId: string, reason: string, closes: boolean): Promise<Lane | undefined> {
  wellIn(deps.lanes).delete(laneId);
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
