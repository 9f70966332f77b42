import { Settings } from '../../lambdas/dispatch/model.ts';
import { Platform, type RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import type { ListedJob, PlatformClient, PlatformNews, ReadOutcome } from '../../lambdas/platforms/ports.ts';
import { createTask } from '../../lambdas/upscaling/use-cases/create-task.ts';
import { isOver } from '../../lambdas/upscaling/model.ts';
import { Cloud } from './cloud.ts';
import { drawRates } from './faults.ts';
import type { Violation } from './invariants.ts';
import { streams, type Process, type Stage } from './process.ts';
import { Registry } from './registry.ts';
import { Steps } from './steps.ts';
import { TaskCloud } from './tasks.ts';
import { randomOf, Time } from './time.ts';

export interface Scale {
  /** Upscaling tasks, each of another user, and the jobs of each. */
  tasks: number;
  jobs: number;
  /** Jobs that the platform runs at once, and seconds that each takes. */
  running: number;
  seconds: number;
  /** Told now and then: virtual hours, and jobs that have ended. */
  on?: (hours: number, ended: number) => void;
}

export interface Scaled {
  violations: Violation[];
  /** Time from the first POST to the end of the last job, as a ratio to what the platform needs for so many jobs. */
  makespan: number;
  /** Requests that the platform got, per job. */
  requests: number;
  /** How often each job ran, in the mean; and most jobs that ran at once. */
  runs: number;
  mostRunning: number;
  events: number;
  heapMiB: number;
}

interface Remote {
  id: string;
  tag: string;
  phase: NonNullable<PlatformNews['phase']>;
  created: number;
}

/** An openEO back-end that works, whatever the number of its jobs: its newest jobs come first in its list. */
class BusyPlatform {
  readonly byId = new Map<string, Remote>();
  private readonly byTag = new Map<string, Remote[]>();
  private readonly inOrder: Remote[] = [];
  private readonly stage: Stage;
  private readonly seconds: number;
  requests = 0;
  runs = 0;
  running = 0;
  mostRunning = 0;
  lastEnd = 0;

  constructor(stage: Stage, seconds: number) {
    [this.stage, this.seconds] = [stage, seconds];
  }

  private make(tag: string): Remote {
    const job: Remote = { id: `p${this.byId.size + 1}`, tag, phase: 'created', created: this.stage.time.now };
    this.byId.set(job.id, job);
    this.byTag.set(tag, [...(this.byTag.get(tag) ?? []), job]);
    this.inOrder.push(job);
    return job;
  }

  private run(job: Remote): void {
    job.phase = 'running';
    this.runs += 1;
    this.running += 1;
    this.mostRunning = Math.max(this.mostRunning, this.running);
    this.stage.time.plan(this.seconds * 1000, () => {
      this.running -= 1;
      this.lastEnd = this.stage.time.now;
      job.phase = 'successful';
    });
  }

  has = (tag: string): boolean => this.byTag.get(tag)?.some(({ phase }) => phase !== 'successful') ?? false;

  tagOf = (id: string): string | undefined => this.byId.get(id)?.tag;

  client(process: Process): PlatformClient {
    const ask = <T>(what: string, act: () => T): Promise<T> =>
      process.remote(what, (answer) => {
        this.requests += 1;
        answer(100, act());
      });
    const found = <T>(value: T): ReadOutcome<T> => ({ kind: 'found', value });
    const news = ({ id, phase }: Remote): PlatformNews => ({ platformJobId: id, raw: phase, phase });
    const one = <T>(what: string, id: string, of: (job: Remote) => T) =>
      ask(`${what} ${id}`, (): ReadOutcome<T> => {
        const job = this.byId.get(id);
        return job ? found(of(job)) : { kind: 'missing' };
      });
    return {
      twoPhase: true,
      searchable: true,
      create: ({ tag }) => ask('create', () => ({ kind: 'done', platformJobId: this.make(tag).id })),
      execute: () => Promise.reject(new Error('No synchronous jobs here.')),
      start: (id) =>
        ask('start', () => {
          this.run(this.byId.get(id)!);
          return { kind: 'done' };
        }),
      status: (id) => one('status', id, news),
      list: (next = '0') =>
        ask('list', () => {
          const [first, last] = [this.inOrder.length - Number(next), Number(next) + 100];
          const page = this.inOrder.slice(Math.max(0, first - 100), first).toReversed();
          const jobs = page.map((job): ListedJob => ({ ...news(job), tag: job.tag, created: job.created }));
          return found({ jobs, ...(last < this.inOrder.length ? { next: String(last) } : {}) });
        }),
      find: ({ tag }) => ask('find', () => found((this.byTag.get(tag) ?? []).map(news))),
      cancel: (id) => one('cancel', id, () => ({})),
      results: (id) => one('results', id, () => ({ outputs: [{ name: 'out', value: id }] })),
      describe: (name) => ask('describe', () => found({ id: name })),
      listProcesses: () => ask('processes', () => found([])),
    };
  }
}

const minute = 60_000;
const users = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy'];

/** Plays upscaling tasks of any size without faults, and says how near their end comes to what the platform allows. */
export async function playScale({ tasks: wanted, jobs, running, seconds, on }: Scale): Promise<Scaled> {
  const time = new Time();
  const start = time.now;
  const stage: Stage = {
    time,
    draw: streams(1),
    settings: Settings.parse({}),
    rates: drawRates(randomOf(1), []),
    faulty: () => false,
    note: () => undefined,
  };
  const violations: Violation[] = [];
  const found = (violation: Violation) => void (violations.length < 20 && violations.push(violation));
  const platform = new BusyPlatform(stage, seconds);
  const limits = { running, parallel: 20, burst: 100, readsPerMinute: 120 };
  const entry: RegisteredPlatform = {
    ...Platform.parse({ id: 'busy', kind: 'openeo', title: 'busy', baseUrl: 'https://busy.example', limits }),
    ...{ state: 'active', version: 1 },
  };
  const cloud: Cloud<BusyPlatform> = new Cloud(
    stage,
    new Registry(stage, [entry]),
    new Map([[entry.id, platform]]),
    (change) => steps.job(change),
    (change) => steps.lane(change),
  );
  const steps: Steps = new Steps(stage, cloud, found);
  const tasks = new TaskCloud(stage, cloud);
  for (const owner of users.slice(0, wanted)) {
    const request = {
      title: 'many',
      label: 'openeo' as const,
      service: { endpoint: entry.id, application: 'ndvi' },
      parameters: {},
      format: 'json' as const,
      dimension: { name: 'tile', values: Array.from({ length: jobs }, (_, n) => n) },
    };
    void tasks.invoke(`POST of ${owner}`, (deps) => createTask(deps, owner, request, undefined));
  }
  cloud.startTicks();

  let [events, looked, told] = [0, start, start];
  let heap = 0;
  const isDone = () => {
    events += 1;
    if (time.now < looked + minute) return false;
    looked = time.now;
    const all = [...tasks.tasks.values()];
    if (time.now > told + 60 * minute) {
      told = time.now;
      heap = Math.max(heap, process.memoryUsage().heapUsed);
      on?.(
        (time.now - start) / 3_600_000,
        all.reduce((sum, task) => sum + (task.counts?.successful ?? 0), 0),
      );
    }
    return all.length === wanted && all.every((task) => isOver(task.status));
  };
  const best = Math.ceil((wanted * jobs) / running) * seconds * 1000;
  const ended = await time.run(() => isDone() || time.now > start + 3 * best + 24 * 60 * minute, Number.POSITIVE_INFINITY);
  const total = wanted * jobs;
  const successful = [...tasks.tasks.values()].reduce((sum, task) => sum + (task.counts?.successful ?? 0), 0);
  if (!ended || successful !== total) found({ invariant: '2 every job ends', what: `${successful} of ${total} were successful` });
  if (platform.runs !== total) found({ invariant: '1 one run per job', what: `${platform.runs} runs of ${total} jobs` });
  if (platform.mostRunning > running) found({ invariant: '5 the running limit holds', what: `${platform.mostRunning} at once` });
  return {
    violations,
    makespan: (platform.lastEnd - start) / best,
    requests: platform.requests / total,
    runs: platform.runs / total,
    mostRunning: platform.mostRunning,
    events,
    heapMiB: heap / 2 ** 20,
  };
}
