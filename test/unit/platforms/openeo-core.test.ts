import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { FakeOpenEo } from '../../support/fake-openeo.ts';
import { openEoClient } from '../../support/openeo-client.ts';
import { world } from '../../support/world.ts';

const quarantine = 361;
const create = /^POST \/jobs$/;
const start = /^POST \/jobs\/.+\/results$/;
let fake: FakeOpenEo;

beforeEach(async () => {
  fake = await new FakeOpenEo().open();
});
afterEach(() => fake.stop());

/** The job core with an openEO platform over HTTP, in either of its characters. */
function openEoWorld(style: Partial<FakeOpenEo['style']> = {}) {
  Object.assign(fake.style, style);
  const w = world();
  const client = openEoClient(fake);
  w.deps.client = () => client;
  const tagOf = (jobId: string) => `[swath:test/${jobId}.1]`;
  return {
    ...w,
    /** How often the job was created and set running on the platform. */
    counts: (jobId: string) => [fake.creates.get(tagOf(jobId)) ?? 0, fake.starts.get(tagOf(jobId)) ?? 0],
    /** A runner and a poll, after some time. */
    async later(seconds = quarantine) {
      w.pass(seconds);
      await w.serve();
      await pollLane(w.deps, w.laneId);
    },
  };
}

describe.each([false, true])('the job core on openEO (like VITO: %s)', (vito) => {
  it('runs a job through to its results', async () => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', `${fake.url}/udp/echo.json`);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'job-1' });
    await w.later(61);
    expect(w.job(jobId)).toMatchObject({ status: 'successful', platformStatus: 'finished' });
    await collectResults(w.deps, jobId);
    const item = JSON.parse(w.files.get(`users/alice/workspace/jobs/${jobId}/item.json`)!);
    expect(Object.keys(item.assets)).toEqual(['openEO.tif', 'job.json']);
    const { process } = fake.jobs.get('job-1')!.body;
    expect(process?.process_graph?.['save']?.arguments).toMatchObject({ format: 'JSON' });
  });

  it("fails with the platform's own reason", async () => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', 'echo', { fail: 'no data for this period' });
    await w.serve();
    await w.later(61);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: 'no data for this period' });
  });

  it.each([
    ['create, taken but answered by nobody', create, 'drop', 'now'],
    ['create, taken but too slowly', create, 'hang', 'now'],
    ['create, taken behind a broken proxy', create, { status: 502 }, 'now'],
    ['create, never arrived', create, 'drop', undefined],
    ['create, taken after the answer was given up', create, 'drop', { afterMs: 5 }],
    ['start, taken but answered by nobody', start, 'drop', 'now'],
    ['start, taken behind a broken proxy', start, { status: 502 }, 'now'],
    ['start, never arrived', start, 'hang', undefined],
  ] as const)('runs a job exactly once whose answer is lost: %s', async (_, match, answer, effect) => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', 'echo', { seconds: 60 });
    fake.fault({ match, times: 1, answer, ...(effect === undefined ? {} : { effect }) });
    await w.serve();
    await fake.settled();
    for (let round = 0; round < 3; round += 1) await w.later();
    expect(w.counts(jobId)).toEqual([1, 1]);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
  });

  it('runs fifty jobs exactly once each on a platform that loses every third answer', async () => {
    const w = openEoWorld({ vito });
    const sent = [];
    for (let n = 0; n < 50; n += 1) sent.push(await w.send('alice', 'echo', { seconds: 600 }));
    for (let n = 0; n < 12; n += 1) {
      fake.fault({ match: create, times: 1, answer: 'drop', effect: 'now' });
      fake.fault({ match: start, times: 1, answer: { status: 504 }, effect: 'now' });
      await w.later();
    }
    fake.faults.length = 0;
    for (let n = 0; n < 5; n += 1) await w.later(901);
    expect(sent.map(({ jobId }) => w.counts(jobId))).toEqual(sent.map(() => [1, 1]));
    expect(new Set(sent.map(({ jobId }) => w.job(jobId).status))).toEqual(new Set(['running']));
  });

  it('waits with what the platform has no room for, creates nothing twice, and fails nothing', async () => {
    const w = openEoWorld({ vito, runningLimit: 2 });
    const sent = [];
    for (let n = 0; n < 5; n += 1) sent.push(await w.send('alice', 'echo', { seconds: 600 }));
    for (let n = 0; n < 4; n += 1) await w.later(61);
    expect(fake.maxRunning).toBe(2);
    expect(sent.map(({ jobId }) => w.job(jobId).status).toSorted()).toEqual(['queued', 'queued', 'queued', 'running', 'running']);
    fake.style.runningLimit = 5;
    for (let n = 0; n < 4; n += 1) await w.later(61);
    expect(sent.map(({ jobId }) => w.counts(jobId))).toEqual(sent.map(() => [1, 1]));
  });

  it('loses nothing while the platform is down', async () => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', 'echo', { seconds: 600 });
    await fake.close();
    for (let hour = 0; hour < 24; hour += 1) await w.later(3600);
    expect(w.job(jobId)).toMatchObject({ status: 'queued' });
    await fake.open();
    await w.later(3600);
    await w.later(3600);
    expect(w.counts(jobId)).toEqual([1, 1]);
  });

  it('leaves nothing behind of a job cancelled while it runs', async () => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', 'echo', { seconds: 600 });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    await w.later(61);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(fake.running).toBe(0);
    expect([...fake.jobs.values()].map((job) => fake.statusOf(job))).toEqual(vito ? ['canceled'] : []);
  });

  it('leaves nothing behind of a job cancelled after its create was lost', async () => {
    const w = openEoWorld({ vito });
    const { jobId } = await w.send('alice', 'echo', { seconds: 600 });
    fake.fault({ match: create, times: 1, answer: 'drop', effect: 'now' });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    await w.later();
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect([w.counts(jobId), fake.jobs.size]).toEqual([[1, 0], 0]);
  });
});
