import { describe, expect, it } from '@jest/globals';
import type { StacItem } from '../../../lambdas/dispatch/rules/stac.ts';
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
  return { ...w, jobId, end, results: (partial = false) => readResults(w.deps, w.job(jobId), 'self', { partial }) };
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
    [true, 2],
  ])('with keep_results %s leaves so many of its files: %i', async (keep, files) => {
    const w = await aWorldWithJob();
    await w.end('successful');
    await collectResults(w.deps, w.jobId);
    await deleteJob(w.deps, w.job(w.jobId), keep);
    expect([w.job(w.jobId), w.files.size]).toEqual([undefined, files]);
  });
});

describe('links that a platform signs for a while', () => {
  /** A job whose only output is `a.tif`, by a signed link that changes each time it is asked for. */
  async function aSigned(value?: unknown) {
    const w = await aWorldWithJob();
    let number = 0;
    const source = 'https://plat.example/jobs/p1/results';
    const values = value === undefined ? [] : [{ name: 'value', value }];
    w.remote.results = async () => ({
      kind: 'found',
      value: { outputs: [{ name: 'a.tif', href: `https://plat.example/a.tif?signature=${(number += 1)}`, source }, ...values] },
    });
    await w.end('successful');
    await collectResults(w.deps, w.jobId);
    return { ...w, asked: () => number };
  }
  const href = async (item: Promise<StacItem>) => (await item).assets['a.tif']!.href;

  it('are kept nowhere, and asked for when the results are read', async () => {
    const w = await aSigned();
    expect([...w.files.values()].join()).not.toContain('signature');
    expect((await w.results()).assets['a.tif']).toEqual({ href: 'https://plat.example/a.tif?signature=2', roles: ['data'] });
  });

  it('are asked for once a minute, however many read', async () => {
    const w = await aSigned();
    await Promise.all([1, 2, 3].map(() => w.results()));
    const asked = w.asked();
    await w.results();
    expect(w.asked()).toBe(asked);
    w.pass(61);
    await w.results();
    expect(w.asked()).toBe(asked + 1);
  });

  it('of a platform that does not answer are a 503, and the item can be read as it is kept', async () => {
    const w = await aSigned();
    w.remote.results = async () => ({ kind: 'unavailable', message: 'no route' });
    await expect(w.results()).rejects.toMatchObject({ status: 503, code: 'PLATFORM_UNAVAILABLE', headers: { 'retry-after': '30' } });
    const known = readResults(w.deps, w.job(w.jobId), 'self', { links: 'known' });
    expect(await href(known)).toBe('https://plat.example/jobs/p1/results');
  });

  it('that cannot be renewed hide nothing else that the results have', async () => {
    const w = await aSigned(3);
    w.remote.results = async () => ({ kind: 'unavailable', message: 'no route' });
    expect(await w.results()).toMatchObject({
      properties: { 'swath:outputs': { value: 3 } },
      assets: { 'a.tif': { 'swath:note': expect.stringContaining('no route') } },
    });
  });

  it('of results that the platform has deleted are a 404', async () => {
    const w = await aSigned();
    w.remote.results = async () => ({ kind: 'missing' });
    await expect(w.results()).rejects.toMatchObject({ status: 404, code: 'RESULTS_NOT_FOUND' });
  });
});
