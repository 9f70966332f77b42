import { describe, expect, it } from '@jest/globals';
import { deleteJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { world } from '../../support/world.ts';

/** A world in which a job of alice is on the platform as `p1`. */
async function aWorldWithJob() {
  const w = world();
  const { jobId } = await w.send();
  await w.serve();
  const end = async (phase: 'successful' | 'failed') => {
    w.remote.end('p1', phase);
    w.pass(61);
    await pollLane(w.deps, w.laneId);
  };
  return { ...w, jobId, end, results: (partial = false) => readResults(w.deps, w.job(jobId), 'self', partial) };
}

describe('a part of the results', () => {
  it('is shown while the job runs, marked as a part, and kept nowhere', async () => {
    const w = await aWorldWithJob();
    w.remote.parts = () => ({ kind: 'found', value: { outputs: [{ name: 'a.tif', href: 'https://plat.example/a.tif' }] } });
    expect(await w.results(true)).toMatchObject({ properties: { 'swath:partial': true }, assets: { 'a.tif': { roles: ['data'] } } });
    expect([...w.files.keys()]).toEqual([]);
  });

  it('is shown of a failed job, only when it is asked for', async () => {
    const w = await aWorldWithJob();
    w.remote.parts = () => ({ kind: 'found', value: { outputs: [{ name: 'a.tif', href: 'https://plat.example/a.tif' }] } });
    await w.end('failed');
    expect(await w.results(true)).toMatchObject({ assets: { 'a.tif': {} } });
    await expect(w.results()).rejects.toMatchObject({ status: 409, code: 'NO_RESULTS' });
  });

  it('is not ready where there is none, and where the platform never has any', async () => {
    const w = await aWorldWithJob();
    await expect(w.results(true)).rejects.toMatchObject({ status: 409, code: 'RESULTS_NOT_READY' });
    delete w.remote.partialResults;
    await expect(w.results(true)).rejects.toMatchObject({ status: 409, code: 'RESULTS_NOT_READY' });
  });

  it('of a platform that does not answer is a 503 that says when to come again', async () => {
    const w = await aWorldWithJob();
    w.remote.parts = () => ({ kind: 'unavailable', message: 'no route' });
    await expect(w.results(true)).rejects.toMatchObject({ status: 503, code: 'PLATFORM_UNAVAILABLE', headers: { 'retry-after': '30' } });
  });
});

describe('deleting a job', () => {
  it.each([
    [false, 0],
    [true, 1],
  ])('with keep_results %s leaves so many of its files: %i', async (keep, files) => {
    const w = await aWorldWithJob();
    await w.end('successful');
    await collectResults(w.deps, w.jobId);
    await deleteJob(w.deps, w.job(w.jobId), keep);
    expect([w.job(w.jobId), w.files.size]).toEqual([undefined, files]);
  });
});
