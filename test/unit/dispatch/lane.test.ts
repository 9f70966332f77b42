import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { takeLane } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { laneFailed, laneWorked } from '../../../lambdas/dispatch/use-cases/lane-health.ts';
import { afterFailure, releaseUnclaimed, room, reserve, tokensNow } from '../../../lambdas/dispatch/rules/lane.ts';
import { Settings, type Lane } from '../../../lambdas/dispatch/model.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { applied } from '../../support/memory-table.ts';
import { world } from '../../support/world.ts';

describe('a lane within the limits of its platform', () => {
  it('never has more than the limit unfinished, and gets all twenty done', async () => {
    const w = world({ platform: { limits: { running: 2, parallel: 4, burst: 100, readsPerMinute: 100 } } });
    for (let n = 0; n < 20; n += 1) await w.send();
    const most: number[] = [];
    for (let round = 0; round < 200 && w.remote.jobs.filter(({ phase }) => phase === 'successful').length < 20; round += 1) {
      await w.serve(`run-${round}`);
      const unfinished = w.remote.jobs.filter(({ phase }) => phase === 'running' || phase === 'created');
      most.push(unfinished.length);
      if (unfinished[0]) w.remote.end(unfinished[0].id, 'successful');
      w.pass(61);
      await pollLane(w.deps, w.laneId);
    }
    expect(Math.max(...most)).toBe(2);
    expect(w.remote.jobs).toHaveLength(20);
    expect(w.remote.jobs.every(({ phase, runs }) => phase === 'successful' && runs === 1)).toBe(true);
  });

  it('counts on no slot that was given back since the lane was read', () => {
    const limits = { running: 2, burst: 9, parallel: 4, readsPerMinute: 60 };
    const seen: Lane = { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(0), slots: new Set(['a.1', 'b.1']) };
    const again = reserve(seen, limits, ['b.1'], 0);
    expect(applied(seen, again)).toBeDefined();
    expect(applied({ ...seen, slots: new Set(['a.1', 'c.1']) }, again)).toBeUndefined();
  });

  it('starts no more than bucket + rate x window (invariant 5)', () => {
    const limits = { startsPerMinute: 6, burst: 3, parallel: 4, readsPerMinute: 60 };
    fc.assert(
      fc.property(
        fc.array(fc.record({ wait: fc.integer({ min: 0, max: 60_000 }), wanted: fc.integer({ min: 1, max: 10 }) }), { maxLength: 40 }),
        (steps) => {
          let lane: Lane = { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(0) };
          let now = 0;
          let started = 0;
          for (const { wait, wanted } of steps) {
            now += wait;
            const may = room(lane, limits, wanted, 0, now);
            const jobs = Array.from({ length: may.count }, (_, n) => `${started + n}`);
            if (may.count > 0) lane = applied(lane, reserve(lane, limits, jobs, now))!;
            started += may.count;
          }
          expect(started).toBeLessThanOrEqual(limits.burst + (now / 60_000) * limits.startsPerMinute + 1e-6);
        },
      ),
    );
  });

  it('says when a token is back', () => {
    const lane: Lane = { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(0), tokens: 0, tokensAt: iso(0) };
    const limits = { startsPerMinute: 6, burst: 3, parallel: 4, readsPerMinute: 60 };
    expect(room(lane, limits, 5, 0, 1000)).toEqual({ count: 0, why: 'tokens', nextAt: 10_000 });
    expect(tokensNow(lane, limits, 10_000)).toBe(1);
  });

  it('refuses the second of two workers that saw the same bucket', () => {
    const lane: Lane = { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(0) };
    const limits = { startsPerMinute: 6, burst: 1, parallel: 4, readsPerMinute: 60 };
    const write = reserve(lane, limits, ['a.1'], 0);
    expect(applied(applied(lane, write)!, write)).toBeUndefined();
  });

  it('has one runner at a time, until its lease is over', async () => {
    const w = world();
    await w.send();
    expect(await takeLane(w.deps, w.laneId, 'one')).toMatchObject({ outcome: 'taken' });
    expect(await takeLane(w.deps, w.laneId, 'two')).toMatchObject({ outcome: 'busy' });
    w.pass(400);
    expect(await takeLane(w.deps, w.laneId, 'two')).toMatchObject({ outcome: 'taken' });
  });

  it('does not leave while work came that the runner has not seen', async () => {
    const w = world();
    await w.send();
    w.remote.during = async (call) => {
      if (call === 'start') await w.send();
      w.remote.during = call === 'start' ? undefined : w.remote.during;
    };
    const { left } = await w.serve();
    const unsent = w.remote.calls.filter((call) => call === 'create').length < 2;
    expect(unsent ? left : 'again').toBe('again');
  });

  it('frees a slot that a dead worker took for a job it never claimed', async () => {
    const w = world({ platform: { limits: { running: 1, parallel: 1, burst: 1, readsPerMinute: 60 } } });
    const { jobId } = await w.send();
    await w.deps.lanes.update(w.laneId, { when: [], include: { slots: [`${jobId}.1`, 'gone.1'] } });
    w.pass(500);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().slots).toBeUndefined();
    expect(w.asked).toContainEqual({ what: 'start', id: w.laneId, at: w.time.now });
  });

  it('frees none by a write that is sent again when a runner has come and gone since', async () => {
    const w = world({ platform: { limits: { running: 1, parallel: 1, burst: 1, readsPerMinute: 60 } } });
    const { jobId } = await w.send();
    const seen = w.lane();
    w.pass(1);
    await w.serve();
    expect(w.job(jobId).status).toBe('submitted');
    expect((await w.deps.lanes.update(w.laneId, releaseUnclaimed([`${jobId}.1`], seen))).ok).toBe(false);
    expect(w.lane().slots).toEqual(new Set([`${jobId}.1`]));
  });
});

describe('a lane that is well', () => {
  it('is not read for each of many answers, but after a failure at once', async () => {
    const w = world();
    await w.send();
    await laneWorked(w.deps, w.laneId);
    const { get } = w.deps.lanes;
    let reads = 0;
    w.deps.lanes.get = (laneId) => {
      reads += 1;
      return get(laneId);
    };
    for (let n = 0; n < 5; n += 1) await laneWorked(w.deps, w.laneId);
    expect(reads).toBe(0);
    await laneFailed(w.deps, w.laneId, 'The platform answered 500.', false);
    expect(w.lane().failures).toBe(1);
    await laneWorked(w.deps, w.laneId);
    expect(w.lane().failures).toBeUndefined();
    reads = 0;
    w.pass(2);
    await laneWorked(w.deps, w.laneId);
    expect(reads).toBe(1);
  });
});

describe('a lane whose platform fails', () => {
  const settings = Settings.parse({});
  const lane: Lane = { laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(0) };

  it('closes after five failures in a row, longer each time up to fifteen minutes, and opens by one probe', () => {
    let seen = lane;
    const closed: number[] = [];
    for (let n = 0; n < 20; n += 1) {
      const now = seen.closedUntil === undefined ? 0 : Date.parse(seen.closedUntil);
      seen = applied(seen, afterFailure(seen, settings, now, 'down', 0.999999))!;
      closed.push(seen.closedUntil === undefined ? 0 : Math.ceil((Date.parse(seen.closedUntil) - now) / 1000));
    }
    expect(closed.slice(0, 11)).toEqual([0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
    expect(room(seen, { burst: 5, parallel: 4, readsPerMinute: 60 }, 5, 0, Date.parse(seen.closedUntil!))).toEqual({
      count: 1,
      probe: true,
    });
  });

  it('sends one probe per interval, whoever asks (invariant 14)', async () => {
    const w = world({ platform: { limits: { parallel: 4, burst: 1, readsPerMinute: 60 } } });
    for (let n = 0; n < 5; n += 1) await w.send();
    for (let n = 0; n < 40; n += 1) w.remote.faults.create.push({ kind: 'unavailable' });
    await w.serve('first');
    await w.serve('second');
    const before = w.remote.calls.length;
    w.pass(31);
    await w.serve('third');
    await w.serve('fourth');
    expect(w.remote.calls.length).toBe(before + 1);
  });

  it('closes at once when the platform answers 503 without a time', () => {
    const after = applied(lane, afterFailure(lane, settings, 0, '503', 0, true))!;
    expect(after.closedUntil).toBe(iso(15_000));
  });
});
