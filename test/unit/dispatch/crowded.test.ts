import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import * as writes from '../../../lambdas/dispatch/rules/writes.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const platform = { limits: { running: 1, burst: 10, parallel: 5, readsPerMinute: 60 } };
const waits = { status: 'queued', message: expect.stringContaining('it waits for one') };

type World = ReturnType<typeof world>;
const submission = (tag: string) => ({ tag, process: 'echo', title: 'A job', inputs: {}, format: 'json' as const });

/** A job whose worker died without a place, beside one that has the only place and runs; what the worker did last is long done. */
async function left(how: { sync?: boolean } = {}, did: (w: World, tag: string) => Promise<object> = async () => ({})) {
  const w = world({ platform });
  const first = how.sync ? await w.send('alice', 'echo', {}, {}, 'sync') : await w.send();
  const { jobId } = first;
  await w.deps.jobs.update(first, writes.claim(first, iso(w.time.now), iso(w.time.now + 60_000)));
  const more = await did(w, `[swath:test/${jobId}.1]`);
  await w.deps.jobs.update(w.job(jobId), { when: [], set: { ...more } });
  const other = await w.send('bob');
  await w.serve();
  expect(w.job(other.jobId).status).toBe('submitted');
  w.pass(600);
  await pollLane(w.deps, w.laneId);
  return { w, jobId, other };
}

/** The other job ends, and the first has the place. */
async function goesOn({ w, jobId, other }: Awaited<ReturnType<typeof left>>): Promise<void> {
  expect(w.lane().slots).toEqual(new Set([`${other.jobId}.1`]));
  w.remote.jobs.find(({ id }) => id === w.job(other.jobId).platformJobId)!.phase = 'successful';
  w.pass(60);
  await pollLane(w.deps, w.laneId);
  await w.serve();
  expect(w.lane().slots).toEqual(new Set([`${jobId}.1`]));
}
const runs = ({ w, jobId }: Awaited<ReturnType<typeof left>>) =>
  w.remote.jobs.filter(({ tag }) => tag.includes(jobId)).map(({ phase, runs: times }) => `${phase} ${times}`);

describe('a job whose dead worker gave its place back, and another has it by now', () => {
  it('is not sent again before there is a place', async () => {
    const story = await left();
    expect(story.w.job(story.jobId)).toMatchObject(waits);
    expect(runs(story)).toEqual([]);
    await goesOn(story);
    expect(runs(story)).toEqual(['running 1']);
  });

  it('is not started before there is a place, where it was created', async () => {
    const story = await left({}, async (w, tag) => (await w.remote.create(submission(tag)), {}));
    expect(story.w.job(story.jobId)).toMatchObject({ ...waits, platformJobId: 'p1' });
    expect(runs(story)).toEqual(['created 0']);
    await goesOn(story);
    expect(runs(story)).toEqual(['running 1']);
  });

  it('is not started again before there is a place, where its id is known', async () => {
    const story = await left({}, async (w, tag) => (await w.remote.create(submission(tag)), { platformJobId: 'p1' }));
    expect(story.w.job(story.jobId)).toMatchObject({ ...waits, platformJobId: 'p1' });
    await goesOn(story);
    expect(runs(story)).toEqual(['running 1']);
  });

  it('keeps what runs: nobody can take it back', async () => {
    const { w, jobId, other } = await left({}, async (remote, tag) => {
      await remote.remote.create(submission(tag));
      await remote.remote.start('p1');
      return {};
    });
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.lane().slots).toEqual(new Set([`${jobId}.1`, `${other.jobId}.1`]));
    expect(w.remote.jobs.find(({ id }) => id === 'p1')!.runs).toBe(1);
  });

  it('is not called, where its caller waits for the answer', async () => {
    const { w, jobId } = await left({ sync: true });
    expect(w.job(jobId)).toMatchObject(waits);
    expect(w.asked.filter(({ what }) => what === 'sync')).toEqual([]);
  });

  it('ends when its owner cancelled it', async () => {
    const { w, jobId } = await left({}, async () => ({ cancelRequested: true }));
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
  });
});
