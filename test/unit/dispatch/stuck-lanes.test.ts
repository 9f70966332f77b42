import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { leaveLane, takeLane } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { reserve } from '../../../lambdas/dispatch/rules/lane.ts';
import { world } from '../../support/world.ts';

const quarantine = 361;
const limits = { burst: 100, parallel: 4, readsPerMinute: 60 };

describe('nothing stops a lane for everybody', () => {
  it('a poison job (create always lost) does not block its process for everybody, and ends', async () => {
    const w = world({ twoPhase: false });
    const poison = await w.send('alice', 'ndvi', { poison: true });
    const create = w.remote.create.bind(w.remote);
    w.remote.create = async (s) => {
      w.pass(1);
      return s.inputs['poison'] ? { kind: 'lost', message: 'The platform answered 500.' } : create(s);
    };
    await w.serve();
    const bob = await w.send('bob', 'ndvi');
    for (let round = 0; round < 200; round += 1) {
      w.pass(quarantine + 10);
      await w.send('carol', 'other'); // other calls succeed
      await w.serve();
      await pollLane(w.deps, w.laneId);
      for (const job of w.remote.jobs) if (job.phase === 'running') job.phase = 'successful';
    }
    expect([w.job(poison.jobId).status, w.job(bob.jobId).status]).toEqual([
      'failed',
      expect.stringMatching(/submitted|successful|running/),
    ]);
  });

  it('a held job does not block its process for others', async () => {
    const w = world({ twoPhase: false, platform: { exclusive: false } });
    await w.send('alice', 'ndvi');
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    const bob = await w.send('bob', 'ndvi');
    for (let round = 0; round < 10; round += 1) {
      w.pass(quarantine);
      await w.serve();
      await pollLane(w.deps, w.laneId);
    }
    expect(w.job(bob.jobId).status).not.toBe('queued');
  });

  it('a slow platform: a poll ends within the time of its function', async () => {
    const w = world({ platform: { limits: { ...limits, parallel: 1 } } });
    for (let n = 0; n < 10; n += 1) await w.send();
    for (let n = 0; n < 12; n += 1) await w.serve(`r${n}`);
    w.pass(700);
    const status = w.remote.status.bind(w.remote);
    w.remote.status = async (id) => {
      w.pass(29);
      return status(id);
    };
    const from = w.time.now;
    await pollLane(w.deps, w.laneId);
    expect((w.time.now - from) / 1000).toBeLessThan(w.deps.settings.functionSeconds);
  });

  it('polling spends no more reads a minute than the platform allows', async () => {
    const w = world({ platform: { limits: { ...limits, readsPerMinute: 10, burst: 1000 } } });
    for (let n = 0; n < 200; n += 1) await w.send();
    for (let n = 0; n < 12; n += 1) await w.serve(`r${n}`);
    expect(w.remote.jobs).toHaveLength(200);
    w.pass(120);
    await pollLane(w.deps, w.laneId);
    w.remote.calls.length = 0;
    const from = w.time.now;
    while (w.time.now < from + 60_000) {
      const next = w.asked.filter(({ what, at }) => what === 'poll' && at > w.time.now).toSorted((a, b) => a.at - b.at)[0];
      w.time.now = Math.min(next?.at ?? Infinity, from + 60_000);
      await pollLane(w.deps, w.laneId);
    }
    expect(w.remote.calls.filter((call) => call.startsWith('status')).length).toBeLessThanOrEqual(20);
  });

  it('a lost search keeps the slot of a job that may be running', async () => {
    const w = world({ twoPhase: false, platform: { limits: { ...limits, running: 1 } } });
    await w.send('alice', 'ndvi');
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(quarantine);
    w.remote.faults.find.push({ kind: 'unavailable' });
    await w.serve('x');
    expect(w.remote.calls).toContain('find');
    await w.send('bob', 'other');
    await w.serve('y');
    expect(w.remote.jobs.filter(({ phase }) => phase === 'running').length).toBeLessThanOrEqual(1);
  });

  it('a job that holds a slot is looked up although others come before it and no slot is free', async () => {
    const w = world({ platform: { limits: { ...limits, running: 1, parallel: 2 } } });
    const { jobId } = await w.send('alice');
    w.remote.faults.create.push({ kind: 'lost-before' });
    await w.serve();
    for (const owner of ['bob', 'carol', 'dave']) await w.send(owner);
    for (let n = 0; n < 100; n += 1) {
      w.pass(quarantine);
      await w.serve(`r${n}`);
      await pollLane(w.deps, w.laneId);
    }
    expect(w.job(jobId).status).toBe('running');
  });

  it('a search that can never succeed does not wake the lane every second, and ends', async () => {
    const w = world({ twoPhase: false });
    const { jobId } = await w.send('alice', 'ndvi');
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(quarantine);
    w.remote.find = async () => (w.remote.calls.push('find'), { kind: 'missing' as const });
    const serve = async () => {
      let round = 0;
      while ((await w.serve(`r${w.time.now}`)).left === 'again' && (round += 1) < 5);
    };
    await serve();
    for (let second = 0; second < 60; second += 1) {
      if (w.asked.some(({ what, at }) => what === 'run' && at === w.time.now)) await serve();
      if (second % 3 === 2) {
        await w.send('bob', 'other');
        await serve();
      }
      w.pass(1);
    }
    expect([w.remote.calls.filter((call) => call === 'find').length, w.job(jobId).held]).toEqual([expect.any(Number), 'ambiguous']);
    expect(w.remote.calls.filter((call) => call === 'find').length).toBeLessThan(10);
  });

  it('reads that succeed do not reopen a lane whose submissions fail, and do not count against jobs', async () => {
    const w = world({ platform: { limits: { ...limits, burst: 1000 } } });
    await w.send();
    await w.serve();
    const { jobId } = await w.send('bob');
    w.remote.create = async () => ({ kind: 'unavailable', message: '503' });
    for (let minute = 0; minute < 600; minute += 1) {
      w.pass(61);
      await w.serve(`r${minute}`);
      await pollLane(w.deps, w.laneId);
    }
    expect(w.job(jobId).status).toBe('queued');
  });

  it('a lane without a running limit keeps no set of slots (an item holds 400 KB)', () => {
    const write = reserve(
      { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: '' },
      { burst: 1, parallel: 1, readsPerMinute: 1 },
      ['a.1'],
      0,
    );
    expect(write.include).toBeUndefined();
  });

  it('one job whose step throws does not keep a poll from freeing slots', async () => {
    const w = world({ platform: { limits: { ...limits, running: 2 } } });
    await w.send();
    await w.send('bob');
    await w.serve();
    w.pass(700);
    w.remote.end('p2', 'successful');
    const status = w.remote.status.bind(w.remote);
    w.remote.status = async (id) => {
      if (id === 'p1') throw new Error('an adapter bug');
      return status(id);
    };
    await pollLane(w.deps, w.laneId);
    expect(w.reported).toMatchObject([{ message: 'a step of a poll threw' }]);
    expect(w.lane().slots?.size).toBe(1);
  });

  it('a runner past its time leaves although work keeps coming', async () => {
    const w = world();
    await w.send();
    await takeLane(w.deps, w.laneId, 'r');
    const update = w.deps.lanes.update;
    w.deps.lanes.update = async (laneId, write) => {
      if (write.remove?.includes('runnerId')) await w.deps.lanes.want(laneId, 'plat');
      return update(laneId, write);
    };
    const left = await leaveLane(w.deps, w.laneId, 'r', { startedAt: w.time.now - 290_000, results: [] });
    expect(left.outcome).toBe('left');
  });
});
