import { iso } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import * as lanes from '../rules/lane.ts';
import { recoverable } from '../rules/poll.ts';
import * as writes from '../rules/writes.ts';
import { candidates, openForSeconds } from './candidates.ts';
import type { Deps } from './deps.ts';
import { settlePosts, settleSlots } from './settle-lane.ts';

const message = 'Its platform was removed from the registry while the job was under way: it may run there, and nobody can ask.';

/** Jobs of a share that one poll looks at. */
const mostQueued = 100;

/**
 * The poll of a lane whose platform is no longer registered. A removal waits for jobs, but what it reads may be late by a
 * moment, and a job that was claimed in that moment is here: it ends once nobody has it in hand. What waits in the queue
 * goes on waiting, for the platform to come back or for its owner; where she has cancelled it, that is done.
 */
export async function endWithoutPlatform(deps: Deps, { laneId }: Pick<Lane, 'laneId'>): Promise<void> {
  const now = deps.clock.now();
  const lease = await deps.lanes.update(laneId, lanes.takePoll(now + deps.settings.leaseSeconds * 1000, now));
  if (!lease.ok) return;
  const lane = lease.item;
  const active = await deps.jobs.active(laneId);
  const isLeft = (job: Job) => job.rank < 90 && (job.status !== 'submitting' || recoverable(job, deps.settings, now));
  for (const job of active.filter(isLeft)) {
    const at = iso(deps.clock.now());
    if (job.cancelRequested) await deps.jobs.update(job, writes.dismiss(job, at, message));
    else await deps.jobs.update(job, job.platformJobId === undefined ? writes.fail(job, at, message) : writes.giveUp(job, at, message));
  }
  for (const { share } of await deps.lanes.shares(laneId))
    for (const job of await deps.jobs.queued(laneId, share, mostQueued))
      if (job.cancelRequested) await deps.jobs.update(job, writes.dismiss(job, iso(deps.clock.now()), message));
  await settleSlots(deps, lane, new Set(active.filter((job) => job.rank < 90 && !isLeft(job)).map(lanes.slotOf)));
  await settlePosts(deps, laneId);
  await deps.lanes.update(laneId, lanes.leavePoll(lane.pollNumber ?? 1, { seenAt: undefined, jobSeconds: undefined, listFrom: undefined }));
  const { open } = await candidates(deps, lane, undefined, 1, now);
  const quiet = now - lanes.lastWork(lane) > openForSeconds * 1000;
  if (quiet && active.length === 0 && open === 0 && (lane.slots?.size ?? 0) === 0) await deps.lanes.update(laneId, lanes.rest(lane));
}
