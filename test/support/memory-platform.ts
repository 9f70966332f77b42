import type {
  AssetOutcome,
  CallOutcome,
  Executed,
  JobPage,
  PlatformClient,
  PlatformLogEntry,
  PlatformNews,
  PlatformOutput,
  PlatformResults,
  ProcessSummary,
  ReadOutcome,
  Search,
  Submission,
} from '../../lambdas/platforms/ports.ts';
import type { Clock } from '../../lambdas/shared/time/clock.ts';

interface RemoteJob {
  id: string;
  tag: string;
  process: string;
  phase: NonNullable<PlatformNews['phase']>;
  created: number;
  /** How often it was set running. */
  runs: number;
  inputs: Record<string, unknown>;
}

/**
 * What happens to the next call of a kind. `lost-after`: it takes effect and its answer is lost; `lost-before`: it never
 * arrives; `lost-late`, `crash-late`: it takes effect when `land` is called, long after its sender gave up or died.
 */
export type Fault =
  | { kind: 'capacity'; retryAfterSeconds?: number }
  | { kind: 'refused' | 'unavailable' | 'unauthorized'; message?: string; closesLane?: boolean }
  | { kind: 'lost-after' }
  | { kind: 'lost-before' }
  | { kind: 'crash-after' }
  | { kind: 'lost-late' }
  | { kind: 'crash-late' };

/** The submitter dies here: thrown through everything, as when a process ends. */
export class Crash extends Error {}

/** A platform in memory: two-phase as openEO (starting a finished job runs it again), or one POST that runs. */
export class MemoryPlatform implements PlatformClient {
  readonly jobs: RemoteJob[] = [];
  readonly faults: { create: Fault[]; start: Fault[]; execute: Fault[]; status: Fault[]; find: Fault[]; cancel: Fault[]; list: Fault[] } = {
    create: [],
    start: [],
    execute: [],
    status: [],
    find: [],
    cancel: [],
    list: [],
  };
  /** Jobs that lists leave out. */
  readonly unlisted = new Set<string>();
  /** Jobs of others that come before ours in lists. */
  foreign = 0;
  /** Present once `listing` was called. */
  list?: (next?: string) => Promise<ReadOutcome<JobPage>>;
  readonly calls: string[] = [];
  /** Called when a create or start has arrived, before its answer leaves. */
  during: ((call: 'create' | 'start' | 'execute') => Promise<void>) | undefined;
  processes = ['echo', 'ndvi', 'other'];
  readonly twoPhase: boolean;
  readonly searchable: boolean;
  private readonly clock: Clock;
  private ids = 0;
  private readonly onTheWay: (() => void)[] = [];

  constructor(clock: Clock, twoPhase: boolean) {
    this.clock = clock;
    this.twoPhase = twoPhase;
    this.searchable = twoPhase;
  }

  async create(submission: Submission): Promise<CallOutcome<{ platformJobId: string }>> {
    this.calls.push('create');
    return this.call('create', () => {
      const id = `p${(this.ids += 1)}`;
      const phase = this.twoPhase ? 'created' : 'running';
      this.jobs.push({
        id,
        tag: submission.tag,
        process: submission.process,
        phase,
        created: this.clock.now(),
        runs: this.twoPhase ? 0 : 1,
        inputs: submission.inputs,
      });
      return { platformJobId: id };
    });
  }
  async start(platformJobId: string): Promise<CallOutcome<object>> {
    this.calls.push(`start ${platformJobId}`);
    return this.call('start', () => {
      const job = this.jobs.find(({ id }) => id === platformJobId);
      if (job === undefined) return undefined;
      if (job.phase !== 'running' && job.phase !== 'queued') {
        job.phase = 'running';
        job.runs += 1;
      }
      return {};
    });
  }
  /** Synchronous calls that took effect, by tag. */
  readonly executed: string[] = [];
  /** What they come to. */
  execution: Executed = {
    answer: { contentType: 'application/json', bytes: Buffer.from('{"echo":"hello"}') },
    outputs: [{ name: 'echo', value: 'hello' }],
  };
  /** Called while one is under way. */
  whileExecuting: ((signal: AbortSignal) => Promise<void>) | undefined;
  async execute(submission: Submission, signal: AbortSignal): Promise<CallOutcome<Executed>> {
    this.calls.push('execute');
    await this.whileExecuting?.(signal);
    if (signal.aborted) return { kind: 'lost', message: 'left' };
    return this.call('execute', () => {
      this.executed.push(submission.tag);
      return this.execution;
    });
  }
  async status(platformJobId: string): Promise<ReadOutcome<PlatformNews>> {
    this.calls.push(`status ${platformJobId}`);
    if (this.faults.status.shift()) return { kind: 'unavailable', message: 'no answer' };
    const job = this.jobs.find(({ id }) => id === platformJobId);
    return job ? { kind: 'found', value: this.news(job) } : { kind: 'missing' };
  }
  async find(search: Search): Promise<ReadOutcome<PlatformNews[]>> {
    this.calls.push('find');
    if (this.faults.find.shift()) return { kind: 'unavailable', message: 'no answer' };
    const mine = (job: RemoteJob) =>
      this.searchable
        ? job.tag === search.tag
        : job.process === search.process && !search.known.has(job.id) && job.created >= search.from && job.created <= search.until;
    return { kind: 'found', value: this.jobs.filter(mine).map((job) => this.news(job)) };
  }
  /** From now on the platform lists its jobs, in pages of this size. */
  listing(pageSize: number): this {
    this.list = async (next = '0') => {
      this.calls.push(`list ${next}`);
      if (this.faults.list.shift()) return { kind: 'unavailable', message: 'no list' };
      const strangers = Array.from({ length: this.foreign }, (_, n) => ({ platformJobId: `foreign-${n}`, raw: 'running' }));
      const mine = this.jobs
        .filter(({ id }) => !this.unlisted.has(id))
        .map((job) => ({ ...this.news(job), tag: job.tag, created: job.created }));
      const all = [...strangers, ...mine];
      const end = Number(next) + pageSize;
      return { kind: 'found', value: { jobs: all.slice(Number(next), end), ...(end < all.length ? { next: String(end) } : {}) } };
    };
    return this;
  }
  async cancel(platformJobId: string): Promise<ReadOutcome<object>> {
    this.calls.push(`cancel ${platformJobId}`);
    if (this.faults.cancel.shift()) return { kind: 'unavailable', message: 'no answer' };
    const at = this.jobs.findIndex(({ id }) => id === platformJobId);
    if (at < 0) return { kind: 'missing' };
    if (this.jobs[at]!.phase === 'running') this.jobs[at]!.phase = 'dismissed';
    else this.jobs.splice(at, 1);
    return { kind: 'found', value: {} };
  }
  /** What jobs have so far that are not finished; absent: the platform hands out no parts. */
  parts?: () => ReadOutcome<PlatformResults>;
  partialResults?: (platformJobId: string) => Promise<ReadOutcome<PlatformResults>> = async () => this.parts?.() ?? { kind: 'missing' };
  /** Log of every job. */
  readonly log: PlatformLogEntry[] = [];
  logs?: PlatformClient['logs'] = async (_, { limit, after }) => {
    const from = this.log.findIndex(({ id }) => id === after) + 1;
    return { kind: 'found', value: { entries: this.log.slice(from, from + limit), more: from + limit < this.log.length } };
  };
  /** What it reckons that a job takes; absent: it never does. */
  estimate?: NonNullable<PlatformClient['estimate']>;
  /** What a link leads to; links that are not here lead nowhere. */
  readonly files = new Map<string, () => AssetOutcome>();
  openAsset = async (href: string): Promise<AssetOutcome> => {
    this.calls.push(`open ${href}`);
    return this.files.get(href)?.() ?? { kind: 'missing' };
  };
  outputs: PlatformOutput[] = [{ name: 'echo', value: 'hello' }];
  results: PlatformClient['results'] = async () => ({ kind: 'found', value: { outputs: this.outputs } });
  describe = async (process: string) =>
    this.processes.includes(process)
      ? ({ kind: 'found', value: { id: process, ...this.described[process] } } as const)
      : ({ kind: 'missing' } as const);

  described: Record<string, Partial<ProcessSummary>> = {};
  listProcesses = async (): Promise<ReadOutcome<ProcessSummary[]>> => ({
    kind: 'found',
    value: this.processes.map((id) => ({ id, ...this.described[id] })),
  });

  /** Calls that are still on their way arrive and take effect, in the order in which they were sent. */
  land() {
    for (const effect of this.onTheWay.splice(0)) effect();
  }

  /** The platform finishes (or forgets) a job. */
  end(platformJobId: string, phase: 'successful' | 'failed' | 'gone') {
    if (phase === 'gone')
      this.jobs.splice(
        this.jobs.findIndex(({ id }) => id === platformJobId),
        1,
      );
    else this.jobs.find(({ id }) => id === platformJobId)!.phase = phase;
  }

  private news = (job: RemoteJob): PlatformNews => ({ platformJobId: job.id, raw: job.phase, phase: job.phase });

  private async call<Done extends object>(
    kind: 'create' | 'start' | 'execute',
    effect: () => Done | undefined,
  ): Promise<CallOutcome<Done>> {
    const fault = this.faults[kind].shift();
    if (fault?.kind === 'capacity') return { message: 'no room', ...fault };
    if (fault?.kind === 'refused' || fault?.kind === 'unavailable' || fault?.kind === 'unauthorized')
      return { message: `${kind} ${fault.kind}`, ...fault };
    if (fault?.kind === 'lost-before') return { kind: 'lost', message: 'timed out' };
    if (fault?.kind === 'lost-late' || fault?.kind === 'crash-late') {
      this.onTheWay.push(effect);
      if (fault.kind === 'crash-late') throw new Crash();
      return { kind: 'lost', message: 'timed out' };
    }
    const done = effect();
    await this.during?.(kind);
    if (fault?.kind === 'crash-after') throw new Crash();
    if (fault?.kind === 'lost-after') return { kind: 'lost', message: 'timed out' };
    return done === undefined ? { kind: 'refused', message: 'no such job' } : { kind: 'done', ...done };
  }
}
