import type { Job, Lane, Settings } from '../../lambdas/dispatch/model.ts';
import { tagged } from '../../lambdas/dispatch/rules/audit.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { slotOf } from '../../lambdas/dispatch/rules/lane.ts';
import { shareOf } from '../../lambdas/dispatch/rules/shares.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';
import type { Search } from '../../lambdas/platforms/ports.ts';
import type { Task } from '../../lambdas/upscaling/model.ts';
import type { Cloud } from './cloud.ts';
import type { Violation } from './invariants.ts';
import { jobInvariants, lookupInvariants, postInvariants, type Post } from './job-invariants.ts';
import { laneInvariants, taskInvariants, type LaneChange } from './lane-invariants.ts';
import type { SimPlatform } from './platform.ts';
import type { Process, Stage } from './process.ts';

/** What is known at a step beside what changes with it. */
interface Circumstances {
  now: number;
  settings: Settings;
  /** Whose write it is. */
  writer: string;
  jobs: ReadonlyMap<string, Job>;
  lanes: ReadonlyMap<string, Lane>;
  files: ReadonlyMap<string, string>;
  /** Lane to who took its last poll. */
  pollers: ReadonlyMap<string, string>;
  hasShare: (job: Job) => boolean;
  /** The writer once had the job, and somebody else has claimed it since. */
  isFormer: (job: Job) => boolean;
  /** The job waits in a share that is closed to claims, and is not to be cancelled. */
  isClosed: (job: Job) => boolean;
  /** The writer has, or had, the job with this slot in hand. */
  hadInHand: (slot: string) => boolean;
  /** The share of its task was opened a moment ago: whoever did so makes the lane due next. */
  isOpening: (job: Job) => boolean;
  /** Something of this incarnation is on its platform and not over, created or running. */
  isThere: (job: Job) => boolean;
  /** What the job points to was made for this incarnation of it. */
  isMadeFor: (job: Job) => boolean;
  /** Who wrote until when the results of the job are copied. */
  copier: (job: Job) => string | undefined;
  /** Since when a task is paused, or is being cancelled. */
  stoppedSince: (taskId: string) => number | undefined;
}

/** Invariants by their name, which begins with a number of the design's list. */
export type Invariants<Step> = Readonly<Record<string, (step: Step, say: (what: string) => void, circumstances: Circumstances) => void>>;

/** Looks at every write and at every call that runs something, as it takes effect or leaves. */
export class Steps {
  private readonly circumstances: Circumstances;
  private readonly stage: Stage;
  private readonly cloud: Pick<Cloud, 'jobs' | 'lanes' | 'files' | 'shares' | 'registry'> & {
    platforms: ReadonlyMap<string, Pick<SimPlatform, 'has' | 'tagOf'>>;
  };
  private readonly found: (violation: Violation) => void;
  private readonly pollers = new Map<string, string>();
  private readonly formers = new Set<string>();
  private readonly runners = new Map<string, number>();
  private readonly claimants = new Map<string, string>();
  private readonly cancels = new Map<string, number>();
  private readonly copiers = new Map<string, string>();
  private readonly stops = new Map<string, number>();
  private readonly parked = new Set<string>();
  private readonly creates = new Map<string, number>();
  private readonly crowders = new Map<string, string>();

  constructor(stage: Stage, cloud: Steps['cloud'], found: (violation: Violation) => void) {
    [this.stage, this.cloud, this.found] = [stage, cloud, found];
    const { jobs, lanes, files, shares } = cloud;
    this.circumstances = {
      ...{ now: 0, writer: '', settings: stage.settings, jobs, lanes, files, pollers: this.pollers },
      isFormer: ({ jobId }) => this.formers.has(`${jobId} ${this.stage.writer}`),
      hasShare: (job) => shares.has(`${job.laneId} ${shareOf(job)}`),
      isClosed: (job) =>
        job.status === 'queued' && !job.cancelRequested && shares.get(`${job.laneId} ${shareOf(job)}`)?.closed !== undefined,
      hadInHand: (slot) => this.claimants.get(slot) === this.stage.writer || this.formers.has(`${jobOf(slot)} ${this.stage.writer}`),
      isOpening: (job) =>
        job.taskId !== undefined && stage.time.now - Date.parse(shares.get(`${job.laneId} ${shareOf(job)}`)?.wantedAt ?? iso(0)) < 2000,
      isThere: (job) => cloud.platforms.get(job.platformId)!.has(`[swath:sim/${slotOf(job)}]`),
      isMadeFor: (job) => cloud.platforms.get(job.platformId)!.tagOf(job.platformJobId!) === `[swath:sim/${slotOf(job)}]`,
      copier: ({ jobId }) => this.copiers.get(jobId),
      stoppedSince: (taskId) => (this.parked.has(taskId) ? undefined : this.stops.get(taskId)),
    };
  }

  private check<Step>(invariants: [string, Invariants<Step>[string]][], step: Step): void {
    this.circumstances.now = this.stage.time.now;
    this.circumstances.writer = this.stage.writer ?? '';
    for (const [invariant, holds] of invariants) holds(step, (what) => this.found({ invariant, what }), this.circumstances);
  }

  job(change: Change): void {
    const { before, after } = change;
    const isFence = before?.status === 'queued' && after?.status === 'queued' && before.incarnation === after.incarnation;
    if (after && before && after.epoch !== before.epoch && !isFence) {
      const former = this.claimants.get(slotOf(before));
      if (former !== undefined) this.formers.add(`${after.jobId} ${former}`);
      this.claimants.set(slotOf(after), this.stage.writer ?? '');
    }
    if (after?.cancelRequested && !before?.cancelRequested) this.cancels.set(slotOf(after), this.stage.time.now);
    this.check(ofJobs, change);
    if (after !== undefined && after.copyUntil !== before?.copyUntil) this.copiers.set(after.jobId, this.stage.writer ?? '');
  }

  lane(change: LaneChange): void {
    const { runnerId, runnerUntil } = change.after;
    if (runnerId !== undefined) this.runners.set(runnerId, Date.parse(runnerUntil!));
    const [before = 0, after = 0] = [change.before.slots?.size, change.after.slots?.size];
    if (after > before && after > (change.limits.running ?? after)) this.crowders.set(change.after.laneId, this.stage.writer ?? '');
    if (change.after.pollNumber !== change.before.pollNumber) this.pollers.set(change.after.laneId, this.stage.writer ?? '');
    this.check(ofLanes, change);
  }

  /** Its share follows when people have been there: until then nothing is said of it. */
  shareParked(taskId: string): void {
    this.parked.add(taskId);
  }

  task(change: { before: Task | undefined; after: Task }): void {
    const { taskId, paused, cancelRequested } = change.after;
    if (!paused && !cancelRequested) this.stops.delete(taskId);
    else if (!this.stops.has(taskId)) this.stops.set(taskId, this.stage.time.now);
    this.check(ofTasks, change);
  }

  post(platform: SimPlatform, process: Process, call: Post['call'], tag: string): void {
    const { id: platformId, dialect } = platform.shape;
    const { registry, jobs, lanes } = this.cloud;
    const { jobId, incarnation } = tagged(tag, 'sim')!;
    const slot = slotOf({ jobId, incarnation });
    const job = jobs.get(jobId);
    if (call === 'create') this.creates.set(tag, this.stage.time.now);
    this.check(ofPosts, {
      ...{ call, tag, platformId, job, isSearchable: dialect !== 'ogc' },
      runnerUntil: this.runners.get(/^submit\((.+)\)#/.exec(process.name)?.[1] ?? ''),
      removedSince: registry.removedSince(platformId),
      pausedSince: registry.pausedSince(platformId),
      // A start that comes after the job was deleted there starts nothing.
      hasPlace:
        job === undefined ||
        job.incarnation !== incarnation ||
        registry.limits(platformId).running === undefined ||
        (call === 'start' && job.rank >= 90) ||
        lanes.get(job.laneId)?.slots?.has(slot) === true,
      isCrowded:
        job !== undefined &&
        this.crowders.get(job.laneId) === process.name &&
        (lanes.get(job.laneId)?.slots?.size ?? 0) > (registry.limits(platformId).running ?? Number.POSITIVE_INFINITY) &&
        (call === 'create' || platform.jobs.some((one) => one.tag === tag && one.phase === 'created')),
      cancelledAt: this.cancels.get(slot),
    });
  }

  lookup(process: Process, search: Search): void {
    const { jobId, incarnation } = tagged(search.tag, 'sim')!;
    const isClaimant = this.claimants.get(slotOf({ jobId, incarnation })) === process.name;
    this.check(ofLookups, { job: this.cloud.jobs.get(jobId), search, isClaimant, sentAt: this.creates.get(search.tag) });
  }
}
const jobOf = (slot: string): string => slot.slice(0, slot.lastIndexOf('.'));
const [ofJobs, ofLanes, ofTasks] = [Object.entries(jobInvariants), Object.entries(laneInvariants), Object.entries(taskInvariants)];
const [ofPosts, ofLookups] = [Object.entries(postInvariants), Object.entries(lookupInvariants)];
