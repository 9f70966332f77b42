import type { RegisteredPlatform } from '../../platforms/model.ts';
import type { ListedJob, PlatformClient } from '../../platforms/ports.ts';
import type { Write } from '../../shared/table/write.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Job, Lane } from '../model.ts';
import * as lanes from '../rules/lane.ts';
import { callIsLost, inTurn, onPlatform, pollPlan, recoverable, tickSeconds } from '../rules/poll.ts';
import { watchedUntil } from '../rules/watch.ts';
import * as writes from '../rules/writes.ts';
import { candidates, holders, openForSeconds } from './candidates.ts';
import type { Deps } from './deps.ts';
import { meanSeconds } from '../rules/estimate.ts';
import { endQueued } from './end-queued.ts';
import { endWithoutPlatform } from './end-without-platform.ts';
import { followCredential } from './follow-credential.ts';
import { listPays, readList } from './read-list.ts';
import { planPoll, secondsUntil, wakeLane } from './serve-lane.ts';
import { settlePosts, settleSlots } from './settle-lane.ts';
import { submit } from './submit.ts';
import { needsNothing, resultsAreLate } from './needs-nothing.ts';
import { keepWatch } from './watch-lane.ts';

/** Read failures in a row after which the rest of a poll is left for the next. */
const givesUpAfter = 3;
/** How long after its deadline a job may take to be cancelled on a platform that does not do so. */
const cancelWithinSeconds = 3600;
/**
 * Part of `claimSeconds` in which a poll begins things: 20 s + three calls of 35 s (read, cancel, read again) end within the
 * 135 s of its function.
 */
const share = 1 / 3;
/** Why a lane is polled; neither: somebody asked for it. */
interface PollReason {
  plannedFor?: string | undefined;
  tick?: true | undefined;
  /** When the platform told that a job there has changed, RFC 3339, to the second: whatever of ours is there is read. */
  toldAt?: string | undefined;
}
/** What is told while the lane is polled may have come too late for that poll: another comes so many seconds later. */
const toldAgainSeconds = 5;
/** Times that platforms tell are to the second, by clocks that differ a little from ours. */
const toldWithinMs = 2000;

/**
 * One poll of a lane under its poll lease: reads what is due, writes what changed, settles cancels, recovers what was
 * left behind, frees slots, wakes the lane if that lets work go, and says when to come again. A read that fails
 * changes no job: `lastSeenAt` of the lane tells how old its news is. `plannedFor`: nothing is done if the lane's next
 * poll is planned for another time by now, so that each lane has one chain of polls; `tick`: nor if one is about to come, or
 * the lane needs nothing, which is found out without a write; `toldAt`: nor if a poll has begun since, so that many events at once
 * make one or two polls.
 */
export async function pollLane(deps: Deps, laneId: string, { plannedFor, tick, toldAt }: PollReason = {}): Promise<void> {
  const before = await deps.lanes.get(laneId);
  if (toldAt !== undefined && before?.lastPollAt !== undefined && ms(before.lastPollAt) > ms(toldAt) + toldWithinMs) return;
  if (plannedFor !== undefined && before?.pollAt !== plannedFor) return;
  const untilPlanned = before?.pollAt === undefined ? 0 : ms(before.pollAt) - deps.clock.now();
  if (tick && untilPlanned > 0 && untilPlanned <= deps.settings.watchSeconds * 1000) return;
  const platform = before && (await deps.platform(before.platformId));
  if (before === undefined) return;
  if (platform === undefined) return endWithoutPlatform(deps, before);
  if (tick && (await needsNothing(deps, before, platform))) return;
  const now = deps.clock.now();
  const lease = await deps.lanes.update(laneId, lanes.takePoll(now + deps.settings.leaseSeconds * 1000, now));
  if (!lease.ok) return toldAt === undefined ? undefined : deps.wakers.news(laneId, toldAt, toldAgainSeconds);
  const active = await deps.jobs.active(laneId);
  const lane = await keepWatch(deps, lease.item, active);
  const sincePoll = before.lastPollAt === undefined ? 60 : Math.min(60, (now - ms(before.lastPollAt)) / 1000);
  const budget = Math.max(1, Math.floor((platform.limits.readsPerMinute * sincePoll) / 60));
  const watched = watchedUntil(lane) > now;
  const present = onPlatform(active);
  const due = toldAt === undefined ? pollPlan(active, deps.settings, before.lastPollAt, now, watched).due : present;
  const poll = new Poll(
    deps,
    platform,
    deps.client(platform, lanes.userOf(laneId)),
    lane.pollNumber ?? 1,
    watched ? writes.watchedStep : undefined,
  );
  // Recovery first, and one job of it in any case: on a slow platform the reads would leave it no time for ever.
  await poll.recover(active.filter((job) => job.status === 'submitting' && recoverable(job, deps.settings, now)));
  await poll.endLost(active.filter((job) => callIsLost(job, now)));
  const { rest, pages, again, next } = await poll.readList(lane, { due, onPlatform: present, budget });
  const read = inTurn(rest, before.lastPollAt, Math.max(0, budget - pages));
  await poll.readAll(read);
  const seenAt = read.length + pages > 0 && poll.isHealthy ? deps.clock.now() : undefined;
  for (const job of active) if (resultsAreLate(job, now)) await deps.wakers.collect(job.jobId, 0);
  if (platform.limits.running !== undefined)
    await settleSlots(deps, lane, new Set(active.filter((job) => job.rank < 90 && !poll.written.has(lanes.slotOf(job))).map(lanes.slotOf)));
  await settlePosts(deps, laneId);
  if (platform.state === 'removing') await endQueued(deps, lane.laneId, platform.title);
  await deps.lanes.update(
    laneId,
    lanes.leavePoll(lane.pollNumber ?? 1, { seenAt, jobSeconds: meanSeconds(lane.jobSeconds, poll.ended), listFrom: next }),
  );
  // Where the list is longer than the budget, the next poll has one for a page and a job.
  const paidFor = (Math.max(read.length + pages, again === 'later' ? 2 : 0) * 60_000) / platform.limits.readsPerMinute;
  const { watchSeconds, pollMinSeconds } = deps.settings;
  const listed = again === undefined ? 0 : (watched ? watchSeconds : pollMinSeconds) * 1000;
  await plan(deps, laneId, lane, now + Math.max(paidFor, listed));
}

class Poll {
  private readonly deps: Deps;
  private readonly platform: RegisteredPlatform;
  private readonly client: PlatformClient;
  private readonly number: number;
  private readonly step: number | undefined;
  private failures = 0;
  /** Nothing is begun from here on: what was begun before must end within the function's time. */
  private readonly until: number;
  /** Slots of the jobs that this poll wrote: their state in `active` is old. */
  readonly written = new Set<string>();
  /** How long jobs that this poll saw finished had kept their place; seconds. */
  readonly ended: number[] = [];

  constructor(deps: Deps, platform: RegisteredPlatform, client: PlatformClient, number: number, step: number | undefined) {
    this.deps = deps;
    this.platform = platform;
    this.client = client;
    this.number = number;
    this.step = step;
    this.until = deps.clock.now() + deps.settings.claimSeconds * 1000 * share;
  }

  private now = () => iso(this.deps.clock.now());

  /** The job as written; undefined where it is another by now, or there is nothing to write. */
  private async write(job: Job, write: Write | undefined): Promise<Job | undefined> {
    if (write === undefined) return undefined;
    this.written.add(lanes.slotOf(job));
    const { ok, item } = await this.deps.jobs.update(job, write);
    if (ok && item.status === 'successful' && item.submitted !== undefined)
      this.ended.push((this.deps.clock.now() - ms(item.submitted)) / 1000);
    return ok ? item : undefined;
  }

  /** At most `parallel` reads at once; the rest waits for the next poll when the platform or the time does not suffice. */
  async readAll(jobs: readonly Job[]): Promise<void> {
    const rest = [...jobs];
    const reader = async () => {
      for (let job = rest.shift(); job !== undefined && this.goesOn(); job = rest.shift()) await this.one(job, (next) => this.read(next));
    };
    await Promise.all(Array.from({ length: Math.min(this.platform.limits.parallel, jobs.length) }, reader));
  }

  /** The last request of this poll was answered. */
  get isHealthy(): boolean {
    return this.failures === 0;
  }

  private goesOn = () => this.failures < givesUpAfter && this.deps.clock.now() < this.until;

  /**
   * Reads the platform's list where that is cheaper; answers which due jobs remain to be read one by one, and when the list
   * may be read again: `soon` when it showed them all, `later` when the budget did not reach so far, and with which page.
   */
  async readList(
    lane: Lane,
    jobs: { due: Job[]; onPlatform: Job[]; budget: number },
  ): Promise<{ rest: Job[]; pages: number; again?: 'soon' | 'later'; next?: string }> {
    const { deps, client } = this;
    const { due } = jobs;
    if (!listPays(client, due, lane.listAfter, deps.clock.now())) return { rest: due, pages: 0 };
    const take = (job: Job, said: ListedJob) =>
      this.one(job, () => this.write(job, writes.news(job, said, this.number, this.now(), this.step)));
    const isOver = (job: Job) => deps.clock.now() >= ms(job.deadline);
    const onPlatform = jobs.onPlatform.filter((job) => !isOver(job));
    // Where the list takes the whole budget, every third poll leaves one request to a job that it does not show.
    const spare = this.number % 3 === 0 ? 1 : 0;
    const read = await readList(client.list!.bind(client), { ...jobs, onPlatform, spare, from: lane.listFrom }, this.goesOn, take);
    if (read.failure !== undefined) this.failures += 1;
    const now = deps.clock.now();
    // Of jobs that have only just begun a list says nothing yet, and a platform that is busy for a moment may hand it out soon.
    const isOld = (job: Job) => now - ms(job.submitted ?? job.created) >= deps.settings.pollMinSeconds * 1000;
    const { pollMinSeconds, pollMaxSeconds } = deps.settings;
    const isPassing = read.failure !== undefined && !read.isMissing;
    const listAfter = iso(now + (isPassing ? 2 * pollMinSeconds : pollMaxSeconds) * 1000);
    const disappoints = !read.paid && (read.failure !== undefined || due.some(isOld));
    if (disappoints) await deps.lanes.update(lane.laneId, { when: [], set: { listAfter } });
    const rest = due.filter((job) => !read.settled.has(job.jobId));
    const next = read.next === undefined ? {} : { next: read.next };
    return { rest, pages: read.pages, ...next, ...(read.paid ? { again: read.unseen === 0 ? 'soon' : 'later' } : {}) };
  }

  /** A job whose step throws keeps no other from its own, and the poll from freeing slots. */
  private async one(job: Job, step: (job: Job) => Promise<unknown>): Promise<void> {
    try {
      await step(job);
    } catch (error) {
      this.deps.report('a step of a poll threw', { jobId: job.jobId, error });
    }
  }

  private async read(job: Job): Promise<void> {
    const asked = this.deps.clock.now(); // "still created" must have been read after the quarantine
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
    if (news.phase === 'created' && this.client.twoPhase && recoverable(job, this.deps.settings, asked)) return this.takeUp(job);
    await this.write(job, writes.news(job, news, this.number, this.now(), this.step));
  }

  /** One "not found" means nothing: a job that is cancelled is so there all the same, and two far enough apart mean lost. */
  private async missing(job: Job): Promise<void> {
    if (job.cancelRequested) return this.stop(job);
    const now = this.deps.clock.now();
    if (job.missingSince === undefined) await this.write(job, writes.noteMissing(job, iso(now)));
    else if (now - ms(job.missingSince) >= this.deps.settings.lostAfterSeconds * 1000)
      await this.write(job, writes.lose(job, iso(now), 'The platform no longer knows this job: it was lost there. Send it again.'));
  }

  /**
   * Cancels on the platform. What the platform then says decides: it may have finished first. At its deadline a job is fenced off before:
   * since it was read it may have been put back and begun anew, and has another deadline then.
   */
  private async stop(seen: Job): Promise<void> {
    const job = seen.cancelRequested ? seen : await this.write(seen, writes.fence(seen));
    if (job === undefined) return;
    const cancelled = await this.client.cancel(job.platformJobId!);
    if (cancelled.kind === 'unavailable') {
      this.failures += 1;
      if (this.deps.clock.now() >= ms(job.deadline) + cancelWithinSeconds * 1000)
        await this.write(
          job,
          writes.giveUp(job, this.now(), 'Past its deadline, and the platform does not cancel it: it may still run there.'),
        );
      return;
    }
    if (!job.cancelRequested) {
      const hours = `${this.platform.deadlineHours} hours`;
      await this.write(job, writes.giveUp(job, this.now(), `Not finished within ${hours}: cancelled at its deadline.`));
      return;
    }
    const answer = await this.client.status(job.platformJobId!);
    if (answer.kind === 'missing') await this.write(job, writes.dismiss(job, this.now()));
    else if (answer.kind === 'found') await this.write(job, writes.news(job, answer.value, this.number, this.now(), this.step));
  }

  /** Synchronous calls whose caller is dead: what became of them nobody can say, and they are not made again. */
  async endLost(jobs: readonly Job[]): Promise<void> {
    const message = 'The answer of the platform was lost. The call is not repeated, since it may have been carried out.';
    for (const job of jobs)
      await this.one(job, () =>
        this.write(job, job.cancelRequested ? writes.dismiss(job, this.now()) : writes.fail(job, this.now(), message)),
      );
  }

  /** Jobs that a dead submitter left behind, once nothing it sent can take effect any more. */
  async recover(jobs: readonly Job[]): Promise<void> {
    for (const [n, job] of jobs.entries()) {
      if (n > 0 && this.deps.clock.now() >= this.until) return;
      await this.one(job, (next) => this.takeUp(next));
    }
  }

  /** Whoever left the job behind may have given its place back, and another job may have taken it: then this one begins nothing. */
  private async takeUp(job: Job): Promise<void> {
    this.written.add(lanes.slotOf(job));
    const { running } = this.platform.limits;
    const lane = running === undefined ? undefined : await this.deps.lanes.update(job.laneId, lanes.occupy([lanes.slotOf(job)]));
    const crowded = running !== undefined && (lane?.item?.slots?.size ?? 0) > running;
    await submit(this.deps, this.platform, job, { crowded });
  }
}

/**
 * Wakes the lane when something may go, plans the next poll (not before the platform's read budget allows it), or lets the lane rest when nothing is left.
 */
async function plan(deps: Deps, laneId: string, seen: Lane, notBefore: number): Promise<void> {
  const now = deps.clock.now();
  const [lane, active] = await Promise.all([deps.lanes.get(laneId), deps.jobs.active(laneId)]);
  const platform = lane && (await deps.platform(lane.platformId));
  if (lane === undefined || platform === undefined) return;
  const { ready, open } = await candidates(deps, lane, platform, 20, now);
  // The credential of a user may have broken, or been replaced by one whose wake-up was lost.
  const mayBeHeld = lanes.userOf(laneId) !== undefined && (open > 0 || lane.held !== undefined);
  const held = mayBeHeld ? await followCredential(deps, laneId, platform) : lane.held;
  if (held === undefined && ready.length > 0) {
    const room = lanes.room({ ...lane, held }, platform.limits, ready.length, holders(lane, ready), now);
    if (room.count > 0) await wakeLane(deps, laneId);
    // The runner left because there was no place, and did not plan for the next token: nobody else comes before the tick.
    else if ('nextAt' in room && room.nextAt < now + tickSeconds * 1000)
      await deps.wakers.later(laneId, 'run', secondsUntil(room.nextAt, now));
  }
  const watched = watchedUntil(lane) > now;
  const { nextAt } = pollPlan(active, deps.settings, lane.lastPollAt, now, watched);
  // Where no job is read more often than once a tick, the ticks do it.
  if (nextAt !== undefined && (watched || deps.settings.pollMinSeconds < tickSeconds))
    await planPoll(deps, laneId, Math.max(nextAt, notBefore));
  // A job that is claimed while this looks is seen neither in the queue nor among the active; and indexes may be late.
  const quiet = now - lanes.lastWork(seen) > openForSeconds * 1000;
  if (quiet && active.length === 0 && open === 0 && (lane.slots?.size ?? 0) === 0) await deps.lanes.update(laneId, lanes.rest(seen));
}
