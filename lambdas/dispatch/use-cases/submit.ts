import { isOwn, type RegisteredPlatform } from '../../platforms/model.ts';
import type { CallOutcome, PlatformClient, PlatformNews, Submission } from '../../platforms/ports.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Write } from '../../shared/table/write.ts';
import type { Job, Spec } from '../model.ts';
import { readableKey, references, withSigned } from '../rules/references.ts';
import { release, slotOf, userOf } from '../rules/lane.ts';
import * as writes from '../rules/writes.ts';
import type { Deps } from './deps.ts';
import { followCredential } from './follow-credential.ts';
import { openShares } from './open-shares.ts';
import { laneFailed, laneFull, laneWorked } from './lane-health.ts';
import { inPlaces, type Places } from './places.ts';

/**
 * How a job's turn ended. `waits`: the platform has no room for more now. `left`: as it is, others decide (its slot
 * too, which the poll reconciles).
 */
export type Turn = 'submitted' | 'back' | 'waits' | 'over' | 'left';

const stopped = 'Its task was stopped before it was started.';
const noPlace = 'Its place was given to another job meanwhile: it waits for one.';

/**
 * One turn of a claimed job through the protocol: create (or look up what an earlier turn may have created), fence and
 * commit, start. Every call that must not be repeated stands between an intent and a conditional write, so the turn may
 * end anywhere and recovery goes on from what is stored. Nothing in here is retried.
 * @param crowded the job has no place within the platform's running limit: what it may have begun is looked up, but it begins nothing
 * @param places for which its requests wait
 */
export async function submit(
  deps: Deps,
  platform: RegisteredPlatform,
  seen: Job,
  { crowded = false, places }: { crowded?: boolean; places?: Places } = {},
): Promise<Turn> {
  const { settings, clock } = deps;
  const now = clock.now();
  const claimed = await deps.jobs.update(seen, writes.claim(seen, iso(now), iso(now + settings.leaseSeconds * 1000)));
  if (!claimed.ok) return 'left';
  const job = claimed.item;
  const direct = deps.client(platform, userOf(job.laneId));
  const client = places ? inPlaces(direct, places) : direct;
  const turn = new Protocol(deps, platform, client, job, crowded);
  if (job.sync && job.platformJobId === undefined) return turn.handOver();
  if (job.platformJobId !== undefined) return turn.goOn(job.platformJobId);
  return seen.postedAt === undefined ? turn.create() : turn.lookUp(seen.postedAt);
}

/** The steps of one turn, each ending in the next or in a stored state. */
export class Protocol {
  protected readonly deps: Deps;
  private readonly platform: RegisteredPlatform;
  protected readonly client: PlatformClient;
  protected readonly job: Job;
  private readonly crowded: boolean;

  constructor(deps: Deps, platform: RegisteredPlatform, client: PlatformClient, job: Job, crowded = false) {
    this.crowded = crowded;
    this.deps = deps;
    this.platform = platform;
    this.client = client;
    this.job = job;
  }

  protected now = () => iso(this.deps.clock.now());
  private tag = () => `[swath:${this.deps.deployment}/${slotOf(this.job)}]`;

  async create(): Promise<Turn> {
    if (this.job.cancelRequested) return this.dismissed();
    const submission = await this.submission();
    if (submission === undefined) return this.failed('The parameters of this job are gone, or refer to a file that may not be read.');
    const outcome = await this.client.create(submission);
    if (outcome.kind !== 'done') return this.notDone(outcome, 'create');
    const turn = await this.commit(outcome.platformJobId, outcome.news);
    await laneWorked(this.deps, this.job.laneId, this.client.searchable ? undefined : outcome.platformJobId);
    return turn;
  }

  /** A synchronous call takes longer than a turn may: a function of its own makes it, under this claim. */
  async handOver(): Promise<Turn> {
    if (this.job.cancelRequested) return this.dismissed();
    if (this.crowded) return this.back(writes.takeBackOrder(this.job, this.now(), noPlace));
    try {
      await this.deps.wakers.callSync(this.job.jobId, this.job.epoch);
      return 'submitted';
    } catch (error) {
      // Ordered or not: nobody can begin the call once the job is back in its queue. One that has begun keeps its place.
      this.deps.report('a synchronous call could not be ordered', { jobId: this.job.jobId, error });
      return this.back(writes.takeBackOrder(this.job, this.now(), 'The call could not be made just now.'), 'keeps its slot');
    }
  }

  /** Created by an earlier turn. One that was started counts as running until the platform says otherwise: that is looked at when it is polled. */
  async goOn(platformJobId: string): Promise<Turn> {
    if (this.crowded && !this.job.cancelRequested)
      return this.back(writes.putBack(this.job, this.now(), { message: noPlace, answered: 'start' }));
    return this.commit(platformJobId, undefined);
  }

  /** An earlier turn sent a create and does not know what became of it; its quarantine is over. */
  async lookUp(postedAt: string): Promise<Turn> {
    if (!this.client.searchable && !this.platform.exclusive)
      return this.unknowable('The answer of the platform was lost, and it cannot be asked whether the job exists.');
    const { lanes, jobs, settings } = this.deps;
    const [lane, active] = await Promise.all([lanes.get(this.job.laneId), jobs.active(this.job.laneId)]);
    const from = ms(postedAt);
    const oldestCall = from - (settings.syncSeconds + settings.lateCommitSeconds) * 1000;
    if (!this.client.searchable && lane?.syncCallAt !== undefined && ms(lane.syncCallAt) >= oldestCall)
      return this.unknowable('The answer of the platform was lost, and its job cannot be told from those that synchronous calls make.');
    const found = await this.client.find({
      tag: this.tag(),
      process: this.job.process,
      from,
      until: from + settings.quarantineSeconds * 1000, // the intent may be a whole lease older than its post
      known: new Set([...(lane?.recent ?? []), ...active.flatMap((job) => job.platformJobId ?? [])]),
    });
    if (found.kind === 'missing') return this.unknowable('The answer of the platform was lost, and it has no job list to look it up in.');
    if (found.kind === 'unavailable' && found.unsent) {
      await this.back(writes.putBack(this.job, this.now(), { message: found.message }), 'keeps its slot');
      return 'waits';
    }
    if (found.kind === 'unavailable') {
      // Still unknown, and it may be running: intent and slot stay, and the platform is asked again after a while.
      await laneFailed(this.deps, this.job.laneId, found.message, false);
      const notBefore = iso(this.deps.clock.now() + settings.closeSeconds * 1000);
      return this.back(writes.putBack(this.job, this.now(), { message: found.message, notBefore }), 'keeps its slot');
    }
    const [oldest, ...others] = found.value;
    if (oldest === undefined) {
      const message = this.job.message ?? 'The platform did not take the job.';
      return this.job.failures >= settings.closeAfterFailures ? this.failed(message) : this.again();
    }
    for (const other of others) if (other.phase === 'created') await this.client.cancel(other.platformJobId);
    if (this.crowded && oldest.phase === 'created' && !this.job.cancelRequested) return this.waitWithId(oldest.platformJobId, noPlace);
    const turn = await this.commit(oldest.platformJobId, this.client.twoPhase ? undefined : oldest);
    await laneWorked(this.deps, this.job.laneId, this.client.searchable ? undefined : oldest.platformJobId);
    return turn;
  }

  /** Nobody can tell whether the job exists: its owner decides, now or when she sent it, and a cancel is her decision. */
  private async unknowable(message: string): Promise<Turn> {
    const { onAmbiguous = 'hold', cancelRequested, failures } = this.job;
    if (cancelRequested) return this.dismissed('Cancelled. Whether the platform had begun it cannot be told: it may run there.');
    if (onAmbiguous === 'hold') {
      await openShares(this.deps, this.job);
      return this.settled(writes.hold(this.job, this.now(), message), 'back');
    }
    const sendsAgain = onAmbiguous === 'resubmit' && failures < this.deps.settings.closeAfterFailures;
    return sendsAgain ? this.again() : this.failed(message);
  }

  /** Nothing was created: a new intent first, then a new post. Where nothing may start, the job waits as one that was never sent. */
  private async again(): Promise<Turn> {
    const { state, title } = this.platform;
    if (state !== 'active' && !this.job.cancelRequested)
      return this.back(writes.putBack(this.job, this.now(), { message: `${title} starts no jobs just now.`, answered: 'create' }));
    if (this.crowded && !this.job.cancelRequested)
      return this.back(writes.putBack(this.job, this.now(), { message: noPlace, answered: 'create' }));
    const renewed = await this.deps.jobs.update(this.job, writes.renewIntent(this.job, this.now()));
    if (renewed.ok) return this.create();
    return renewed.item?.cancelRequested && this.isMine(renewed.item) ? this.dismissed() : 'left';
  }

  /** The commit point. A refusal is decided from the item as it is now. */
  async commit(platformJobId: string, news: PlatformNews | undefined): Promise<Turn> {
    const { settings, clock, jobs } = this.deps;
    if (this.client.twoPhase && (await this.isStopped())) return this.waitWithId(platformJobId, stopped);
    const sentAt = this.now();
    const startedBefore = iso(clock.now() - settings.quarantineSeconds * 1000);
    const deadline = iso(clock.now() + this.platform.deadlineHours * 3_600_000);
    const written = await jobs.update(this.job, writes.commit(this.job, platformJobId, sentAt, startedBefore, deadline));
    const now = written.item;
    // My own earlier write, which the SDK sent twice, counts as written.
    if (written.ok || (now && this.isMine(now) && now.platformJobId === platformJobId && now.startSentAt === sentAt))
      return this.client.twoPhase ? this.start(platformJobId) : this.took(platformJobId, news);
    if (now === undefined) return 'left';
    if (now.platformJobId !== undefined && now.platformJobId !== platformJobId) return this.drop(platformJobId);
    if (!this.isMine(now)) return 'left';
    return now.cancelRequested && now.rank < 90 ? this.cancelled(platformJobId) : 'left';
  }

  /** Its task was paused or cancelled since the claim. What one POST runs cannot be held back any more. */
  private async isStopped(): Promise<boolean> {
    const { laneId, owner, taskId, cancelRequested } = this.job;
    return taskId !== undefined && !cancelRequested && this.deps.lanes.isTaskClosed(laneId, owner, taskId);
  }

  /** Created and not started: the job goes back to its queue with its id, and its next claim starts it. */
  private async waitWithId(platformJobId: string, message: string): Promise<Turn> {
    const turn = await this.back(writes.waitWithId(this.job, platformJobId, this.now(), message));
    const now = turn === 'back' ? undefined : await this.deps.jobs.get(this.job.jobId);
    const isAnother = now?.platformJobId !== undefined && now.platformJobId !== platformJobId;
    return isAnother ? this.drop(platformJobId) : turn;
  }

  private async start(platformJobId: string): Promise<Turn> {
    const outcome = await this.client.start(platformJobId);
    if (outcome.kind === 'done') return 'submitted';
    // The start may be under way: it is read, and never sent again before its quarantine is over.
    if (outcome.kind === 'lost') {
      await laneFailed(this.deps, this.job.laneId, outcome.message, false);
      return 'submitted';
    }
    const now = await this.deps.jobs.get(this.job.jobId);
    if (now?.cancelRequested) return 'submitted'; // the poller deletes it on the platform, then dismisses it
    const turn = await this.notDone(outcome, 'start');
    if (outcome.kind === 'refused' && turn === 'over') await this.client.cancel(platformJobId); // it would stay `created` for ever
    return turn;
  }

  /** A one-phase create runs the job; an answer that already tells the end is news like any other. */
  private async took(platformJobId: string, news: PlatformNews | undefined): Promise<Turn> {
    if (news === undefined) return 'submitted';
    const job = await this.deps.jobs.get(this.job.jobId);
    const write = job && writes.news(job, { ...news, platformJobId }, job.pollNumber + 1, this.now());
    if (write) await this.deps.jobs.update(this.job, write);
    return 'submitted';
  }

  /** Another platform job was taken for this one: mine goes, but only if nobody can have started it. */
  private async drop(platformJobId: string): Promise<Turn> {
    const state = await this.client.status(platformJobId);
    if (state.kind === 'found' && state.value.phase === 'created') await this.client.cancel(platformJobId);
    return 'left';
  }

  private async cancelled(platformJobId: string): Promise<Turn> {
    const recorded = await this.deps.jobs.update(this.job, writes.record(this.job, platformJobId, this.now()));
    if (!recorded.ok) return 'left';
    const gone = await this.client.cancel(platformJobId);
    if (gone.kind === 'unavailable') return 'left'; // recovery comes here again
    return this.dismissed();
  }

  protected async notDone(outcome: Exclude<CallOutcome<object>, { kind: 'done' }>, call: 'create' | 'start'): Promise<Turn> {
    const { message } = outcome;
    const { laneId, cancelRequested } = (await this.deps.jobs.get(this.job.jobId)) ?? this.job;
    if (outcome.kind === 'refused') {
      await laneWorked(this.deps, laneId);
      return cancelRequested && call === 'create' ? this.dismissed() : this.failed(message);
    }
    if (call === 'create' && cancelRequested && outcome.kind !== 'lost') return this.dismissed();
    if (outcome.kind === 'unsent') {
      await this.back(writes.putBack(this.job, this.now(), { message, answered: call }));
      return 'waits';
    }
    if (outcome.kind === 'unauthorized') {
      await this.back(writes.holdForCredential(this.job, this.now(), message, call));
      await followCredential(this.deps, laneId, this.platform);
      return 'waits';
    }
    if (outcome.kind === 'capacity') {
      await laneFull(this.deps, laneId, outcome.retryAfterSeconds);
      await this.back(writes.putBack(this.job, this.now(), { message, answered: call }));
      return 'waits';
    }
    const lane = await laneFailed(this.deps, laneId, message, outcome.kind === 'unavailable' && outcome.closesLane === true);
    const counted = lane?.successAt !== undefined && this.job.failedAt !== undefined && lane.successAt > this.job.failedAt;
    const failures = this.job.failures + (counted ? 1 : 0);
    if (failures >= this.deps.settings.closeAfterFailures && outcome.kind === 'unavailable') return this.failed(message);
    const tried = { message, failures, failedAt: this.now() };
    if (outcome.kind === 'unavailable') return this.back(writes.putBack(this.job, this.now(), { ...tried, answered: call }));
    const notBefore = iso(this.deps.clock.now() + this.deps.settings.quarantineSeconds * 1000);
    return this.back(writes.putBack(this.job, this.now(), { ...tried, notBefore }), 'keeps its slot');
  }

  protected async submission(): Promise<Submission | undefined> {
    const spec: Spec | undefined = await this.deps.jobs.spec(this.job);
    if (spec === undefined) return undefined;
    const signed = new Map<string, string>();
    for (const { uri } of references(spec.parameters)) {
      const key = readableKey(uri, this.deps.workspace.bucket, this.job.owner);
      if (key === undefined) return undefined;
      // What runs in our own account reads references itself where it has to; a link would only lie about in its records.
      if (!isOwn(this.platform.kind)) signed.set(uri, await this.deps.workspace.sign(key));
    }
    const inputs = withSigned(spec.parameters, signed) as Record<string, unknown>;
    return { tag: this.tag(), process: this.job.process, title: this.job.title, inputs, format: spec.format };
  }

  protected isMine = (item: Job): boolean => item.epoch === this.job.epoch && item.incarnation === this.job.incarnation;

  /** Nothing of the job runs, so its slot is free before it is written back: another worker may take job and slot at once. */
  private async back(write: Write, slot: 'free' | 'keeps its slot' = 'free'): Promise<Turn> {
    if (slot === 'free') await this.release();
    await openShares(this.deps, this.job);
    return (await this.deps.jobs.update(this.job, write)).ok ? 'back' : 'left';
  }
  protected failed = (message: string): Promise<Turn> => this.settled(writes.fail(this.job, this.now(), message), 'over');
  protected dismissed = (message?: string): Promise<Turn> => this.settled(writes.dismiss(this.job, this.now(), message), 'over');
  /** Once that is written nobody looks for the job on its platform any more. Until then it is looked for again, and may run: it keeps its slot. */
  private async settled(write: Write, turn: 'back' | 'over'): Promise<Turn> {
    if (!(await this.deps.jobs.update(this.job, write)).ok) return 'left';
    await this.release();
    return turn;
  }
  private release = () => this.deps.lanes.update(this.job.laneId, release([slotOf(this.job)]));
}
