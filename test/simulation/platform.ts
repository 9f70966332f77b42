import type { CallOutcome, JobPage, ListedJob, PlatformClient, PlatformNews, ReadOutcome } from '../../lambdas/platforms/ports.ts';
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
}

export interface PlatformShape {
  id: string;
  /** `strict`: a finished job is not started again; `vito`: it runs once more; `ogc`: one POST runs, without a searchable tag. */
  dialect: 'strict' | 'vito' | 'ogc';
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
  private readonly stage: Stage;

  constructor(stage: Stage, shape: PlatformShape) {
    this.stage = stage;
    this.shape = shape;
  }

  get running(): number {
    return this.jobs.filter(({ phase }) => phase === 'running' || phase === 'queued').length;
  }

  /** How long an answer is waited for. */
  private get gaveUpMs(): number {
    return (this.stage.settings.connectSeconds + this.stage.settings.readSeconds) * 1000;
  }

  private isDown = () =>
    this.shape.outage !== undefined && this.stage.time.now >= this.shape.outage[0] && this.stage.time.now < this.shape.outage[1];

  private say = (what: string) => this.stage.note(this.shape.id, what);

  private run(job: RemoteJob): void {
    const { random, time } = this.stage;
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
      if (strikes(this.stage, 'forgets')) this.forget(job);
    });
  }

  private forget(job: RemoteJob): void {
    this.say(`forgets ${job.id}`);
    job.forgotten = true;
    this.jobs.splice(this.jobs.indexOf(job), 1);
  }

  private hasRoom = () => !this.shape.enforces || this.running < this.shape.running;

  private make(tag: string, process: string): RemoteJob {
    const id = `${this.shape.id}-${this.all.length + 1}`;
    const job: RemoteJob = { id, tag, process, phase: 'created', before: 'created', created: this.stage.time.now, runs: 0 };
    this.jobs.push(job);
    this.all.push(job);
    this.say(`${id} created for ${tag}`);
    return job;
  }

  private news(job: RemoteJob): PlatformNews {
    if (strikes(this.stage, 'strangeWord')) {
      const back = this.stage.random() < 0.5 && job.before !== 'created';
      return back ? { platformJobId: job.id, raw: job.before, phase: job.before } : { platformJobId: job.id, raw: 'pondering' };
    }
    return { platformJobId: job.id, raw: job.phase, phase: job.phase };
  }

  /** A create or start: what may happen to it on the way and back. */
  private write<Done extends object>(process: Process, what: string, effect: () => CallOutcome<Done>): Promise<CallOutcome<Done>> {
    const { stage } = this;
    return process.remote(what, (answer) => {
      this.requests += 1;
      const after = 100 + stage.random() * 400;
      if (this.isDown()) return answer(after, { kind: 'unavailable', message: 'down', closesLane: true });
      if (strikes(stage, 'platformFails')) {
        const which = stage.random();
        if (which < 0.3) return answer(after, { kind: 'capacity', message: '429', retryAfterSeconds: Math.ceil(stage.random() * 60) });
        if (which < 0.6) return answer(after, { kind: 'unavailable', message: '503', closesLane: stage.random() < 0.3 });
        this.say(`${what}: 500 before its effect`);
        return answer(after, { kind: 'lost', message: '500' });
      }
      if (strikes(stage, 'lateCommit')) {
        this.say(`${what}: on its way for long`);
        stage.time.plan(stage.random() * stage.settings.lateCommitSeconds * 1000, () => void effect());
        return answer(this.gaveUpMs, { kind: 'lost', message: 'timed out' });
      }
      const outcome = effect();
      if (strikes(stage, 'lostAnswer')) {
        this.say(`${what}: answer LOST after its effect`);
        return answer(stage.random() < 0.5 ? this.gaveUpMs : after, { kind: 'lost', message: 'broken connection' });
      }
      return answer(strikes(stage, 'slow') ? stage.random() * this.gaveUpMs : after, outcome);
    });
  }

  private read<T>(process: Process, what: string, effect: () => ReadOutcome<T>): Promise<ReadOutcome<T>> {
    const { stage } = this;
    return process.remote(what, (answer) => {
      this.requests += 1;
      if (this.isDown() || strikes(stage, 'platformFails')) return answer(100, { kind: 'unavailable', message: 'no answer' });
      const outcome = effect();
      if (strikes(stage, 'lostAnswer')) return answer(this.gaveUpMs, { kind: 'unavailable', message: 'timed out' });
      return answer(strikes(stage, 'slow') ? stage.random() * this.gaveUpMs : 50 + stage.random() * 150, outcome);
    });
  }

  private create(tag: string, process: string): CallOutcome<{ platformJobId: string }> {
    const oneCall = this.shape.dialect === 'ogc';
    if (oneCall && !this.hasRoom()) return { kind: 'capacity', message: 'too many jobs' };
    const job = this.make(tag, process);
    if (oneCall) this.run(job);
    return { kind: 'done', platformJobId: job.id };
  }

  private start(id: string): CallOutcome<object> {
    const job = this.find(id);
    if (job === undefined) return { kind: 'refused', message: 'no such job' };
    if (job.phase === 'running' || job.phase === 'queued') return { kind: 'done' };
    if (over.includes(job.phase) && this.shape.dialect === 'strict') return { kind: 'refused', message: 'it has ended' };
    if (!this.hasRoom()) return { kind: 'capacity', message: 'ConcurrentJobLimit' };
    this.run(job);
    return { kind: 'done' };
  }

  private find = (id: string) => this.jobs.find((job) => job.id === id);
  private listed = (): RemoteJob[] => this.jobs.filter(() => !strikes(this.stage, 'omits'));

  /** The client of one process. */
  client(process: Process): PlatformClient {
    const twoPhase = this.shape.dialect !== 'ogc';
    const found = <T>(value: T): ReadOutcome<T> => ({ kind: 'found', value });
    const list = (next = '0') =>
      this.read<JobPage>(process, 'list', () => {
        const all = this.listed().map((job): ListedJob => ({
          ...this.news(job),
          ...(twoPhase ? { tag: job.tag } : {}),
          created: job.created,
        }));
        if (strikes(this.stage, 'omits')) all.reverse();
        const end = Number(next) + 100;
        return found({ jobs: all.slice(Number(next), end), ...(end < all.length ? { next: String(end) } : {}) });
      });
    return {
      twoPhase,
      searchable: twoPhase,
      create: ({ tag, process: name }) => this.write(process, `create ${tag}`, () => this.create(tag, name)),
      execute: () => Promise.reject(new Error('No story here has synchronous jobs.')),
      start: (id) => this.write(process, `start ${id}`, () => this.start(id)),
      status: (id) =>
        this.read(process, `status ${id}`, () => {
          const job = this.find(id);
          return job === undefined ? { kind: 'missing' } : found(this.news(job));
        }),
      find: (search) =>
        this.read(process, `find ${search.tag}`, () => {
          const mine = (job: RemoteJob) =>
            twoPhase
              ? job.tag === search.tag
              : job.process === search.process && !search.known.has(job.id) && job.created >= search.from && job.created <= search.until;
          // A search looks at every page, and again: what it misses it must be entitled to miss.
          return found(this.jobs.filter(mine).map((job) => ({ platformJobId: job.id, raw: job.phase, phase: job.phase })));
        }),
      ...(this.shape.hasList ? { list } : {}),
      cancel: (id) =>
        this.read(process, `cancel ${id}`, () => {
          const job = this.find(id);
          if (job === undefined) return { kind: 'missing' };
          this.onDelete(job);
          if (job.phase === 'running' || job.phase === 'queued') {
            job.before = job.phase;
            job.phase = 'dismissed';
          } else this.jobs.splice(this.jobs.indexOf(job), 1);
          this.say(`${id} cancelled`);
          return found({});
        }),
      results: (id) =>
        this.read(process, `results ${id}`, () =>
          this.find(id) === undefined ? { kind: 'missing' } : found({ outputs: [{ name: 'out', value: id }] }),
        ),
      describe: (name) => this.read(process, 'describe', () => found({ id: name })),
      listProcesses: () => this.read(process, 'processes', () => found([])),
    };
  }
}
