import type { Platform } from '../../platforms/model.ts';
import type { PlatformClient } from '../../platforms/ports.ts';
import type { Write } from '../../shared/table/write.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import * as lanes from '../rules/lane.ts';
import { pollPlan, recoverable } from '../rules/poll.ts';
import * as writes from '../rules/writes.ts';
import { candidates, openForSeconds } from './candidates.ts';
import type { Deps } from './deps.ts';
import { laneWorked } from './lane-health.ts';
import { mayBeUnknown, planPoll, wakeLane } from './serve-lane.ts';
import { submit } from './submit.ts';

/** Read failures in a row after which the rest of a poll is left for the next. */
const givesUpAfter = 3;
/** A finished job whose results have not come after this long is collected again. */
const collectAgainSeconds = 60;

/**
 * One poll of a lane under its poll lease: reads what is due, writes what changed, settles cancels, recovers what was
 * left behind, frees slots, wakes the lane if that lets work go, and says when to come again. A read that fails
 * changes no job: `lastSeenAt` of the lane tells how old its news is.
 */
export async function pollLane(deps: Deps, laneId: string): Promise<void> {
  const before = await deps.lanes.get(laneId);
  const platform = before && deps.platform(before.platformId);
  if (before === undefined || platform === undefined) return;
  const now = deps.clock.now();
  const lease = await deps.lanes.update(laneId, lanes.takePoll(now + deps.settings.leaseSeconds * 1000, now));
  if (!lease.ok) return;
  const lane = lease.item;
  const active = await deps.jobs.active(laneId);
  const budget = Math.max(1, platform.limits.readsPerMinute);
  const { read } = pollPlan(active, deps.settings, before.lastPollAt, now, budget);
  const poll = new Poll(deps, platform, deps.client(platform), lane.pollNumber ?? 1);
  await poll.readAll(read);
  await poll.recover(active.filter((job) => !read.includes(job) || job.status === 'submitting'));
  for (const job of active)
    if (job.status === 'successful' && now - ms(job.updated) > collectAgainSeconds * 1000) await deps.wakers.collect(job.jobId, 0);
  await settle(deps, lane, new Set(active.filter((job) => job.rank < 90 && !poll.written.has(lanes.slotOf(job))).map(lanes.slotOf)));
  await deps.lanes.update(laneId, { when: [{ attr: 'pollNumber', is: lane.pollNumber ?? 1 }], remove: ['pollLeaseUntil'] });
  await plan(deps, laneId, lane);
}

class Poll {
  private readonly deps: Deps;
  private readonly platform: Platform;
  private readonly client: PlatformClient;
  private readonly number: number;
  private failures = 0;
  /** Slots of the jobs that this poll wrote: their state in `active` is old. */
  readonly written = new Set<string>();

  constructor(deps: Deps, platform: Platform, client: PlatformClient, number: number) {
    this.deps = deps;
    this.platform = platform;
    this.client = client;
    this.number = number;
  }

  private now = () => iso(this.deps.clock.now());

  private async write(job: Job, write: Write | undefined): Promise<void> {
    if (write === undefined) return;
    this.written.add(lanes.slotOf(job));
    await this.deps.jobs.update(job, write);
  }

  /** At most `parallel` reads at once; the rest waits for the next poll when the platform does not answer. */
  async readAll(jobs: readonly Job[]): Promise<void> {
    const rest = [...jobs];
    const reader = async () => {
      for (let job = rest.shift(); job !== undefined && this.failures < givesUpAfter; job = rest.shift()) await this.read(job);
    };
    await Promise.all(Array.from({ length: Math.min(this.platform.limits.parallel, jobs.length) }, reader));
    if (jobs.length > 0 && this.failures === 0) await laneWorked(this.deps, jobs[0]!.laneId);
  }

  private async read(job: Job): Promise<void> {
    const answer = await this.client.status(job.platformJobId!);
    if (answer.kind === 'unavailable') {
      this.failures += 1;
      return;
    }
    this.failures = 0;
    if (answer.kind === 'missing') return this.missing(job);
    const news = answer.value;
    const over = news.phase === 'successful' || news.phase === 'failed' || news.phase === 'dismissed';
    if (!over && (job.cancelRequested || this.deps.clock.now() >= ms(job.deadline))) return this.stop(job);
    if (news.phase === 'created' && this.client.twoPhase && recoverable(job, this.deps.settings, this.deps.clock.now())) {
      this.written.add(lanes.slotOf(job));
      await submit(this.deps, this.platform, job);
      return;
    }
    await this.write(job, writes.news(job, news, this.number, this.now()));
  }

  /** Gone after a cancel is dismissed; otherwise one "not found" means nothing, two far enough apart mean lost. */
  private async missing(job: Job): Promise<void> {
    const now = this.deps.clock.now();
    if (job.cancelRequested) await this.write(job, writes.dismiss(job, iso(now)));
    else if (job.missingSince === undefined) await this.write(job, writes.noteMissing(job, iso(now)));
    else if (now - ms(job.missingSince) >= this.deps.settings.lostAfterSeconds * 1000)
      await this.write(job, writes.giveUp(job, iso(now), 'The platform no longer knows this job: it was lost there. Send it again.'));
  }

  /** Cancels on the platform. What the platform then says decides: it may have finished first. */
  private async stop(job: Job): Promise<void> {
    const cancelled = await this.client.cancel(job.platformJobId!);
    if (cancelled.kind === 'unavailable') {
      this.failures += 1;
      return;
    }
    if (!job.cancelRequested) {
      const hours = `${this.platform.deadlineHours} hours`;
      await this.write(job, writes.giveUp(job, this.now(), `Not finished within ${hours}: cancelled at its deadline.`));
      return;
    }
    const answer = await this.client.status(job.platformJobId!);
    if (answer.kind === 'missing') await this.write(job, writes.dismiss(job, this.now()));
    else if (answer.kind === 'found') await this.write(job, writes.news(job, answer.value, this.number, this.now()));
  }

  /** Jobs that a dead submitter left behind, once nothing it sent can take effect any more. */
  async recover(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      if (job.status !== 'submitting' || !recoverable(job, this.deps.settings, this.deps.clock.now())) continue;
      this.written.add(lanes.slotOf(job));
      await this.deps.lanes.update(job.laneId, lanes.occupy(lanes.slotOf(job)));
      await submit(this.deps, this.platform, job);
    }
  }
}

/**
 * Frees the slots and posts whose jobs no longer need them. Who is not surely in flight is read consistently, so that
 * nothing is counted that could leak.
 */
async function settle(deps: Deps, lane: Lane, inFlight: ReadonlySet<string>): Promise<void> {
  const now = deps.clock.now();
  const holders = new Map<string, Job | undefined>();
  const holder = async (slot: string) => {
    if (!holders.has(slot)) holders.set(slot, await deps.jobs.get(slot.slice(0, slot.lastIndexOf('.'))));
    const job = holders.get(slot);
    return job && lanes.slotOf(job) === slot ? job : undefined;
  };
  const over: string[] = [];
  const unclaimed: string[] = [];
  for (const slot of lane.slots ?? []) {
    if (inFlight.has(slot)) continue;
    const job = await holder(slot);
    if (job === undefined || job.rank >= 90) over.push(slot);
    else if (job.status === 'queued' && !mayBeUnknown(job)) unclaimed.push(slot);
  }
  if (over.length > 0) await deps.lanes.update(lane.laneId, lanes.release(over));
  if (unclaimed.length > 0) await deps.lanes.update(lane.laneId, lanes.releaseUnclaimed(unclaimed, now));
  for (const { process, slot } of await deps.lanes.posts(lane.laneId)) {
    const job = await holder(slot);
    const unclaimedPost = job?.status === 'queued' && !lanes.liveRunner(lane, now);
    if (job === undefined || (!mayBeUnknown(job) && (job.status !== 'queued' || unclaimedPost)))
      await deps.lanes.endPost(lane.laneId, process, slot);
  }
}

/** Wakes the lane when something may go, plans the next poll, or lets the lane rest when nothing is left. */
async function plan(deps: Deps, laneId: string, seen: Lane): Promise<void> {
  const now = deps.clock.now();
  const [lane, active, queue] = await Promise.all([deps.lanes.get(laneId), deps.jobs.active(laneId), candidates(deps, laneId, 20, now)]);
  const platform = lane && deps.platform(lane.platformId);
  if (lane === undefined || platform === undefined) return;
  const holders = queue.ready.filter(({ job }) => lane.slots?.has(lanes.slotOf(job))).length;
  if (queue.ready.length > 0 && lanes.room(lane, platform.limits, queue.ready.length, holders, now).count > 0) await wakeLane(deps, laneId);
  const { nextAt } = pollPlan(active, deps.settings, lane.lastPollAt, now, Number.POSITIVE_INFINITY);
  if (nextAt !== undefined) await planPoll(deps, laneId, nextAt);
  const quiet = now - ms(seen.wantedAt) > openForSeconds * 1000;
  if (quiet && active.length === 0 && !queue.waiting && (lane.slots?.size ?? 0) === 0)
    await deps.lanes.update(laneId, lanes.rest(seen.wanted));
}
