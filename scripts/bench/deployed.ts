import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { paginateGetExecutionHistory, paginateListExecutions, SFNClient } from '@aws-sdk/client-sfn';
import { Settings } from '../../lambdas/dispatch/model.ts';
import type { TaskDetail } from '../../lambdas/upscaling/model.ts';
import { BilledUnits, type Units } from '../../test/support/billed-units.ts';
import { FakeOpenEo } from '../../test/support/fake-openeo.ts';
import { FaultProxy } from '../../test/support/fault-proxy.ts';
import { pidOfPort } from '../../test/support/process-of-port.ts';
import { awsConfig, type Local } from '../environment/local.ts';
import { startEnvironment } from '../environment/start.ts';
import { signIn } from '../environment/users.ts';
import { state } from './figure.ts';
import { invocations } from './invocations.ts';
import { processorSeconds } from './processor.ts';
import { StreamCalls } from './stream-calls.ts';
import { latencyMs, parallel } from './submitting.ts';

/** How many jobs a task has that is measured. */
export const jobs = Number(process.env['SWATH_BENCH_JOBS'] ?? 1000);
export const pause = (ms: number) => new Promise((next) => setTimeout(next, ms));

export interface Counted extends Units {
  invocations: number;
  /** The same, with the records of streams gathered as AWS does. */
  gathered: number;
  transitions: number;
}

/** The deployed stack with a platform that takes all that comes, and a proxy that counts between functions and emulator. */
export class Bench {
  readonly platform = new FakeOpenEo();
  readonly billed = new BilledUnits();
  private readonly streams = new StreamCalls();
  private readonly proxy = new FaultProxy('http://127.0.0.1:9', { keepAlive: true });
  private environment: ReturnType<typeof startEnvironment> | undefined;
  private local!: Local;
  private token!: string;
  /** For all answers of the emulator to functions so far. */
  waitedMs = 0;
  /** Requests that only look: they are the bench's own, and not counted among the calls of functions. */
  private looks = 0;

  async open(): Promise<void> {
    Object.assign(this.platform.style, { latencyMs, parallel, pageSize: 100 });
    await Promise.all([this.platform.open(), this.proxy.open()]);
    const limits = { parallel, burst: jobs, readsPerMinute: 60 };
    const entry = { kind: 'openeo', baseUrl: this.platform.url, exclusive: true, limits };
    this.environment = startEnvironment({
      state,
      settings: Settings.parse({}), // as everywhere but on developers' machines
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
    await this.streams.learn(new LambdaClient(awsConfig(this.local.endpoint)));
    this.billed.onWrite = (table, event, key) => this.streams.take(table, event, key, Date.now());
    this.proxy.observe = (exchange) => {
      this.billed.take(exchange);
      this.waitedMs += exchange.ms;
    };
  }

  async close(): Promise<void> {
    await this.environment?.stop();
    await Promise.all([this.proxy.close(), this.platform.stop()]);
  }

  async call<T>(method: string, path: string, body?: string): Promise<T> {
    if (method === 'GET') this.looks += 1;
    const response = await fetch(`${this.local.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json', prefer: 'respond-async' },
      ...(body === undefined ? {} : { body }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  /** What it takes to bring a body through the gateway to a function that refuses it unread. */
  async unread(path: string, body: string): Promise<number> {
    const from = performance.now();
    const { status } = await fetch(`${this.local.apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (status !== 401) throw new Error(`POST ${path} without a token: ${status}`);
    return performance.now() - from;
  }

  async until(what: string, isSo: () => boolean | Promise<boolean>, { within = 900, every = 3 } = {}): Promise<void> {
    const deadline = Date.now() + within * 1000;
    let nextTick = 0;
    while (!(await isSo())) {
      if (Date.now() > deadline) throw new Error(`${what}: not within ${within} s`);
      if (Date.now() > nextTick) {
        nextTick = Date.now() + 60_000;
        const FunctionName = this.local.outputs['TickFunction']!;
        await new LambdaClient(awsConfig(this.local.endpoint)).send(new InvokeCommand({ FunctionName }));
      }
      await pause(every * 1000); // looking at the stack costs reads, which are counted
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

  /** How often each function was called so far. */
  calls = (): Map<string, number> => invocations(this.local.endpoint);

  async counted(): Promise<Counted> {
    const calls = this.calls();
    const sum = (all: Map<string, number>) => [...all.values()].reduce((total, one) => total + one, 0);
    const gathered = sum(new Map([...calls, ...this.streams.calls()]));
    return {
      ...this.billed.units,
      ...{ invocations: sum(calls) - this.looks, gathered: gathered - this.looks },
      transitions: await this.transitions(),
    };
  }

  /** Processor seconds so far of the emulator, of the functions that it runs, and of this process: platform, proxy and bench. */
  processor(): Record<'emulator' | 'functions' | 'bench', number> {
    const { own: emulator, children: functions } = processorSeconds(pidOfPort(Number(new URL(this.local.endpoint).port))!);
    return { emulator, functions, bench: processorSeconds(process.pid).own };
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

export const difference = (after: Counted, before: Counted): Counted =>
  Object.fromEntries(Object.entries(after).map(([name, value]) => [name, value - before[name as keyof Counted]])) as unknown as Counted;
