import { ms } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import * as lanes from '../rules/lane.ts';
import * as writes from '../rules/writes.ts';
import type { Deps } from './deps.ts';
import { mayBeUnknown } from './serve-lane.ts';

/** The job behind a slot, read consistently; undefined when it is gone or in another incarnation. */
async function holderOf(deps: Deps, slot: string): Promise<Job | undefined> {
  const job = await deps.jobs.get(slot.slice(0, slot.lastIndexOf('.')));
  return job && lanes.slotOf(job) === slot ? job : undefined;
}

/**
 * Frees the slots whose jobs no longer need them, and gives one to jobs in flight that lack it. Who is not surely in
 * flight is read consistently, so that nothing is counted that could leak.
 */
export async function settleSlots(deps: Deps, lane: Lane, inFlight: ReadonlySet<string>): Promise<void> {
  const doubtful = [...(lane.slots ?? [])].filter((slot) => !inFlight.has(slot));
  const over: string[] = [];
  const unclaimed: string[] = [];
  const now = deps.clock.now();
  const workersEnded = now - deps.settings.leaseSeconds * 1000;
  const mayBeClaimed = lanes.liveRunner(lane, now) || (lane.reservedAt !== undefined && ms(lane.reservedAt) >= workersEnded);
  for (const slot of doubtful) {
    const job = await holderOf(deps, slot);
    if (job === undefined || job.rank >= 90) over.push(slot);
    // A job that waits for its owner is claimed by nobody.
    else if (job.status === 'queued' && !mayBeUnknown(job) && (job.held === 'ambiguous' || !mayBeClaimed) && (await fenced(deps, job)))
      unclaimed.push(slot);
  }
  if (over.length > 0) await deps.lanes.update(lane.laneId, lanes.release(over));
  if (unclaimed.length > 0) await deps.lanes.update(lane.laneId, lanes.releaseUnclaimed(unclaimed, lane));
  const lacking = [...inFlight].filter((slot) => !lane.slots?.has(slot));
  if (lacking.length > 0) await deps.lanes.update(lane.laneId, lanes.occupy(lacking));
}

/** A claim of the job that is still under way, of a worker long dead, comes to nothing from here on. */
const fenced = async (deps: Deps, job: Job): Promise<boolean> => (await deps.jobs.update(job, writes.fence(job))).ok;

/** Ends the posts whose outcome is known. One of a job in the queue is a dead worker's, once no worker that took it can be alive. */
export async function settlePosts(deps: Deps, laneId: string): Promise<void> {
  const posts = await deps.lanes.posts(laneId);
  const lane = posts.length === 0 ? undefined : await deps.lanes.get(laneId);
  if (lane === undefined) return;
  const now = deps.clock.now();
  const workersEnded = lane.reservedAt === undefined || ms(lane.reservedAt) < now - deps.settings.leaseSeconds * 1000;
  for (const { process, slot, epoch } of posts) {
    const job = await holderOf(deps, slot);
    const idle = job?.status === 'queued' && workersEnded && !lanes.liveRunner(lane, now);
    const settled = job === undefined || (!mayBeUnknown(job) && (job.status !== 'queued' || (idle && (await fenced(deps, job)))));
    if (settled) await deps.lanes.endPost(lane.laneId, process, { slot, epoch });
  }
}
