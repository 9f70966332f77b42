import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { watchLane } from '../../../lambdas/dispatch/use-cases/watch-lane.ts';
import { world } from '../../support/world.ts';

/** A lane whose jobs run for an hour already; time goes on by the second, with the queue's messages and the minute's tick. */
async function lane(jobs = 1) {
  const w = world({ platform: { limits: { burst: 1000, parallel: 10, readsPerMinute: 60 } } });
  w.remote.listing(100);
  const ids: string[] = [];
  for (let n = 0; n < jobs; n += 1) ids.push((await w.send()).jobId);
  while (w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs) await w.serve(`run-${w.remote.calls.length}`);
  const from = w.time.now;
  w.pass(3600);
  w.asked.length = 0;
  await pollLane(w.deps, w.laneId);
  const polls: number[] = [];
  return {
    w,
    ids,
    polls,
    /** Seconds pass; answers how many requests the platform got. */
    async live(seconds: number, each: (second: number) => Promise<void> = async () => undefined): Promise<number> {
      w.remote.calls.length = 0;
      for (let second = 0; second < seconds; second += 1) {
        w.pass(1);
        await each(second);
        const due = w.asked.filter(({ what, at }) => what === 'poll' && at <= w.time.now);
        w.asked.splice(0, w.asked.length, ...w.asked.filter((message) => !due.includes(message)));
        const tick = Math.round((w.time.now - from) / 1000) % 60 === 0;
        for (const why of [...due.map(({ plannedFor }) => ({ plannedFor })), ...(tick ? [{ tick: true as const }] : [])]) {
          const before = w.lane().pollNumber;
          await pollLane(w.deps, w.laneId, why);
          if (w.lane().pollNumber !== before) polls.push(w.time.now);
        }
      }
      return w.remote.calls.length;
    },
  };
}

describe('a lane that somebody watches', () => {
  it('is polled every ten seconds, from the moment on', async () => {
    const { w, ids, live, polls } = await lane();
    await live(15);
    w.remote.end('p1', 'successful');
    await watchLane(w.deps, w.laneId);
    await live(1);
    expect(w.job(ids[0]!).status).toBe('successful');
    expect(polls).toHaveLength(1);
  });

  it('has the progress of its jobs in steps of five percent, and in quarters when nobody watches', async () => {
    const { w, ids, live } = await lane();
    w.remote.status = async (platformJobId) => ({
      kind: 'found',
      value: { platformJobId, raw: 'running', phase: 'running', progress: 48 },
    });
    await live(600);
    expect(w.job(ids[0]!).progress).toBe(25);
    await watchLane(w.deps, w.laneId);
    await live(20);
    expect(w.job(ids[0]!).progress).toBe(45);
    await live(900);
    expect(w.job(ids[0]!).progress).toBe(45);
  });

  it('is left alone again two minutes after the last look', async () => {
    const { w, live } = await lane();
    expect(await live(600)).toBeLessThanOrEqual(3);
    await watchLane(w.deps, w.laneId);
    const watched = await live(120);
    expect(watched).toBeGreaterThanOrEqual(11);
    expect(watched).toBeLessThanOrEqual(15); // the ticks come on top
    await live(60);
    expect(await live(600)).toBeLessThanOrEqual(3);
  });

  it('goes on as long as a live viewer has jobs in it', async () => {
    const { w, live } = await lane();
    w.viewers.add('alice');
    await watchLane(w.deps, w.laneId);
    await live(600);
    expect(await live(60)).toBeGreaterThanOrEqual(6);
    w.viewers.clear();
    await live(180);
    expect(await live(600)).toBeLessThanOrEqual(3);
  });

  it('costs the platform the same for a thousand viewers as for one, and a write a minute', async () => {
    const [one, thousand] = [await lane(50), await lane(50)];
    let writes = 0;
    const { update } = thousand.w.deps.lanes;
    thousand.w.deps.lanes.update = async (id, write) => {
      const written = await update(id, write);
      if (written.ok && write.set?.['watchedUntil']) writes += 1;
      return written;
    };
    const requests = await one.live(300, () => watchLane(one.w.deps, one.w.laneId));
    const many = await thousand.live(
      300,
      async () => void (await Promise.all(Array.from({ length: 100 }, () => watchLane(thousand.w.deps, thousand.w.laneId)))),
    );
    expect(many).toBe(requests);
    expect(requests).toBeLessThanOrEqual((300 / 60) * 7 + 1);
    expect(writes).toBeLessThanOrEqual(5);
  });

  it('has one chain of polls, however often ticks and looks come in between', async () => {
    const { w, live, polls } = await lane(3);
    await live(300, async (second) => {
      if (second % 7 === 0) await watchLane(w.deps, w.laneId);
      if (second % 50 === 0) await pollLane(w.deps, w.laneId);
    });
    expect(polls.length).toBeLessThanOrEqual(300 / 10 + 300 / 60 + 1);
  });

  it('spends no more than the platform allows', async () => {
    const { w, live } = await lane(200);
    w.remote.list = undefined as never;
    w.platform.limits.readsPerMinute = 20;
    expect(await live(300, () => watchLane(w.deps, w.laneId))).toBeLessThanOrEqual(20 * 5 + 20);
  });

  it('is not disturbed by a message for a poll that was planned anew since', async () => {
    const { w } = await lane();
    const before = w.lane().pollNumber;
    await pollLane(w.deps, w.laneId, { plannedFor: '2026-01-01T00:00:00.000Z' });
    expect(w.lane().pollNumber).toBe(before);
  });

  it.each([
    [1, 7],
    [1000, 60],
  ])('with %i jobs costs its platform no more than %i requests a minute, and a sixth of that when nobody does', async (jobs, most) => {
    const { w, live } = await lane(jobs);
    await live(120);
    const alone = await live(300);
    expect(alone).toBeLessThanOrEqual(Math.max(2, most / 6) * 5);
    await watchLane(w.deps, w.laneId);
    expect(await live(60)).toBeLessThanOrEqual(most);
    expect(await live(60)).toBeGreaterThanOrEqual(most - 10);
  });

  it('sleeps when nothing is left in it, whoever looks', async () => {
    const w = world();
    await watchLane(w.deps, w.laneId);
    expect(w.asked).toEqual([]);
  });
});
