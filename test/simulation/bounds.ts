import { chunkOf, type Job } from '../../lambdas/dispatch/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { liveRunner, room, slotOf, turnsAhead, workersOf } from '../../lambdas/dispatch/rules/lane.ts';
import { shareOf } from '../../lambdas/dispatch/rules/shares.ts';
import { iso, ms } from '../../lambdas/shared/time/clock.ts';
import type { Cloud } from './cloud.ts';
import type { Violation } from './invariants.ts';
import type { Stage } from './process.ts';
import type { TaskCloud } from './tasks.ts';

const minute = 60_000;
/** Within two minutes a lane with due work has a runner; a message and a start of an execution take a little more. */
const usually = { lookEvery: 10_000, runnerWithin: 2 * minute + 10_000 };
/** Where nothing fails no tick is needed for it. A platform that goes on is noticed after ten seconds. */
const withoutFault = { lookEvery: 2000, runnerWithin: 20_000 };

/** Invariants about time and turns: they are looked at while the seed is played. */
export class Bounds {
  private readonly stage: Stage;
  private readonly cloud: Cloud;
  private readonly tasks: TaskCloud;
  private readonly found: (violation: Violation) => void;
  /** Lane to the time since when something may go there and nobody comes. */
  private readonly waitsSince = new Map<string, number>();
  /** Lane and owner to the first of her jobs that waits there, and what had been let go in the lane when it became that. */
  private readonly firsts = new Map<string, { slot: string; since: number }>();
  private readonly claims = new Map<string, Job[]>();
  private readonly withoutFaults: boolean;

  constructor(stage: Stage, cloud: Cloud, tasks: TaskCloud, found: (violation: Violation) => void) {
    [this.stage, this.cloud, this.tasks, this.found] = [stage, cloud, tasks, found];
    this.withoutFaults = Object.values(stage.rates).every((rate) => rate === 0);
  }

  /** From `calm` on, when what faults have left behind is over; at once where there are none. */
  begin(calm: number): void {
    const { time } = this.stage;
    const { lookEvery, runnerWithin } = this.withoutFaults ? withoutFault : usually;
    const look = () => {
      for (const laneId of this.cloud.lanes.keys()) void this.runnerComes(laneId, runnerWithin);
      time.plan(lookEvery, look);
    };
    time.plan(this.withoutFaults ? 0 : calm - time.now, look);
  }

  /** 15: a lane with due work and no live runner gets one within two minutes. */
  private async runnerComes(laneId: string, within: number): Promise<void> {
    const { now } = this.stage.time;
    const lane = this.cloud.lanes.get(laneId)!;
    const waits = !liveRunner(lane, now) && (await this.mayGo(laneId));
    const since = this.waitsSince.get(laneId);
    if (!waits) this.waitsSince.delete(laneId);
    // Somebody came, and went: what is refused for want of places there is tried again and again.
    else if (since === undefined || ms(lane.takenAt ?? iso(0)) > since) this.waitsSince.set(laneId, now);
    else if (now - since > within) {
      this.found({ invariant: '15 a lane with due work gets a runner', what: `${laneId} waits since ${new Date(since).toISOString()}` });
      this.waitsSince.set(laneId, Number.POSITIVE_INFINITY);
    }
  }

  /** Some job of the lane may go now, as the tables are. */
  private async mayGo(laneId: string): Promise<boolean> {
    const { cloud, stage } = this;
    const lane = cloud.lanes.get(laneId)!;
    const platform = cloud.registry.now(lane.platformId);
    if (platform?.state !== 'active') return false;
    const waiting: Job[] = [];
    for (const job of cloud.jobs.values()) if (job.laneId === laneId && job.status === 'queued') waiting.push(job);
    if (waiting.length === 0) return false;
    const [shares, posts] = await Promise.all([cloud.laneStore.shares(laneId), cloud.laneStore.posts(laneId)]);
    const closed = new Set(shares.filter(({ closed: why }) => why !== undefined).map(({ share }) => share));
    const may = waiting.filter(
      (job) =>
        (job.cancelRequested || (job.held === undefined && !closed.has(shareOf(job)))) &&
        (job.notBefore === undefined || ms(job.notBefore) <= stage.time.now) &&
        posts.every(({ process, slot }) => process !== job.process || slot === slotOf(job)),
    );
    const holders = may.filter((job) => lane.slots?.has(slotOf(job))).length;
    return may.length > 0 && room(lane, platform.limits, may.length, holders, stage.time.now).count > 0;
  }

  /**
   * 8: whoever is the first of its owner waits for one job of each other owner, and for what was claimed at once with them.
   * Only where nothing fails: a worker that dies has let jobs go and not counted them.
   */
  fairness({ before, after }: Change): void {
    const { cloud } = this;
    if (!this.withoutFaults || after === undefined || cloud.platforms.get(after.platformId)?.shape.dialect === 'ogc') return;
    const claims = this.claims.get(after.laneId) ?? [];
    this.claims.set(after.laneId, claims);
    if (before?.status === 'queued' && after.status === 'submitting') {
      const first = this.firsts.get(`${after.laneId} ${after.owner}`);
      if (first?.slot === slotOf(after) && before.postedAt === undefined) this.turn(after, claims.slice(first.since));
      claims.push(after);
      if (first?.slot === slotOf(after)) this.firsts.delete(`${after.laneId} ${after.owner}`); // sent back, it waits for another turn
    }
    if (after.status === before?.status) return;
    for (const share of cloud.ownersIn(after.laneId)) this.noteFirst(after.laneId, share, claims.length);
  }

  private noteFirst(laneId: string, owner: string, claimed: number): void {
    const own = [...this.cloud.jobs.values()].filter(
      (job) => job.laneId === laneId && job.owner === owner && job.taskId === undefined && job.status === 'queued',
    );
    const first = own.toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))[0];
    const known = this.firsts.get(`${laneId} ${owner}`);
    if (first && known?.slot !== slotOf(first)) this.firsts.set(`${laneId} ${owner}`, { slot: slotOf(first), since: claimed });
  }

  private turn(job: Job, claims: readonly Job[]): void {
    const others = claims.filter(({ owner, cancelRequested }) => owner !== job.owner && !cancelRequested);
    const owners = new Set(others.map(({ owner }) => owner));
    const { parallel } = this.cloud.registry.limits(job.platformId);
    const atOnce = parallel + turnsAhead(parallel) + workersOf(parallel);
    // What comes back to its queue, as a probe of a closed lane does, has not been let go before.
    const count = new Set(others.map(slotOf)).size;
    if (count <= owners.size + atOnce) return;
    this.found({
      invariant: '8 the first of an owner waits for one job of each other owner',
      what: `${slotOf(job)} waited for ${count} of ${[...owners].join(', ')}, with ${atOnce} at once`,
    });
  }

  /**
   * 12: how long what is unfinished now may take when nothing fails any more (ms): its platforms at work with no place
   * empty but until the next look, a tenth more, two quarantines, and what was begun before and is waited for.
   */
  mostMs(): number {
    const { settings } = this.stage;
    const seconds = this.cloud.registry.entries.map(({ id, limits }) => {
      const { shape } = this.cloud.platforms.get(id)!;
      const unfinished = [...this.cloud.jobs.values()].filter((job) => job.platformId === id && job.rank < 90 && !job.held).length;
      const unwritten = [...this.tasks.tasks.values()]
        .filter((task) => task.platformId === id)
        .reduce((sum, task) => sum + this.unwritten(task), 0);
      const count = unfinished + unwritten;
      const [least, more] = shape.seconds;
      const longest = Math.max(least + more + queuedSeconds, settings.syncSeconds);
      // It is seen to be over at the next look, and the next is let go by what follows.
      const seen = Math.max(settings.pollMinSeconds, longest / 10) + 60;
      const rate = limits.startsPerMinute === undefined ? 0 : 60 / limits.startsPerMinute;
      return (count * (longest + seen)) / shape.running + longest + count * rate;
    });
    // A platform may be down longer than anything else fails, and results are fetched when it is back.
    const outages = [...this.cloud.platforms.values()].map(({ shape }) => (shape.outage?.[1] ?? 0) - this.stage.time.now);
    const begun =
      settings.closeMaxSeconds + settings.lostAfterSeconds + 2 * settings.pollMaxSeconds + 2 * settings.copySeconds + settings.leaseSeconds;
    return (
      (1.1 * Math.max(0, ...seconds) + 2 * settings.quarantineSeconds + begun) * 1000 + Math.max(0, ...outages) + 2 * pauseMs + 5 * minute
    );
  }

  private unwritten({ taskId, total, offsets }: { taskId: string; total: number; offsets: readonly number[] }): number {
    const written = [...this.cloud.jobs.values()].filter((job) => job.taskId === taskId && chunkOf(job.index!) < offsets.length).length;
    return Math.max(0, total - written);
  }
}
/** A platform may have a job wait before it runs. */
const queuedSeconds = 30;
/** A task may pause after its canary and after failures; its owner comes by so often. */
export const pauseMs = 10 * minute;
