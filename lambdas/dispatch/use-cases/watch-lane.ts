import { ms } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import { renewWatch, watchedUntil } from '../rules/watch.ts';
import type { Deps } from './deps.ts';
import { planPoll } from './serve-lane.ts';

/**
 * Somebody looks at an unfinished job of this lane, which is polled more often from now on. However many look, this is
 * one read, and one write a minute.
 */
export async function watchLane(deps: Pick<Deps, 'lanes' | 'wakers' | 'clock' | 'settings'>, laneId: string): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  const now = deps.clock.now();
  const write = lane?.due === undefined ? undefined : renewWatch(lane, now);
  if (write === undefined || !(await deps.lanes.update(laneId, write)).ok || watchedUntil(lane!) > now) return;
  const earliest = lane!.lastPollAt === undefined ? now : ms(lane!.lastPollAt) + deps.settings.watchSeconds * 1000;
  await planPoll(deps, laneId, Math.max(now, earliest));
}

/** Before a watch ends: goes on if a live viewer has jobs here. Answers the lane as it is then. */
export async function keepWatch(deps: Deps, lane: Lane, jobs: readonly Job[]): Promise<Lane> {
  const now = deps.clock.now();
  const write = watchedUntil(lane) > now ? renewWatch(lane, now) : undefined;
  if (write === undefined) return lane;
  const kinds = new Map(jobs.filter(({ rank }) => rank < 90).map(({ owner, taskId }) => [taskId ?? owner, { owner, taskId }]));
  if (!(await deps.hasViewers([...kinds.values()].slice(0, mostLooked)))) return lane;
  const kept = await deps.lanes.update(lane.laneId, write);
  return kept.ok ? kept.item : lane;
}
/** Owners and tasks of a lane that are looked up at most: where there are more, somebody who looks renews the watch by looking. */
const mostLooked = 50;
