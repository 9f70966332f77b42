import type { CallOutcome, PlatformClient, PlatformNews, ReadOutcome, Search } from '../../lambdas/platforms/ports.ts';
import type { Post } from './job-invariants.ts';
import { clientOf } from './platform-client.ts';
import { strikes, type Process, type Stage } from './process.ts';

type Phase = NonNullable<PlatformNews['phase']>;

export interface RemoteJob {
  id: string;
  tag: string;
  process: string;
  phase: Phase;
  before: Phase;
  created: number;
  /** How often it was set running. */
  runs: number;
  /** The platform lost every trace of it. */
  forgotten?: true;
  /** It was made by a synchronous call, whose answer is all that tells of it. */
  called?: true;
}

export interface PlatformShape {
  id: string;
  /**
   * `strict`: a finished job is not started again; `vito`: it runs once more; `ogc`: one POST runs, without a searchable tag;
   * `batch`: one POST runs, under a name that can be searched for.
   */
  dialect: 'strict' | 'vito' | 'ogc' | 'batch';
  /** Jobs that may run at once, as the registry says. */
  running: number;
  /** The platform refuses more than that; another lets its users break the rule. */
  enforces: boolean;
  /** Seconds that a job runs: at least, and how much more at most. */
  seconds: [number, number];
  /** Part of the jobs that fail. */
  failing: number;
  hasList: boolean;
  /** It answers nothing in this span of milliseconds. */
  outage?: [number, number];
}

const over: readonly Phase[] = ['successful', 'failed', 'dismissed'];

/** A platform with limits and moods. Its clients belong to the process that calls. */
export class SimPlatform {
  readonly shape: PlatformShape;
  readonly jobs: RemoteJob[] = [];
  /** Also those that were deleted or forgotten since. */
  readonly all: RemoteJob[] = [];
  /** Most jobs that were running at once, and when each was started. */
  mostRunning = 0;
  readonly starts: number[] = [];
  requests = 0;
  /** Called when we delete or cancel a job. */
  onDelete: (job: RemoteJob) => void = () => undefined;
  /** Called when a file is fetched by a link. */
  onFetch: (href: string) => void = () => undefined;
  /** Called when a call that runs a job leaves for it, and when one is looked for. */
  onPost: (process: Process, call: Post['call'], tag: string, user: string | undefined) => void = () => undefined;
  /** Why it refuses calls of this user; all are taken where absent. */
  refusal: (user: string | undefined) => string | undefined = () => undefined;
  onFind: (process: Process, search: Search) => void = () => undefined;
  /** Called when a create or start leaves while the same may still take effect. */
  onAgain: (what: string) => void = () => undefined;
  private readonly onItsWay = new Set<string>();
  readonly stage: Stage;

  constructor(stage: Stage, shape: PlatformShape) {
    this.stage = stage;
    this.shape = shape;
  }

  get running(): number {
    return this.jobs.filter(({ phase, called }) => !called && (phase === 'running' || phase === 'queued')).length;
  }

  get baseUrl(): string {
    return `https://${this.shape.id}.example`;
  }

  get twoPhase(): boolean {
    return this.shape.dialect === 'strict' || this.shape.dialect === 'vito';
  }

  readonly random = (): number => this.stage.draw('platforms');

  /** How long an answer is waited for. */
  get gaveUpMs(): number {
    return (this.stage.settings.connectSeconds + this.stage.settings.readSeconds) * 1000;
  }

  isDown = () =>
    this.shape.outage !== undefined && this.stage.time.now >= this.shape.outage[0] && this.stage.time.now < this.shape.outage[1];

  say = (what: string) => this.stage.note(this.shape.id, what);

  run(job: RemoteJob): void {
    const { time } = this.stage;
    const random = this.random;
    const waits = random() < 0.5 ? random() * 30_000 : 0;
    job.before = job.phase;
    job.phase = waits > 0 ? 'queued' : 'running';
    job.runs += 1;
    this.starts.push(time.now);
    this.mostRunning = Math.max(this.mostRunning, this.running);
    this.say(`${job.id} (${job.tag}) RUNS${job.runs > 1 ? ' AGAIN' : ''}`);
    time.plan(waits, () => {
      if (job.phase === 'queued') [job.before, job.phase] = ['queued', 'running'];
    });
    const [least, more] = this.shape.seconds;
    time.plan(waits + (least + random() * more) * 1000, () => {
      if (job.phase !== 'running') return;
      job.before = 'running';
      job.phase = random() < this.shape.failing ? 'failed' : 'successful';
      this.say(`${job.id} ${job.phase}`);
      if (this.jobs.includes(job) && strikes(this.stage, 'forgets')) this.forget(job);
    });
  }

  private forget(job: RemoteJob): void {
    this.say(`forgets ${job.id}`);
    job.forgotten = true;
    this.jobs.splice(this.jobs.indexOf(job), 1);
  }

  hasRoom = () => !this.shape.enforces || this.running < this.shape.running;

  make(tag: string, process: string): RemoteJob {
    const id = `${this.shape.id}-${this.all.length + 1}`;
    const job: RemoteJob = { id, tag, process, phase: 'created', before: 'created', created: this.stage.time.now, runs: 0 };
    this.jobs.push(job);
    this.all.push(job);
    this.say(`${id} created for ${tag}`);
    return job;
  }

  news(job: RemoteJob): PlatformNews {
    if (strikes(this.stage, 'strangeWord')) {
      const back = this.stage.draw('strangeWord') < 0.5 && job.before !== 'created';
      return back ? { platformJobId: job.id, raw: job.before, phase: job.before } : { platformJobId: job.id, raw: 'pondering' };
    }
    return { platformJobId: job.id, raw: job.phase, phase: job.phase };
  }

  /** A create or start: what may happen to it on the way and back. */
  write<Done extends object>(
    process: Process,
    what: string,
    user: string | undefined,
    effect: () => CallOutcome<Done>,
  ): Promise<CallOutcome<Done>> {
    const { stage } = this;
    if (this.onItsWay.has(what)) this.onAgain(what);
    return process.remote(what, (answer) => {
      this.requests += 1;
      const after = 100 + stage.draw('latency') * 400;
      if (this.isDown()) return answer(after, { kind: 'unavailable', message: 'down', closesLane: true });
      const refusal = this.refusal(user);
      if (refusal !== undefined) return answer(after, { kind: 'unauthorized', message: refusal });
      if (strikes(stage, 'platformFails')) {
        const which = stage.draw('platformFails');
        if (which < 0.3)
          return answer(after, { kind: 'capacity', message: '429', retryAfterSeconds: Math.ceil(stage.draw('platformFails') * 60) });
        if (which < 0.6) return answer(after, { kind: 'unavailable', message: '503', closesLane: stage.draw('platformFails') < 0.3 });
        this.say(`${what}: 500 before its effect`);
        return answer(after, { kind: 'lost', message: '500' });
      }
      if (strikes(stage, 'lateCommit')) {
        this.say(`${what}: on its way for long`);
        this.onItsWay.add(what);
        stage.time.plan(stage.draw('lateCommit') * stage.settings.lateCommitSeconds * 1000, () => {
          this.onItsWay.delete(what);
          effect();
        });
        return answer(this.gaveUpMs, { kind: 'lost', message: 'timed out' });
      }
      const outcome = effect();
      if (strikes(stage, 'lostAnswer')) {
        this.say(`${what}: answer LOST after its effect`);
        return answer(stage.draw('lostAnswer') < 0.5 ? this.gaveUpMs : after, { kind: 'lost', message: 'broken connection' });
      }
      return answer(strikes(stage, 'slow') ? stage.draw('slow') * this.gaveUpMs : after, outcome);
    });
  }

  read<T>(process: Process, what: string, user: string | undefined, effect: () => ReadOutcome<T>): Promise<ReadOutcome<T>> {
    const { stage } = this;
    return process.remote(what, (answer) => {
      this.requests += 1;
      if (this.isDown() || strikes(stage, 'platformFails')) return answer(100, { kind: 'unavailable', message: 'no answer' });
      const refusal = this.refusal(user);
      if (refusal !== undefined) return answer(100, { kind: 'unavailable', message: refusal });
      const outcome = effect();
      if (strikes(stage, 'lostAnswer')) return answer(this.gaveUpMs, { kind: 'unavailable', message: 'timed out' });
      return answer(strikes(stage, 'slow') ? stage.draw('slow') * this.gaveUpMs : 50 + stage.draw('latency') * 150, outcome);
    });
  }

  create(tag: string, process: string): CallOutcome<{ platformJobId: string; news?: PlatformNews }> {
    const oneCall = !this.twoPhase;
    if (oneCall && !this.hasRoom()) return { kind: 'capacity', message: 'too many jobs' };
    const job = this.make(tag, process);
    if (!oneCall) return { kind: 'done', platformJobId: job.id };
    this.run(job);
    // Some tell at once how it stands.
    return { kind: 'done', platformJobId: job.id, ...(this.random() < 0.5 ? { news: this.news(job) } : {}) };
  }

  start(id: string): CallOutcome<object> {
    const job = this.find(id);
    if (job === undefined) return { kind: 'refused', message: 'no such job' };
    if (job.phase === 'running' || job.phase === 'queued') return { kind: 'done' };
    if (over.includes(job.phase) && this.shape.dialect === 'strict') return { kind: 'refused', message: 'it has ended' };
    if (!this.hasRoom()) return { kind: 'capacity', message: 'ConcurrentJobLimit' };
    this.run(job);
    return { kind: 'done' };
  }

  /** A job with this tag that is not over. */
  has = (tag: string): boolean => this.jobs.some((job) => job.tag === tag && !over.includes(job.phase));
  /** Of what was ever made there. */
  tagOf = (id: string): string | undefined => this.all.find((job) => job.id === id)?.tag;
  find = (id: string) => this.jobs.find((job) => job.id === id);
  /** For once. */
  hasNoList = (): boolean =>
    strikes(this.stage, 'omits') || (this.stage.theme === 'strays' && this.stage.faulty() && this.stage.draw('omits') < 0.4);
  listed = (): RemoteJob[] => this.jobs.filter(() => !strikes(this.stage, 'omits'));

  /** The client of one process. */
  client = (process: Process, user?: string): PlatformClient => clientOf(this, process, user);
}
