import type { RegisteredPlatform } from '../../platforms/model.ts';
import { ms } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import { lastWork, room, slotOf, userOf } from '../rules/lane.ts';
import { callIsLost, pollPlan, recoverable } from '../rules/poll.ts';
import { watchedUntil } from '../rules/watch.ts';
import { candidates, holders, openForSeconds } from './candidates.ts';
import type { Deps } from './deps.ts';

/** A finished job whose results have not come after this long is collected again. */
const collectAgainSeconds = 60;

/** The platform has finished the job, and what it made has not been collected in time. */
export const resultsAreLate = (job: Job, now: number): boolean =>
  job.status === 'successful' && now - ms(job.copyUntil ?? job.updated) > collectAgainSeconds * 1000;

/**
 * Whether a poll would change nothing in this lane now: nobody watches, nothing is due to be read, recovered, collected,
 * settled or ended, nothing may go, and it may not rest yet. Most ticks of a lane with a long job in it find that, and cost
 * four reads in place of a poll's lease. Whatever is in doubt is left to the poll.
 */
export async function needsNothing(deps: Deps, lane: Lane, platform: RegisteredPlatform): Promise<boolean> {
  const now = deps.clock.now();
  if (platform.state === 'removing' || watchedUntil(lane) > now) return false;
  if (lane.held !== undefined && (await deps.credentialFault(platform, userOf(lane.laneId))) === undefined) return false;
  const active = await deps.jobs.active(lane.laneId);
  const isLeftBehind = (job: Job) => job.status === 'submitting' && recoverable(job, deps.settings, now);
  if (active.some((job) => isLeftBehind(job) || callIsLost(job, now) || resultsAreLate(job, now))) return false;
  if (pollPlan(active, deps.settings, lane.lastPollAt, now).due.length > 0) return false;
  const inFlight = new Set(active.filter(({ rank }) => rank < 90).map(slotOf));
  const slots = lane.slots ?? new Set<string>();
  if (platform.limits.running !== undefined && slots.symmetricDifference(inFlight).size > 0) return false;
  const { ready, open, posts } = await candidates(deps, lane, platform, 20, now);
  if (posts > 0) return false;
  if (ready.length > 0 && room(lane, platform.limits, ready.length, holders(lane, ready), now).count > 0) return false;
  const mayRest = active.length === 0 && open === 0 && now - lastWork(lane) > openForSeconds * 1000;
  return !mayRest;
}
