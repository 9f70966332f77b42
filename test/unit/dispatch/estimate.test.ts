import { describe, expect, it } from '@jest/globals';
import type { Lane } from '../../../lambdas/dispatch/model.ts';
import { estimateStart, meanSeconds } from '../../../lambdas/dispatch/rules/estimate.ts';
import { jobDetail } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const now = Date.parse('2026-03-01T10:00:00Z');
const limits = { parallel: 2, burst: 2, readsPerMinute: 60 };
const lane = (more: Partial<Lane> = {}): Lane => ({ laneId: 'l', platformId: 'p', wanted: 1, wantedAt: iso(now), ...more });
const slots = (count: number) => new Set(Array.from({ length: count }, (_, n) => `${n}.1`));
const later = (seconds: number) => iso(now + seconds * 1000);

describe('When the turn of a queued job may come', () => {
  it('is now where the platform has room', () => {
    expect(estimateStart(lane(), { ...limits, running: 3 }, 2, now)?.estimatedStart).toBe(later(0));
  });
  it('is when its token is there', () => {
    const rated = { ...limits, startsPerMinute: 6 };
    expect(estimateStart(lane(), rated, 5, now)).toMatchObject({ estimatedStart: later(30), basis: expect.stringContaining('6 starts') });
    expect(estimateStart(lane({ tokens: 0, tokensAt: iso(now) }), rated, 1, now)?.estimatedStart).toBe(later(10));
  });
  it('is when those before it have ended, by how long jobs took here lately', () => {
    const full = lane({ slots: slots(2), jobSeconds: 600 });
    expect(estimateStart(full, { ...limits, running: 2 }, 1, now)?.estimatedStart).toBe(later(300));
    expect(estimateStart(full, { ...limits, running: 2 }, 4, now)?.estimatedStart).toBe(later(1200));
  });
  it('is not told where no job has ended yet', () => {
    expect(estimateStart(lane({ slots: slots(2) }), { ...limits, running: 2 }, 1, now)).toBeUndefined();
  });
  it('is not before the platform may be asked again', () => {
    expect(estimateStart(lane({ closedUntil: later(90) }), limits, 1, now)?.estimatedStart).toBe(later(90));
    expect(estimateStart(lane({ nextAt: later(40) }), limits, 1, now)?.estimatedStart).toBe(later(40));
  });
});

describe('How long jobs take in a lane', () => {
  it('is the mean of the first, and follows when that changes', () => {
    expect(meanSeconds(undefined, [])).toBeUndefined();
    expect(meanSeconds(undefined, [100, 200])).toBe(150);
    expect(meanSeconds(150, [150 + 21])).toBe(151);
    expect(
      meanSeconds(
        100,
        Array.from({ length: 20 }, () => 200),
      ),
    ).toBe(150);
  });

  it('is learnt from the jobs that a poll finds finished, and tells a waiting job when it may start', async () => {
    const w = world({ platform: { limits: { running: 1, burst: 10, parallel: 1, readsPerMinute: 60 } } });
    await w.send();
    await w.serve();
    const waiting = await w.send();
    const untold = (await jobDetail(w.deps, w.job(waiting.jobId))).queue;
    expect(untold).toEqual({ position: 1 });
    w.pass(120);
    w.remote.jobs[0]!.phase = 'successful';
    await pollLane(w.deps, w.laneId);
    await w.serve('second');
    const third = await w.send();
    expect((await jobDetail(w.deps, w.job(third.jobId))).queue).toEqual({
      position: 1,
      estimatedStart: iso(w.time.now + 120_000),
      basis: 'Jobs that must end first: 1; 1 may run at once, and take 120 s each.',
    });
  });
});
