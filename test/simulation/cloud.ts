import { leaveLane, takeLane, wakeLane, wakeOrFree, work, type Worked } from '../../lambdas/dispatch/use-cases/serve-lane.ts';
import { followChanges } from '../../lambdas/dispatch/use-cases/follow-changes.ts';
import { auditLane } from '../../lambdas/dispatch/use-cases/audit-lane.ts';
import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults } from '../../lambdas/dispatch/use-cases/results.ts';
import type { Job, Settings } from '../../lambdas/dispatch/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { userOf } from '../../lambdas/dispatch/rules/lane.ts';
import { eventsOf } from '../../lambdas/dispatch/rules/events.ts';
import type { Deps } from '../../lambdas/dispatch/use-cases/deps.ts';
import type { ChunksChanged, JobEvent } from '../../lambdas/shared/events/events.ts';
import type { PlatformClient } from '../../lambdas/platforms/ports.ts';
import type { LaterMessage } from '../../lambdas/dispatch/wakers.ts';
import { read, run, type Machine } from '../support/asl.ts';
import { memoryJobs, memoryLanes } from '../support/memory-stores.ts';
import { Copies } from './copies.ts';
import type { LaneChange } from './lane-invariants.ts';
import type { SimPlatform } from './platform.ts';
import { mortal, postItem, Process, runs, strikes, type Stage } from './process.ts';
import type { Registry } from './registry.ts';
import { SynchronousCalls } from './synchronous.ts';
import { workspaces } from './workspace.ts';

const machine = read<Machine>('dispatch/submit-jobs.asl.json');
const shortSeconds = 30;
const collectSeconds = 60;
/** Receives of a message before it goes to the dead letters. */
const mostReceives = 5;

/**
 * The deployment around the real use cases: functions that die, tables, a stream, a bus, queues that deliver twice or late,
 * a clock's ticks, and executions that walk the state machine's own file.
 */
export class Cloud<Remote extends { client(process: Process, user?: string): PlatformClient } = SimPlatform> {
  readonly settings: Settings;
  readonly platforms: ReadonlyMap<string, Remote>;
  readonly jobs: Map<string, Job>;
  readonly lanes: ReturnType<typeof memoryLanes>['lanes'];
  readonly shares: ReturnType<typeof memoryLanes>['shares'];
  /** The history table: `<jobId>.<incarnation>` to its newest version. */
  readonly history = new Map<string, Job>();
  readonly published = new Set<string>();
  private readonly events = new WeakMap<Change, readonly JobEvent[]>();
  readonly files = new Map<string, string>();
  private readonly workspaceOf = workspaces(this.files);
  readonly parked: Change[] = [];
  readonly reported: string[] = [];
  readonly registry: Registry;
  private readonly stage: Stage;
  readonly jobStore: Deps['jobs'];
  readonly laneStore: Deps['lanes'];
  private readonly past = new Map<string, { until: number; job: Job }[]>();
  private readonly onChange: (change: Change) => void;
  private readonly onLane: (change: LaneChange) => void;
  private stream: Change[] = [];
  private streamIsRead = false;
  private ids = 0;
  private processes = 0;
  /** Called with what is to be counted, and when parked records are driven again. */
  onRecount: (notice: ChunksChanged) => void = () => undefined;
  onRedrive: () => void = () => undefined;
  /** Why the credential of a user does not work. */
  credentialFault: (platformId: string, user: string) => string | undefined = () => undefined;
  /** Whether somebody watches; nobody ever does where absent. */
  hasViewers?: Deps['hasViewers'];
  readonly synchronous: SynchronousCalls;
  readonly copies: Copies;
  /** Audits that were begun. */
  audits = 0;

  constructor(
    stage: Stage,
    registry: Registry,
    platforms: ReadonlyMap<string, Remote>,
    onChange: (change: Change) => void,
    onLane: (change: LaneChange) => void,
  ) {
    this.stage = stage;
    this.settings = stage.settings;
    this.registry = registry;
    this.synchronous = new SynchronousCalls(stage, this);
    this.copies = new Copies(stage, this);
    this.platforms = platforms;
    this.onChange = onChange;
    this.onLane = onLane;
    const made = memoryJobs(
      (before, after) => this.changed({ before, after }),
      (jobs) => this.aged(jobs),
    );
    [this.jobs, this.jobStore] = [made.jobs, { ...made.store, createChildren: (jobs) => this.createChildren(made.store, jobs) }];
    const lanes = memoryLanes({ now: () => stage.time.now });
    [this.lanes, this.shares] = [lanes.lanes, lanes.shares];
    this.laneStore = {
      ...lanes.store,
      want: (laneId, platformId) => {
        const wanted = lanes.store.want(laneId, platformId);
        stage.overtaken?.changed(`lanes ${laneId}`, this.lanes.get(laneId));
        return wanted;
      },
      takePost: async (laneId, process, holder) => {
        const taken = await lanes.store.takePost(laneId, process, holder);
        if (taken) stage.overtaken?.changed(postItem(laneId, process), holder);
        return taken;
      },
      update: (laneId, write) => {
        const before = this.lanes.get(laneId);
        const written = lanes.store.update(laneId, write);
        const after = this.lanes.get(laneId);
        if (before !== after) stage.overtaken?.changed(`lanes ${laneId}`, after);
        if (before && after && before !== after) this.onLane({ before, after, limits: this.registry.limits(after.platformId) });
        return written;
      },
    };
  }

  /** It waits for its owner, or for its platform, which is registered no longer; it says so. */
  waits = (job: Job): boolean => job.held === 'ambiguous' || (job.status === 'queued' && this.registry.now(job.platformId) === undefined);

  /** Owners of jobs in a lane. */
  ownersIn = (laneId: string): Set<string> => new Set([...this.jobs.values()].flatMap((job) => (job.laneId === laneId ? job.owner : [])));

  private changed(change: Change): void {
    const { time, overtaken } = this.stage;
    this.onChange(change);
    overtaken?.changed(`jobs ${(change.after ?? change.before)!.jobId}`, change.after);
    if (change.before && this.stage.rates.stale > 0) {
      const past = this.past.get(change.before.jobId) ?? [];
      past.push({ until: time.now, job: change.before });
      if (past.length > 20) past.shift();
      this.past.set(change.before.jobId, past);
    }
    this.stream.push(change);
    if (!this.streamIsRead) this.readStream();
  }

  /** Of a batch that is too much at once the table takes a part, and the function gives up on the rest. */
  private async createChildren(store: Deps['jobs'], jobs: readonly Job[]): Promise<void> {
    const part = strikes(this.stage, 'partial') ? Math.floor(this.stage.draw('partial') * jobs.length) : jobs.length;
    await store.createChildren(jobs.slice(0, part));
    if (part < jobs.length) throw new Error('ProvisionedThroughputExceededException');
  }

  /** At times an index answers what was true up to a minute ago. */
  private aged(jobs: Iterable<Job>): Iterable<Job> | undefined {
    if (!strikes(this.stage, 'stale')) return undefined;
    const asOf = this.stage.time.now - this.stage.draw('stale') * 60_000;
    return [...jobs].flatMap((job) => {
      const old = this.past.get(job.jobId)?.find(({ until }) => until > asOf);
      if (old !== undefined) return [old.job];
      return Date.parse(job.created) > asOf ? [] : [job];
    });
  }

  /** Runs a function; tells when it is done, threw, or ended before its time. */
  invoke<T>(name: string, seconds: number, body: (deps: Deps, process: Process) => Promise<T>): Promise<T> {
    const process = new Process(this.stage, `${name}#${(this.processes += 1)}`, seconds);
    return runs(this.stage, process, seconds, () => body(this.deps(process), process));
  }

  private deps(process: Process): Deps {
    const { stage, jobStore, laneStore } = this;
    return {
      jobs: process.wrapped(jobStore, 'jobs'),
      lanes: process.wrapped(laneStore, 'lanes'),
      clock: process.clock,
      wakers: {
        startRunner: (laneId) => process.call('startRunner', () => this.execute(laneId)),
        later: (laneId, what, seconds, plannedFor) =>
          process.call('later', () =>
            this.send(
              seconds,
              what === 'run'
                ? { kind: 'run', laneId }
                : { kind: 'poll', laneIds: [laneId], ...(plannedFor === undefined ? {} : { plannedFor }) },
            ),
          ),
        news: (laneId, toldAt, seconds) => process.call('news', () => this.send(seconds, { kind: 'poll', laneIds: [laneId], toldAt })),
        audit: (laneId, next, seconds) =>
          process.call('audit', () => this.send(seconds, { kind: 'audit', laneId, ...(next === undefined ? {} : { next }) })),
        callSync: (jobId, epoch) => process.call('callSync', () => this.deliver(0, () => this.synchronous.call(jobId, epoch))),
        collect: (jobId, seconds) => process.call('collect', () => this.collectLater(jobId, seconds)),
        copyResults: (jobId, incarnation) => process.call('copyResults', () => this.copies.start(jobId, incarnation)),
      },
      links: new Map(),
      workspace: this.workspaceOf(process),
      ids: { next: () => `job-${String((this.ids += 1)).padStart(6, '0')}` },
      random: { next: () => stage.draw('code') },
      settings: this.settings,
      note: (message, fields) => stage.note(process.name, `notes ${message} ${JSON.stringify(fields)}`),
      report: (message, fields) => {
        this.reported.push(`${message}: ${String(fields['error'])}`);
        stage.note(process.name, `REPORTS ${message} ${String(fields['error'])}`);
      },
      hasViewers: async (jobs) => this.hasViewers !== undefined && process.call('hasViewers', () => this.hasViewers!(jobs)),
      deployment: 'sim',
      platform: (id) => process.call('platform', () => this.registry.lately(id)),
      client: ({ id }, user) => this.platforms.get(id)!.client(process, user),
      credentialFault: async ({ id }, user) =>
        user === undefined ? undefined : process.call('credential', () => this.credentialFault(id, user)),
    };
  }

  /** A message's delivery: once, twice, late or never. */
  deliver(seconds: number, act: () => void): void {
    const { stage } = this;
    if (strikes(stage, 'lost')) return stage.note('queue', 'a message is LOST');
    const times = strikes(stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      const late = strikes(stage, 'delayed') ? stage.draw('delayed') * 300 : stage.draw('latency');
      stage.time.plan((seconds + late) * 1000, act);
    }
  }

  send(seconds: number, message: LaterMessage): void {
    this.deliver(seconds, () => this.later(message, 1));
  }

  private later(message: LaterMessage, receives: number): void {
    const { functionSeconds } = this.settings;
    void this.invoke(`on-later(${message.kind})`, functionSeconds, async (deps) => {
      // The other looks at the lane once more, which says nothing of a lane that nobody holds.
      if (message.kind === 'run') await (userOf(message.laneId) === undefined ? wakeLane : wakeOrFree)(deps, message.laneId);
      else if (message.kind === 'audit') await auditLane({ ...deps, tellStray: async () => undefined }, message.laneId, message.next);
      else await Promise.all(message.laneIds.map((laneId) => pollLane(deps, laneId, message)));
    }).catch(() => {
      if (receives < mostReceives) this.stage.time.plan(functionSeconds * 1000, () => this.later(message, receives + 1));
    });
  }

  collectLater(jobId: string, seconds: number): void {
    this.deliver(seconds, () => this.collect(jobId, 1));
  }

  private collect(jobId: string, receives: number): void {
    void this.invoke(`collect(${jobId})`, collectSeconds, (deps) => collectResults(deps, jobId)).catch(() => {
      if (receives < mostReceives) this.stage.time.plan(collectSeconds * 1000, () => this.collect(jobId, receives + 1));
    });
  }

  private pause = (seconds: number): Promise<void> => new Promise((resolve) => this.stage.time.plan(seconds * 1000, resolve));

  /** An Express execution, which the service may run twice. */
  private execute(laneId: string): void {
    const name = `${laneId}-${(this.processes += 1)}`;
    const times = strikes(this.stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) this.stage.time.plan(10 + this.stage.draw('latency') * 200, () => void this.walk(laneId, name));
  }

  private async walk(laneId: string, name: string): Promise<void> {
    const { functionSeconds } = this.settings;
    type Args = { step: string; laneId: string; runnerId: string; worker?: number; startedAt: string; results?: Worked[]; fault?: string };
    const steps: Record<string, (args: Args) => Promise<unknown>> = {
      take: ({ runnerId }) => this.invoke('take-lane', functionSeconds, (deps) => takeLane(deps, laneId, runnerId)),
      submit: async ({ runnerId, worker }) => {
        // The service may be short of functions for a while.
        if (strikes(this.stage, 'delayed')) await this.pause(this.stage.draw('delayed') * functionSeconds);
        return this.invoke(`submit(${runnerId})`, functionSeconds, (deps) => work(deps, laneId, runnerId, worker!));
      },
      leave: ({ runnerId, startedAt, results, fault }) =>
        this.invoke(`leave-lane(${runnerId})`, functionSeconds, async (deps) => {
          if (!runnerId) return { outcome: 'left' };
          return leaveLane(deps, laneId, runnerId, {
            startedAt: Date.parse(startedAt),
            results: results ?? [],
            ...(fault ? { fault } : {}),
          });
        }),
    };
    const functions = { SubmitFunction: (args: unknown) => steps[(args as Args).step]!(args as Args) };
    const ended = await run(machine, { laneId }, mortal(this.stage, name, functions), {
      Name: name,
      StartTime: new Date(this.stage.time.now).toISOString(),
    });
    if (ended.status === 'failed') this.stage.note(name, `FAILED ${ended.cause ?? ''}`);
  }

  /** The stream's reader: batches in order, each until it is taken; at times once more. */
  private readStream(): void {
    this.streamIsRead = true;
    this.stage.time.plan(50 + this.stage.draw('latency') * 500, () => {
      const batch = this.stream.splice(0, 25);
      this.follow(batch, () => {
        if (strikes(this.stage, 'duplicate')) this.follow(batch, () => undefined);
        this.streamIsRead = false;
        if (this.stream.length > 0) this.readStream();
      });
    });
  }

  private follow(batch: Change[], then: () => void): void {
    this.invoke('on-job-change', shortSeconds, (deps, process) =>
      followChanges(
        {
          ...deps,
          history: { record: (job) => process.call(`history of ${job.jobId} v${job.version}`, () => this.record(job)) },
          recount: (notice) => process.call('recount', () => this.countLater(notice)),
          publish: (changes) => process.call('publish', () => this.publish(changes)),
          park: async (change, reason) => {
            this.stage.note(process.name, `parks ${change.after?.jobId ?? ''}: ${reason}`);
            this.parked.push(change);
          },
        },
        batch,
      ),
    ).then(then, () => this.stage.time.plan(1000, () => this.follow(batch, then)));
  }

  /** The events that a change makes, made once. */
  eventsOf(change: Change): readonly JobEvent[] {
    const events = this.events.get(change) ?? eventsOf(change.before, change.after);
    this.events.set(change, events);
    return events;
  }

  private countLater(notice: ChunksChanged): void {
    const { stage } = this;
    if (stage.theme === 'uncounted' && stage.faulty() && stage.draw('partial') < 0.5) throw new Error('ServiceUnavailable');
    this.onRecount(notice);
  }

  private record(job: Job): void {
    const key = `${job.jobId}.${job.incarnation}`;
    if ((this.history.get(key)?.version ?? 0) < job.version) this.history.set(key, job);
  }

  /** Answers the changes whose events the bus did not take. */
  private publish(changes: readonly Change[]): Change[] {
    const refused: Change[] = [];
    for (const change of changes) {
      if (strikes(this.stage, 'partial')) {
        refused.push(change);
        continue;
      }
      for (const event of this.eventsOf(change)) {
        this.published.add(event.id);
        if (event.type === 'job.successful') this.deliver(0.2, () => this.collect(event.subject, 1));
      }
    }
    return refused;
  }

  /** What people do with parked records when the fault is mended. */
  redrive(): void {
    const order = new Map(this.parked.map((change) => [change, this.stage.draw('partial')])); // they come in any order
    const changes = this.parked.splice(0).toSorted((a, b) => order.get(a)! - order.get(b)!);
    this.stage.note('people', `redrive ${changes.length} parked records`);
    if (changes.length > 0) this.follow(changes, () => undefined);
    this.onRedrive();
  }

  /** Every so often: all lanes are audited. (Once a day in a deployment.) */
  startAudits(): void {
    const often = this.stage.theme === 'strays' && this.stage.faulty() ? 1 / 12 : 2 / 3;
    this.stage.time.plan(often * this.settings.auditAgeSeconds * 1000, () => {
      this.startAudits();
      this.audits += 1;
      for (const laneId of this.lanes.keys()) this.send(0, { kind: 'audit', laneId });
    });
  }

  /** Every minute: all due lanes are polled. Ticks may be missed or doubled. */
  startTicks(): void {
    this.stage.time.plan(60_000, () => {
      this.startTicks();
      if (strikes(this.stage, 'tick')) return;
      const times = strikes(this.stage, 'tick') ? 2 : 1;
      for (let n = 0; n < times; n += 1)
        void this.laneStore.due().then((laneIds) => {
          if (laneIds.length > 0) this.send(0, { kind: 'poll', tick: true, laneIds });
        });
    });
  }
}
