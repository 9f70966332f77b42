import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import { Progress } from '../../scripts/environment/progress.ts';
import { startEnvironment, type Environment } from '../../scripts/environment/start.ts';
import { signIn } from '../../scripts/environment/users.ts';
import { FakeOgc } from '../support/fake-ogc.ts';
import { jobBody } from '../support/jobs.ts';
import { testState } from '../support/local.ts';
import { until } from '../support/until.ts';

jest.setTimeout(400_000);

const state = `${testState}-kept`;
const fake = new FakeOgc();
let running: ReturnType<typeof startEnvironment> | undefined;

/** Starts the environment that is kept, with the fake as its platform: one job at a time. */
async function start(): Promise<Environment> {
  const limits = { running: 1, parallel: 2, burst: 10, startsPerMinute: 600, readsPerMinute: 600 };
  const platforms = [{ id: 'fake', kind: 'ogc-processes', title: 'fake', baseUrl: fake.url, exclusive: true, limits }];
  running = startEnvironment({ state, keep: true, platforms, progress: new Progress(Date.now(), () => undefined) });
  return running.ready;
}

const empty = () => rmSync(resolve(import.meta.dirname, '../..', state), { recursive: true, force: true });

beforeAll(async () => {
  empty(); // of what an interrupted run kept
  await fake.open();
});
afterAll(async () => {
  await running?.stop();
  await fake.stop();
  empty();
});

it('An emulator that is stopped and started between submission and poll loses no job, file, user or URL', async () => {
  const before = await start();
  const token = await signIn(before.local, 'alice');
  const call = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const response = await fetch(`${before.local.apiUrl}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', prefer: 'respond-async' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const send = (title: string, seconds: number) =>
    call<JobDetail>('POST', '/unit_jobs', jobBody({ platform: 'fake', application: 'any', title, parameters: { title, seconds } }));

  const submitted = await send('submitted', 5);
  await until('the platform has the first job', () => fake.titled('submitted')[0]);
  const waiting = await send('waiting', 1);
  // Sent at the last moment: its change may never leave the stream, which the emulator does not save.
  const last = await send('last', 1);
  await running!.stop();

  const after = await start();
  expect(after.local).toMatchObject({ apiUrl: before.local.apiUrl, userPoolId: before.local.userPoolId, bucket: before.local.bucket });
  for (const { id, title } of [submitted, waiting, last]) {
    await until(
      `${title} finishes`,
      async () => ((await call<JobDetail>('GET', `/unit_jobs/${id}`)).status === 'finished' ? true : undefined),
      {
        within: 150,
      },
    );
    await until(`${title} has its results`, () => call<object>('GET', `/unit_jobs/${id}/results`), { within: 100 });
    expect([title, fake.startsOf(title)]).toEqual([title, 1]);
  }
});
