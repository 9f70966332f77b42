import { describe, expect, it } from '@jest/globals';
import { afterSuccess, placesOf, workersOf } from '../../../lambdas/dispatch/rules/lane.ts';
import { world } from '../../support/world.ts';

const limits = { burst: 200, readsPerMinute: 60 };

/** A lane with so many jobs in its queue, on a platform that takes `parallel` requests at once. */
async function queue(parallel: number, jobs: number) {
  const w = world({ platform: { limits: { ...limits, parallel } } });
  const ids: string[] = [];
  for (let n = 0; n < jobs; n += 1) ids.push((await w.send()).jobId);
  const count = (call: string) => w.remote.calls.filter((one) => one.startsWith(call)).length;
  return { w, ids, count, statuses: () => ids.map((id) => w.job(id).status) };
}

describe('requests to a platform', () => {
  it.each([
    [1, 1],
    [4, 4],
    [20, 19],
    [30, 29],
    [41, 40],
  ])('of %d at once are %d, and no more, whatever the number of workers: of many one is left to polls', async (parallel, places) => {
    const { w, statuses } = await queue(parallel, 100);
    let [now, most] = [0, 0];
    w.remote.during = async () => {
      most = Math.max(most, (now += 1));
      for (let n = 0; n < 20; n += 1) await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
    };
    await w.serve();
    expect(most).toBe(places);
    expect(new Set(statuses())).toEqual(new Set(['submitted']));
  });

  it.each([1, 9, 20, 21, 41, 100])('%d are shared by workers with no one too many', (parallel) => {
    const places = Array.from({ length: workersOf(parallel) }, (_, worker) => placesOf(parallel, worker));
    expect(places.reduce((sum, one) => sum + one, 0)).toBe(parallel < 10 ? parallel : parallel - 1);
    expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
    expect(Math.max(...places)).toBeLessThanOrEqual(20);
  });

  it('leave their places to the next job while what they said is written', async () => {
    const { w, count, statuses } = await queue(4, 5);
    const [fifth, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const { update } = w.deps.jobs;
    w.deps.jobs.update = async (seen, write) => {
      if (write.set?.['platformJobId'] !== undefined) await written.promise;
      return update(seen, write);
    };
    w.remote.during = async () => void (count('create') === 5 && fifth.resolve());
    const served = w.serve();
    await fifth.promise;
    expect(count('start')).toBe(0);
    written.resolve();
    await served;
    expect(new Set(statuses())).toEqual(new Set(['submitted']));
  });

  it('that could not be answered before the function ends are not made, and what waits goes next time', async () => {
    const { w, ids, count, statuses } = await queue(4, 5);
    const { claimSeconds, connectSeconds, readSeconds } = w.deps.settings;
    let calls = 0;
    w.remote.during = async () => {
      if ((calls += 1) === 4) w.pass(claimSeconds + connectSeconds + readSeconds + 1);
      else await new Promise((resolve) => setImmediate(resolve));
    };
    await w.serve();
    expect([count('create'), count('start')]).toEqual([4, 0]);
    expect(new Set(statuses())).toEqual(new Set(['queued']));
    expect(w.job(ids[4]!)).toMatchObject({ failures: 0, message: expect.stringContaining('busy') });
    expect(w.job(ids[4]!).postedAt).toBeUndefined();
    expect(w.lane().failures).toBeUndefined();
    w.remote.during = undefined;
    await w.serve('next');
    expect([count('create'), count('start')]).toEqual([5, 5]);
    expect(new Set(statuses())).toEqual(new Set(['submitted']));
  });

  it('that look for a lost job and are not made say nothing of the platform, and are made next time', async () => {
    const { w, ids, count } = await queue(4, 5);
    const { claimSeconds, connectSeconds, readSeconds, quarantineSeconds } = w.deps.settings;
    for (let n = 0; n < 5; n += 1) w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(quarantineSeconds + 1);
    await w.deps.lanes.update(w.laneId, afterSuccess(w.time.now));
    const { find } = w.remote;
    let finds = 0;
    w.remote.find = async (search) => {
      if ((finds += 1) === 4) w.pass(claimSeconds + connectSeconds + readSeconds + 1);
      else await new Promise((resolve) => setImmediate(resolve));
      return find.call(w.remote, search);
    };
    await w.serve('next');
    expect(finds).toBe(4);
    const [unasked, ...others] = ids.map((id) => w.job(id)).filter(({ platformJobId }) => platformJobId === undefined);
    expect(others).toEqual([]);
    expect(unasked).toMatchObject({ status: 'queued', message: expect.stringContaining('busy'), postedAt: expect.any(String) });
    expect(unasked!.notBefore).toBeUndefined();
    expect(w.lane().failures).toBeUndefined();
    await w.serve('third');
    expect([finds, count('create')]).toEqual([5, 5]);
    expect(new Set(ids.map((id) => w.job(id).status))).toEqual(new Set(['submitted']));
  });

  it('that wait when the platform says that it is full are not made', async () => {
    const { w, count, statuses } = await queue(4, 5);
    for (let n = 0; n < 4; n += 1) w.remote.faults.create.push({ kind: 'capacity', retryAfterSeconds: 5 });
    await w.serve();
    expect(count('create')).toBe(4);
    expect(new Set(statuses())).toEqual(new Set(['queued']));
    w.pass(6);
    await w.serve('next');
    expect(new Set(statuses())).toEqual(new Set(['submitted']));
  });
});
