import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateGetExecutionHistory, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import type { TaskDetail, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { BilledUnits, type Units } from '../../test/support/billed-units.ts';
import { FakeOpenEo } from '../../test/support/fake-openeo.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { awsConfig, type Local } from '../environment/local.ts';
import { startEnvironment } from '../environment/start.ts';
import { signIn } from '../environment/users.ts';
import { pollingHour } from './costs.ts';
import { type Figure, figure, quantile, state } from './figure.ts';
import { invocations } from './invocations.ts';
import { usd } from './meter.ts';
import { latencyMs, limitSeconds, parallel } from './submitting.ts';

const jobs = Number(process.env['SWATH_BENCH_JOBS'] ?? 1000);
/** Long enough that no job ends before it is let. */
const aDay = 86_400;

const pause = (ms: number) => new Promise((next) => setTimeout(next, ms));

interface Counted extends Units {
  invocations: number;
  transitions: number;
}

/** The deployed stack with a platform that takes all that comes, and a proxy that counts between functions and emulator. */
class Bench {
  readonly platform = new FakeOpenEo();
  readonly billed = new BilledUnits();
  private readonly proxy = new FaultProxy('http://127.0.0.1:9');
  private environment: ReturnType<typeof startEnvironment> | undefined;
  private local!: Local;
  private token!: string;

  async open(): Promise<void> {
    Object.assign(this.platform.style, { latencyMs, parallel, pageSize: 100 });
    await Promise.all([this.platform.open(), this.proxy.open()]);
    const limits = { parallel, burst: jobs, readsPerMinute: 60 };
    const entry = { kind: 'openeo', baseUrl: this.platform.url, exclusive: true, limits };
    this.environment = startEnvironment({
      state,
      platforms: [
        { ...entry, id: 'fake', title: 'Fake' },
        { ...entry, id: 'alone', title: 'Alone' },
      ],
      functionEndpoint: async (emulator) => {
        this.proxy.pointTo(emulator);
        return this.proxy.url;
      },
    });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void this.close().finally(() => process.exit(130)));
    this.local = (await this.environment.ready).local;
    this.token = await signIn(this.local, 'alice');
    await this.billed.learn(new DynamoDBClient(awsConfig(this.local.endpoint)));
    this.proxy.observe = (exchange) => this.billed.take(exchange);
  }

  async close(): Promise<void> {
    await this.environment?.stop();
    await Promise.all([this.proxy.close(), this.platform.stop()]);
  }

  async call<T>(method: string, path: string, body?: string): Promise<T> {
    const response = await fetch(`${this.local.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', prefer: 'respond-async' },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>, within = 900): Promise<void> {
    const deadline = Date.now() + within * 1000;
    let nextTick = 0;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${within} s`);
      if (Date.now() > nextTick) {
        nextTick = Date.now() + 60_000;
        const FunctionName = this.local.outputs['TickFunction']!;
        await new LambdaClient(awsConfig(this.local.endpoint)).send(new InvokeCommand({ FunctionName }));
      }
      await pause(500);
    }
  }

  /** Nothing more is written to a table for ten seconds. */
  async quiet(table: string): Promise<void> {
    const written = () => [...this.billed.writesBy].filter(([kind]) => kind.includes(table)).reduce((sum, [, units]) => sum + units, 0);
    for (let before = -1; before !== written(); await pause(10_000)) before = written();
  }

  /** State transitions of all executions of the Standard machines so far. */
  private async transitions(): Promise<number> {
    const client = new SFNClient({ ...awsConfig(this.local.endpoint), disableHostPrefix: true });
    let entered = 0;
    for await (const { executions = [] } of paginateListExecutions({ client }, { stateMachineArn: this.local.outputs['UpscaleMachine']! }))
      for (const { executionArn } of executions)
        for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn }))
          entered += events.filter(({ type }) => type?.endsWith('StateEntered')).length;
    return entered;
  }

  async counted(): Promise<Counted> {
    const calls = [...invocations(this.local.endpoint).values()].reduce((sum, one) => sum + one, 0);
    return { ...this.billed.units, invocations: calls, transitions: await this.transitions() };
  }

  /** Requests to the platform, by what they are. */
  asked(what: RegExp): number {
    return [...this.platform.requests].reduce((sum, [request, count]) => sum + (what.test(request) ? count : 0), 0);
  }

  /** Jobs of a title that the platform runs or ran. */
  started = (title: string) => [...this.platform.jobs.values()].filter(({ body, runs }) => runs > 0 && body.title?.startsWith(title));
  /** They all have been finished since now. */
  end(title: string): void {
    for (const job of this.started(title)) job.says = 'finished';
  }
  task = (id: string) => this.call<TaskDetail>('GET', `/upscale_tasks/${id}`);
}

const difference = (after: Counted, before: Counted): Counted =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Counted]])) as unknown as Counted;

const request = (title: string, values: unknown[], more: object = {}): string =>
  JSON.stringify({
    ...{ title, label: 'openeo', service: { endpoint: 'fake', application: 'echo' }, parameters: { fail: '' }, format: 'json' },
    ...{ dimension: { name: 'seconds', values }, ...more },
  });
const days = (count: number) => Array.from({ length: count }, (_, n) => aDay + n);

/** USD for 1,000 jobs: what was counted, and their hour of polling. */
const price = (used: Counted, count: number, answers: number, hour: number): number => {
  const { reads, writes, messages, events, puts, executions } = used;
  const all = { reads, writes, messages, events, puts, executions, executionSeconds: executions * 5, calls: used.invocations, requests: 1 };
  return ((usd(all, answers) + used.transitions * 25e-6) * 1000) / count + hour;
};

/** A task from its request to the last result, but for the time its jobs run. */
async function oneTask(bench: Bench): Promise<Figure[]> {
  const title = 'Counted task';
  const before = await bench.counted();
  const askedBefore = [bench.asked(/./), bench.asked(/^(?:POST|DELETE) /)] as const;
  const from = Date.now();
  const { id } = await bench.call<TaskSummary>('POST', '/upscale_tasks', request(title, days(jobs)));
  await bench.until('all jobs are started', () => bench.started(title).length === jobs);
  const started = bench.started(title).map(({ startedAt }) => startedAt);
  const seconds = (Math.max(...started) - from) / 1000;
  const requests = bench.billed.units.requests - before.requests;
  await bench.until('all jobs run', async () => (await bench.task(id)).counts?.running === jobs);
  const half = await bench.counted();
  const viewers = await watched(bench, id);
  await bench.quiet('Connections'); // the leave of viewers is not counted
  const again = await bench.counted();
  bench.end(title);
  await bench.until('the task is over', async () => (await bench.task(id)).phase === 'successful');
  const results = () => bench.call<{ 'swath:complete': boolean }>('GET', `/upscale_tasks/${id}/results`);
  await bench.until('all results are there', async () => (await results())['swath:complete']);
  const all = difference(await bench.counted(), again);
  const first = difference(half, before);
  const used = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value + first[name as keyof Counted]]));
  const counted = used as unknown as Counted;
  const [reads, writes] = [bench.asked(/./) - askedBefore[0], bench.asked(/^(?:POST|DELETE) /) - askedBefore[1]];
  console.log(JSON.stringify({ counted, writesBy: [...bench.billed.writesBy], platformReads: reads - writes }));
  const of = `a task of ${jobs} jobs, deployed locally`;
  return [
    figure(`${of}: POST to the last start`, seconds / limitSeconds(jobs), `x what the platform allows (${limitSeconds(jobs)} s)`, 1.5),
    figure(`${of}: requests to the emulator until the last start`, requests / jobs, 'a job'),
    ...viewers,
    figure(`${of}: calls of functions`, counted.invocations / jobs, 'a job', 1),
    figure(`${of}: state transitions`, counted.transitions / jobs, 'a job', 0.1),
    figure(`${of}: write units`, counted.writes / jobs, 'a job', 12),
    figure(`${of}: read units`, counted.reads / jobs, 'a job'),
    figure(`${of}: events`, counted.events / jobs, 'a job'),
    figure(`${of}: messages`, counted.messages / jobs, 'a job'),
    figure(`${of}: objects written`, counted.puts / jobs, 'a job'),
    figure(`${of}: writes to the platform`, writes / jobs, 'a job', 2.1),
    figure(
      `${of}: AWS price of all of a job of an hour`,
      price(counted, jobs, reads, await pollingHour(1000, 1)),
      'USD per 1,000 jobs',
      0.05,
    ),
  ];
}

/** Reads of the platform in a minute while all jobs run, with one viewer of the task and with a hundred. */
async function watched(bench: Bench, id: string): Promise<Figure[]> {
  const open: WebSocket[] = [];
  const join = async () => {
    const { url } = await bench.call<{ url: string }>('POST', '/job_status/tickets');
    const socket = new WebSocket(`${url}&task=${id}&mode=snapshot`);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve);
      socket.addEventListener('error', () => reject(new Error('A viewer was refused.')));
    });
    open.push(socket);
  };
  const aMinute = async (viewers: number) => {
    while (open.length < viewers) await join();
    const before = bench.asked(/^GET /);
    await pause(60_000);
    return bench.asked(/^GET /) - before;
  };
  const [one, hundred] = [await aMinute(1), await aMinute(100)];
  for (const socket of open) socket.close();
  const what = `Platform requests a minute, a task of ${jobs} running jobs, deployed locally`;
  // A page more or less is where the minute begins.
  return [figure(`${what}, 1 viewer`, one, 'requests', 60), figure(`${what}, 100 viewers`, hundred, 'requests', one + 10)];
}

/** POST of a task: what remains when the time of an equal body that is refused at its end (no such platform) is taken off. */
async function posts(bench: Bench): Promise<Figure[]> {
  const timed = async (count: number, endpoint: string): Promise<number> => {
    const times: number[] = [];
    const body = request('Timed task', days(count), { canary: 1, service: { endpoint, application: 'echo' } });
    for (let n = 0; n < 5; n += 1) {
      const from = performance.now();
      await bench.call('POST', '/upscale_tasks', body).catch((error: unknown) => {
        if (endpoint === 'fake') throw error;
      });
      times.push(performance.now() - from);
    }
    return quantile(times, 0.5);
  };
  await timed(10, 'fake');
  const [few, more, most] = [await timed(10, 'fake'), await timed(1000, 'fake'), await timed(100_000, 'fake')];
  const refused = [await timed(10, 'none'), await timed(100_000, 'none')] as const;
  const what = 'POST of a task, deployed locally';
  return [
    figure(`${what}: 1,000 values`, more / few, 'x the time of 10 values'),
    figure(`${what}: 100,000 values`, most / few, 'x the time of 10 values'),
    figure(`${what}: 100,000 values, without reading and checking the body`, (most - refused[1]) / (few - refused[0]), 'x 10 values'),
  ];
}

/** Single jobs of one lane, or of a lane each time empty, from request to results. */
async function singles(bench: Bench, count: number, endpoint: 'fake' | 'alone', goal: number): Promise<Figure> {
  const title = `Single of ${endpoint}`;
  const before = await bench.counted();
  const asked = bench.asked(/./);
  const parameters = { seconds: endpoint === 'alone' ? 0 : aDay };
  const one = () =>
    bench.call<{ id: string }>(
      'POST',
      '/unit_jobs',
      JSON.stringify({ title, label: 'openeo', service: { endpoint, application: 'echo' }, parameters, format: 'json' }),
    );
  const ids: string[] = [];
  const hasResults = async (id: string) => (await bench.call<{ resultsReady: boolean }>('GET', `/unit_jobs/${id}`)).resultsReady;
  for (let n = 0; n < count; n += 1) {
    const { id } = await one();
    ids.push(id);
    if (endpoint === 'alone') await bench.until('a job has its results', () => hasResults(id));
  }
  await bench.until('all are started', () => bench.started(title).length === count);
  bench.end(title);
  for (const id of ids) await bench.until('a job has its results', () => hasResults(id));
  const used = difference(await bench.counted(), before);
  console.log(endpoint, JSON.stringify(used));
  const hour = endpoint === 'alone' ? (await pollingHour(1, 1000)) * 1000 : await pollingHour(1000, 1);
  const where = endpoint === 'alone' ? 'a job alone in its lane' : `${count} single jobs of one lane`;
  const answers = bench.asked(/./) - asked;
  return figure(
    `${where}, deployed locally: AWS price of all of a job of an hour`,
    price(used, count, answers, hour),
    'USD per 1,000 jobs',
    goal,
  );
}

const onBench = async (measure: (bench: Bench) => Promise<Figure[]>): Promise<Figure[]> => {
  const bench = new Bench();
  try {
    await bench.open();
    return await measure(bench);
  } finally {
    await bench.close();
  }
};

/** What a task takes and costs on the deployed local stack. */
export const tasks = (): Promise<Figure[]> => onBench(oneTask);

/** What single jobs cost there, and what the request of a task takes. */
export const requests = (): Promise<Figure[]> =>
  onBench(async (bench) => [await singles(bench, 100, 'fake', 0.15), await singles(bench, 5, 'alone', 0.3), ...(await posts(bench))]);
