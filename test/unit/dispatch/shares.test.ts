import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { positionOf } from '../../../lambdas/dispatch/use-cases/candidates.ts';
import { fairOrder } from '../../../lambdas/dispatch/rules/shares.ts';
import { world } from '../../support/world.ts';

/** A platform that takes one job at a time, one after the other. */
const slow = { platform: { limits: { running: 1, parallel: 1, burst: 100, readsPerMinute: 100 } } };

/** Serves the lane until everything ran, the platform finishing one job after the other; the owners in the order of their starts. */
async function drain(w: ReturnType<typeof world>): Promise<string[]> {
  for (let round = 0; round < 200; round += 1) {
    await w.serve(`run-${w.time.now}`);
    const running = w.remote.jobs.find(({ phase }) => phase === 'running');
    if (running === undefined) break;
    w.remote.end(running.id, 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
  }
  return w.remote.jobs.map(({ tag }) => w.job(/\/(.+)\.\d+\]$/.exec(tag)![1]!).owner);
}

describe('fair shares of a lane (invariant 8)', () => {
  it('let a user with one job wait for one job of each other active user, however many they queued', async () => {
    const w = world(slow);
    for (let n = 0; n < 30; n += 1) await w.send('alice');
    for (let n = 0; n < 30; n += 1) await w.send('bob');
    await w.send('carol');
    expect((await drain(w)).indexOf('carol')).toBeLessThanOrEqual(2);
  });

  it('let a user who comes late wait no longer', async () => {
    const w = world(slow);
    for (let n = 0; n < 30; n += 1) await w.send('alice');
    for (let round = 0; round < 10; round += 1) {
      await w.serve(`run-${round}`);
      w.remote.end(w.remote.jobs.at(-1)!.id, 'successful');
      w.pass(61);
      await pollLane(w.deps, w.laneId);
    }
    const before = w.remote.jobs.length;
    for (let n = 0; n < 3; n += 1) await w.send('bob');
    const order = (await drain(w)).slice(before);
    expect(order.slice(0, 6).filter((owner) => owner === 'bob').length).toBeGreaterThanOrEqual(2);
    expect(order.slice(0, 7).filter((owner) => owner === 'bob')).toHaveLength(3);
  });

  it('save nothing up for a user who was away', async () => {
    const w = world(slow);
    await w.send('bob');
    await drain(w);
    for (let n = 0; n < 20; n += 1) await w.send('alice');
    w.pass(600);
    await pollLane(w.deps, w.laneId);
    for (let round = 0; round < 10; round += 1) {
      await w.serve(`run-${w.time.now}`);
      w.remote.end(w.remote.jobs.at(-1)!.id, 'successful');
      w.pass(61);
      await pollLane(w.deps, w.laneId);
    }
    const before = w.remote.jobs.length;
    for (let n = 0; n < 10; n += 1) await w.send('bob');
    const order = (await drain(w)).slice(before, before + 10);
    expect(order.filter((owner) => owner === 'alice').length).toBeGreaterThanOrEqual(4);
  });

  it('let a user who waits go before one who comes and goes', async () => {
    const w = world(slow);
    for (let n = 0; n < 5; n += 1) await w.send('bob');
    for (let round = 0; round < 8; round += 1) {
      await w.serve(`run-${round}`);
      w.pass(130); // a share in which nothing waits is closed by then
      w.remote.end(w.remote.jobs.at(-1)!.id, 'successful');
      await pollLane(w.deps, w.laneId);
      await w.send('alice');
    }
    const owners = w.remote.jobs.map(({ tag }) => w.job(/\/(.+)\.\d+\]$/.exec(tag)![1]!).owner);
    expect(owners.filter((owner) => owner === 'bob').length).toBeGreaterThanOrEqual(4);
  });

  it('let a user go in turn who goes on sending while she waits', async () => {
    const w = world(slow);
    for (let n = 0; n < 12; n += 1) await w.send('alice');
    for (let round = 0; round < 8; round += 1) {
      await w.send('bob'); // more of whom waits already
      await w.serve(`run-${round}`);
      w.pass(31);
      w.remote.end(w.remote.jobs.at(-1)!.id, 'successful');
      await pollLane(w.deps, w.laneId);
    }
    const owners = w.remote.jobs.map(({ tag }) => w.job(/\/(.+)\.\d+\]$/.exec(tag)![1]!).owner);
    expect(owners.filter((owner) => owner === 'bob').length).toBeGreaterThanOrEqual(Math.floor(owners.length / 2) - 1);
    expect(owners.length).toBeGreaterThanOrEqual(6);
  });

  it('tell everybody the place that they then have', async () => {
    const w = world(slow);
    const jobs = [];
    for (const owner of ['alice', 'alice', 'alice', 'bob', 'carol', 'bob']) jobs.push(await w.send(owner));
    const places = await Promise.all(jobs.map(async (job) => ({ job, place: await positionOf(w.deps, job) })));
    const order = (await drain(w)).join(' ');
    const told = places.toSorted((a, b) => a.place - b.place);
    expect(told.map(({ place }) => place)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(told.map(({ job }) => job.owner).join(' ')).toBe(order);
  });

  it('are closed when nothing waited for a while, and only then', async () => {
    const w = world();
    await w.send('alice');
    await w.serve();
    expect(await w.deps.lanes.shares(w.laneId)).toHaveLength(1);
    w.pass(121);
    await pollLane(w.deps, w.laneId);
    expect(await w.deps.lanes.shares(w.laneId)).toEqual([]);
  });

  it('come back with a job that was put back long after its share was closed', async () => {
    const w = world();
    const { jobId } = await w.send('alice');
    w.remote.faults.create.push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    w.pass(361);
    w.remote.faults.find.push({ kind: 'unavailable' });
    await pollLane(w.deps, w.laneId); // recovery finds no answer and puts the job back
    expect(w.job(jobId).status).toBe('queued');
    w.pass(61);
    await w.serve('later');
    expect(w.job(jobId).status).toBe('submitted');
  });
});

it('the fair order serves every share within one round of all, and each in its own order', () => {
  const shares = fc.uniqueArray(
    fc.record({ share: fc.string({ minLength: 1, maxLength: 4 }), pass: fc.nat(3), count: fc.integer({ min: 1, max: 8 }) }),
    {
      selector: ({ share }) => share,
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(shares, fc.integer({ min: 1, max: 20 }), (all, most) => {
      const turns = fairOrder(
        all.map(({ share, pass, count }) => ({ share, pass, jobs: Array.from({ length: count }, (_, n) => n) })),
        most,
      );
      expect(turns).toHaveLength(
        Math.min(
          most,
          all.reduce((sum, { count }) => sum + count, 0),
        ),
      );
      for (const { share } of all) {
        const own = turns.filter((turn) => turn.share === share).map(({ job }) => job);
        expect(own).toEqual(own.map((_, n) => n));
      }
      for (let n = 1; n < turns.length; n += 1) expect(turns[n]!.pass).toBeGreaterThanOrEqual(turns[n - 1]!.pass);
    }),
  );
});
