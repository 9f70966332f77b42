import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import type { TaskEvent } from '../../lambdas/shared/events/events.ts';
import type { TaskDetail, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { Progress } from '../../scripts/environment/progress.ts';
import { startEnvironment, type Environment } from '../../scripts/environment/start.ts';
import { signIn } from '../../scripts/environment/users.ts';
import { FakeOgc } from '../support/fake-ogc.ts';
import { FakeOpenEo } from '../support/fake-openeo.ts';
import { FaultProxy, type RuleHandle } from '../support/fault-proxy.ts';
import { jobBody } from '../support/jobs.ts';
import { testState } from '../support/local.ts';
import { hearTasks } from '../support/task-events.ts';
import { until } from '../support/until.ts';

const state = `${testState}-kept`;
const fake = new FakeOgc();
const backs = { expanding: new FakeOpenEo(), submitting: new FakeOpenEo() };
type Phase = keyof typeof backs;
const phases = Object.keys(backs) as Phase[];
const proxy = new FaultProxy('http://127.0.0.1:9');
let running: ReturnType<typeof startEnvironment> | undefined;
let token: string;
let before: Environment['local'];
let after: Environment['local'];

/** Starts the environment that is kept, with the fakes as its platforms. */
async function start(): Promise<Environment> {
  const limits = { running: 1, parallel: 2, burst: 10, startsPerMinute: 600, readsPerMinute: 600 };
  const platforms = [
    { id: 'fake', kind: 'ogc-processes', title: 'fake', baseUrl: fake.url, exclusive: true, limits }, // one job at a time
    ...phases.map((id) => ({ id, kind: 'openeo', title: id, baseUrl: backs[id].url, limits: { ...limits, running: 2 } })),
  ];
  const functionEndpoint = async (emulator: string) => (proxy.pointTo(emulator), proxy.url);
  running = startEnvironment({ state, keep: true, platforms, functionEndpoint, progress: new Progress(Date.now(), () => undefined) });
  return running.ready;
}

const empty = () => rmSync(resolve(import.meta.dirname, '../..', state), { recursive: true, force: true });

async function call<T>(method: string, path: string, body?: object): Promise<T> {
  const response = await fetch(`${before.apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'respond-async' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}
const send = (title: string, seconds: number) =>
  call<JobDetail>('POST', '/unit_jobs', jobBody({ platform: 'fake', application: 'any', title, parameters: { title, seconds } }));
const values = [0, 0.1, 0.2, 0.3, 0.4, 0.5];
const sendTask = (phase: Phase) =>
  call<TaskSummary>('POST', '/upscale_tasks', {
    ...jobBody({ platform: phase, title: phase, label: 'openeo' }),
    dimension: { name: 'seconds', values },
  });

const jobs: JobDetail[] = [];
const tasks = new Map<Phase, string>();
let bus: Awaited<ReturnType<typeof hearTasks>>;

beforeAll(async () => {
  empty(); // of what an interrupted run kept
  await Promise.all([fake.open(), proxy.open(), ...phases.map((phase) => backs[phase].open())]);
  before = (await start()).local;
  bus = await hearTasks(before);
  token = await signIn(before, 'alice');
  // Each stops at one of its calls: in the middle of writing jobs, and between the creation of a job and its start.
  const rules: Record<Phase, RuleHandle> = {
    expanding: proxy.hold({ target: /PutItem$/, body: /expanding - Processing Job 3"/ }),
    submitting: proxy.hold({ target: /UpdateItem$/, body: /^(?=[\s\S]*startSentAt)(?=[\s\S]*"submitting~service#0")/ }),
  };
  for (const phase of phases) tasks.set(phase, (await sendTask(phase)).id);
  const held = await Promise.all(phases.map((phase) => rules[phase].held()));
  jobs.push(await send('submitted', 5));
  await until('the platform has the first job', () => fake.titled('submitted')[0]);
  jobs.push(await send('waiting', 1));
  // Sent at the last moment: its change may never leave the stream, which the emulator does not save.
  jobs.push(await send('last', 1));
  await running!.stop();
  for (const one of held) one.release(false);
  after = (await start()).local;
});
afterAll(async () => {
  await running?.stop();
  await Promise.all([fake.stop(), proxy.close(), ...phases.map((phase) => backs[phase].stop())]);
  empty();
});

describe('An emulator that is stopped and started', () => {
  it('between submission and poll loses no job, file, user or URL', async () => {
    expect(after).toMatchObject({ apiUrl: before.apiUrl, userPoolId: before.userPoolId, bucket: before.bucket });
    for (const { id, title } of jobs) {
      await until(
        `${title} finishes`,
        async () => ((await call<JobDetail>('GET', `/unit_jobs/${id}`)).status === 'finished' ? true : undefined),
        { within: 150 },
      );
      await until(`${title} has its results`, () => call<object>('GET', `/unit_jobs/${id}/results`), { within: 100 });
      expect([title, fake.startsOf(title)]).toEqual([title, 1]);
    }
  });

  it.each([
    ['while the jobs of a task are being written has all of them', 'expanding'],
    ['while the jobs of a task are being submitted goes on with them', 'submitting'],
  ] as const)('%s, each run once, and tells its end once', async (_, phase) => {
    const taskId = tasks.get(phase)!;
    const over = await until(
      `the task ${phase} is over`,
      async () => {
        const task = await call<TaskDetail>('GET', `/upscale_tasks/${taskId}`);
        return task.finished === undefined ? undefined : task;
      },
      { within: 240 },
    );
    expect(over).toMatchObject({ phase: 'successful', total: values.length, counts: { successful: values.length } });
    const started = [...backs[phase].jobs.values()].filter(({ runs }) => runs > 0);
    expect(started.map(({ runs }) => runs)).toEqual(values.map(() => 1));
    expect(new Set(started.map(({ body }) => body.title)).size).toBe(values.length);
    expect((await endsOf(taskId)).size).toBe(1);
  });
});

const heard: TaskEvent[] = [];
/** Ids of the events that tell the end of a task. */
const endsOf = (taskId: string): Promise<Set<string>> =>
  until('the bus tells of the end', async () => {
    for (let events = await bus.take(); events.length > 0; events = await bus.take()) heard.push(...events);
    const ends = heard.filter(({ type, subject }) => type === 'task.finished' && subject === taskId);
    return ends.length > 0 ? new Set(ends.map(({ id }) => id)) : undefined;
  });
