import { availableParallelism } from 'node:os';
import type { TaskSummary } from '../../lambdas/upscaling/model.ts';
import { pollingHour } from './costs.ts';
import { type Figure, figure, quantile } from './figure.ts';
import { usd } from './meter.ts';
import { limitSeconds, parallel } from './submitting.ts';
import { Bench, difference, jobs, pause, type Counted } from './deployed.ts';

/** Long enough that no job ends before it is let. */
const aDay = 86_400;
/** A request is flat when many values take it no longer than this, in times of few values. */
const flat = 2;

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

const processorOf = { functions: 'the functions', bench: 'platform, proxy and bench' } as const;

/** What is billed, and how it is called. */
const billed = {
  invocations: 'calls of functions',
  gathered: 'calls of functions, with records of streams gathered as AWS does',
  transitions: 'state transitions',
  executions: 'executions of Express machines',
  writes: 'write units',
  reads: 'read units',
  events: 'events',
  messages: 'messages',
  puts: 'objects written',
} as const;
const unitsOf = (what: string, used: Counted, jobs: number, goals: Partial<Record<keyof typeof billed, number>> = {}): Figure[] =>
  (Object.keys(billed) as (keyof typeof billed)[]).map((unit) =>
    figure(`${what}: ${billed[unit]}`, used[unit] / jobs, 'a job', goals[unit]),
  );

/** From the request of a task to the last start of its jobs. */
async function starts(bench: Bench, title: string, of: string): Promise<{ id: string; figures: Figure[] }> {
  const before = bench.billed.units.requests;
  const waitedBefore = bench.waitedMs;
  const from = Date.now();
  const { id } = await bench.call<TaskSummary>('POST', '/upscale_tasks', request(title, days(jobs)));
  await bench.until('a job is started', () => bench.started(title).length > 0, { every: 0.05 });
  const atFirst = bench.processor();
  await bench.until('all jobs are started', () => bench.started(title).length === jobs, { every: 0.05 });
  const atLast = bench.processor();
  const times = bench.started(title).map(({ startedAt }) => startedAt);
  const [first, last] = [Math.min(...times), Math.max(...times)];
  const [seconds, between] = [(last - from) / 1000, (last - first) / 1000];
  const requests = bench.billed.units.requests - before;
  const busy = (part: 'emulator' | keyof typeof processorOf) => (100 * (atLast[part] - atFirst[part])) / between;
  return {
    id,
    figures: [
      figure(`${of}: POST to the last start`, seconds / limitSeconds(jobs), `x what the platform allows (${limitSeconds(jobs)} s)`, 1.5),
      // Where the rest of that time goes: to functions that begin one after the other, and to places at the platform that stay empty.
      figure(`${of}: POST to the first start`, (first - from) / 1000, 's'),
      figure(
        `${of}: places at the platform that stay empty from the first to the last start`,
        100 * (1 - limitSeconds(jobs) / between),
        `% of ${parallel}`,
      ),
      figure(`${of}: requests to the emulator until the last start`, requests / jobs, 'a job'),
      figure(`${of}: an answer of the emulator until the last start, mean`, (bench.waitedMs - waitedBefore) / requests, 'ms'),
      // It answers one request at a time: the nearer its thread is to always busy, the longer each request waits for the others.
      figure(`${of}: the emulator's only thread is busy from the first to the last start`, busy('emulator'), '% of the time'),
      // Where both cores are busy all the time, nothing that waits less makes it faster.
      ...(['functions', 'bench'] as const).map((part) =>
        figure(
          `${of}: processor time from the first to the last start, ${processorOf[part]}`,
          busy(part) / availableParallelism(),
          `% of ${availableParallelism()} cores`,
        ),
      ),
    ],
  };
}

/** All jobs of a task end on the platform, and their results are there. */
async function ends(bench: Bench, title: string, id: string): Promise<void> {
  bench.end(title);
  await bench.until('the task is over', async () => (await bench.task(id)).phase === 'successful');
  const results = () => bench.call<{ 'swath:complete': boolean }>('GET', `/upscale_tasks/${id}/results`);
  await bench.until('all results are there', async () => (await results())['swath:complete']);
}

/** A task from its request to the last result, but for the time its jobs run; and before it another one, which finds no function running. */
async function oneTask(bench: Bench): Promise<Figure[]> {
  const of = `a task of ${jobs} jobs, deployed locally`;
  const cold = await starts(bench, 'First task', `${of} just now`);
  await ends(bench, 'First task', cold.id);
  const title = 'Counted task';
  const before = await bench.counted();
  const askedBefore = [bench.asked(/./), bench.asked(/^(?:POST|DELETE) /)] as const;
  const { id, figures } = await starts(bench, title, of);
  await bench.until('all jobs run', async () => (await bench.task(id)).counts?.running === jobs);
  const half = await bench.counted();
  const viewers = await watched(bench, id);
  await bench.quiet('Connections'); // the leave of viewers is not counted
  const again = await bench.counted();
  await ends(bench, title, id);
  const all = difference(await bench.counted(), again);
  const begun = difference(half, before);
  const used = Object.fromEntries(Object.entries(all).map(([name, value]) => [name, value + begun[name as keyof Counted]]));
  const counted = used as unknown as Counted;
  const [reads, writes] = [bench.asked(/./) - askedBefore[0], bench.asked(/^(?:POST|DELETE) /) - askedBefore[1]];
  console.log(JSON.stringify({ counted, writesBy: [...bench.billed.writesBy], platformReads: reads - writes, calls: [...bench.calls()] }));
  return [
    ...cold.figures,
    ...figures,
    ...viewers,
    ...unitsOf(of, counted, jobs, { invocations: 1, gathered: 1, transitions: 0.1, writes: 12 }),
    figure(`${of}: writes to the platform`, writes / jobs, 'a job', 2.1),
    figure(
      `${of}: AWS price of all of a job of an hour`,
      price(counted, jobs, reads, await pollingHour(1000, 1)),
      'USD per 1,000 jobs',
      0.05,
    ),
  ];
}

/** So long they are counted: a poll more or less is where the time begins. */
const watchedMinutes = 2;

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
  const reads = async (viewers: number, minutes = watchedMinutes) => {
    while (open.length < viewers) await join();
    const before = bench.asked(/^GET /);
    await pause(minutes * 60_000);
    return (bench.asked(/^GET /) - before) / minutes;
  };
  await reads(1, 1); // the lane was polled without viewers until now
  const [one, hundred] = [await reads(1), await reads(100)];
  for (const socket of open) socket.close();
  const what = `Platform requests a minute, a task of ${jobs} running jobs, deployed locally`;
  // A poll reads a page for each hundred jobs.
  const aPoll = jobs / 100 / watchedMinutes;
  return [figure(`${what}, 1 viewer`, one, 'requests', 60), figure(`${what}, 100 viewers`, hundred, 'requests', one + aPoll)];
}

/** POST of a task: the median of five, against that of ten values. The body holds all values, so that it grows with them. */
async function posts(bench: Bench): Promise<Figure[]> {
  const timed = async (count: number): Promise<number> => {
    const times: number[] = [];
    const body = request('Timed task', days(count), { canary: 1 });
    for (let n = 0; n < 5; n += 1) {
      const from = performance.now();
      const { id } = await bench.call<TaskSummary>('POST', '/upscale_tasks', body);
      times.push(performance.now() - from);
      // Its state machine would take the machine from the next request.
      await bench.until('its canary is sent', async () => (await bench.task(id)).phase === 'running');
    }
    return quantile(times, 0.5);
  };
  await timed(10);
  const [few, more, most] = [await timed(10), await timed(1000), await timed(100_000)];
  const what = 'POST of a task, deployed locally';
  const unread: number[] = [];
  for (let n = 0; n < 5; n += 1) unread.push(await bench.unread('/upscale_tasks', request('Refused task', days(100_000))));
  return [
    figure(`${what}: 10 values`, few, 'ms'),
    figure(`${what}: a body of 100,000 values that is refused unread`, quantile(unread, 0.5), 'ms'),
    figure(`${what}: 1,000 values`, more / few, 'x the time of 10 values', flat),
    figure(`${what}: 100,000 values`, most / few, 'x the time of 10 values', flat),
  ];
}

/** Single jobs of one lane, or of a lane each time empty, from request to results. */
async function singles(bench: Bench, count: number, endpoint: 'fake' | 'alone', goal: number): Promise<Figure[]> {
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
  const where = `${endpoint === 'alone' ? 'a job alone in its lane' : `${count} single jobs of one lane`}, deployed locally`;
  const answers = bench.asked(/./) - asked;
  return [
    figure(`${where}: AWS price of all of a job of an hour`, price(used, count, answers, hour), 'USD per 1,000 jobs', goal),
    // Without their hour on the platform, which is the price of polling.
    ...unitsOf(`${where}, but for polling`, used, count),
  ];
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
  onBench(async (bench) => [
    ...(await singles(bench, 100, 'fake', 0.15)),
    ...(await singles(bench, 5, 'alone', 0.3)),
    ...(await posts(bench)),
  ]);
