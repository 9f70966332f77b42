import { describe, expect, it } from '@jest/globals';
import { reserve, takeRunner } from '../../../lambdas/dispatch/rules/lane.ts';
import * as writes from '../../../lambdas/dispatch/rules/writes.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const minutes = 60;

describe('what a dead function had sent comes late', () => {
  it('a claim: its place and its post were given back, and it comes to nothing', async () => {
    const w = world({ twoPhase: false, platform: { limits: { burst: 10, parallel: 1, running: 1, readsPerMinute: 60 } } });
    const job = await w.send('alice', 'ndvi');
    const slot = `${job.jobId}.1`;
    const [now, platform] = [w.time.now, (await w.deps.platform(job.platformId))!];
    await w.deps.lanes.update(w.laneId, reserve(w.lane(), platform.limits, [slot], now, { probeSeconds: undefined, virtual: 0 }));
    await w.deps.lanes.takePost(w.laneId, 'ndvi', { slot, epoch: 0 });
    const claim = writes.claim(job, iso(now), iso(now + 60_000));
    w.pass(10 * minutes);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().slots ?? new Set()).toEqual(new Set());
    expect(await w.deps.lanes.posts(w.laneId)).toEqual([]);
    expect((await w.deps.jobs.update(job, claim)).ok).toBe(false);
    await w.serve();
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('an earlier try to take a lane: the runner keeps the longer time that its later try was promised', async () => {
    const w = world();
    await w.send();
    const { now } = w.time;
    expect((await w.deps.lanes.update(w.laneId, takeRunner('r', now + 60_000, now))).ok).toBe(true);
    expect((await w.deps.lanes.update(w.laneId, takeRunner('r', now + 60_000, now))).ok).toBe(true); // the same, sent twice
    expect((await w.deps.lanes.update(w.laneId, takeRunner('r', now + 50_000, now - 10_000))).ok).toBe(false);
    expect(w.lane().runnerUntil).toBe(iso(now + 60_000));
  });

  it('a job read before the platform showed it again is not lost by being missed once more', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    await w.deps.jobs.update(w.job(jobId), writes.noteMissing(w.job(jobId), iso(w.time.now)));
    const old = w.job(jobId);
    w.pass(700);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).missingSince).toBeUndefined();
    expect((await w.deps.jobs.update(old, writes.lose(old, iso(w.time.now), 'Lost.'))).ok).toBe(false);
  });
});

describe('a job whose deadline is over when its platform had no room for its start', () => {
  /** What its dead worker had sent is on its way: it puts the job back. */
  const late = async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-before' });
    await w.serve();
    w.pass((w.platform.deadlineHours + 1) * 60 * minutes);
    const old = w.job(jobId);
    return {
      w,
      jobId,
      old,
      putBack: () => w.deps.jobs.update(old, writes.putBack(old, iso(w.time.now), { message: '429', answered: 'start' })),
    };
  };

  it('is not cancelled by who read it before it was put back and begun anew', async () => {
    const { w, jobId, old, putBack } = await late();
    await putBack();
    await w.serve();
    w.deps.jobs.active = async () => [old]; // an index is late
    await pollLane(w.deps, w.laneId);
    expect(w.remote.calls).not.toContain('cancel p1');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  });

  it('is not put back any more while it is cancelled', async () => {
    const { w, jobId, putBack } = await late();
    const cancel = w.remote.cancel.bind(w.remote);
    w.remote.cancel = async (id) => {
      expect((await putBack()).ok).toBe(false);
      return cancel(id);
    };
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('deadline') });
    expect(w.remote.jobs).toEqual([]);
  });
});

describe('a lane whose platform is no longer registered', () => {
  const removed = async (claimed: boolean) => {
    const w = world();
    const { jobId } = await w.send();
    if (claimed) {
      const job = w.job(jobId);
      await w.deps.jobs.update(job, writes.claim(job, iso(w.time.now), iso(w.time.now + 60_000)));
    }
    w.deps.platform = async () => undefined;
    return { w, jobId };
  };

  it('ends a job that was claimed as the platform went, once nobody has it in hand', async () => {
    const { w, jobId } = await removed(true);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).status).toBe('submitting');
    w.pass(20 * minutes);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('removed from the registry') });
    w.pass(20 * minutes);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().due).toBeUndefined();
  });

  it('or dismisses it, when its owner had asked for that', async () => {
    const { w, jobId } = await removed(true);
    await cancelJob(w.deps, w.job(jobId));
    w.pass(20 * minutes);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).status).toBe('dismissed');
  });

  it('dismisses what waits in its queue, of which nobody knows whether it runs, when its owner cancels it', async () => {
    const { w, jobId } = await removed(false);
    await w.deps.jobs.update(w.job(jobId), { when: [], set: { postedAt: iso(w.time.now), cancelRequested: true } });
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', message: expect.stringContaining('it may run there') });
  });

  it('leaves what waits in its queue', async () => {
    const { w, jobId } = await removed(false);
    w.pass(20 * minutes);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).status).toBe('queued');
    expect(w.lane().due).toBeDefined();
  });
});

describe('a place that comes free before the next token', () => {
  it('has a runner when the token comes, and not only at the next tick', async () => {
    const w = world({ platform: { limits: { burst: 1, startsPerMinute: 2, running: 1, parallel: 1, readsPerMinute: 60 } } });
    const first = await w.send();
    await w.send();
    await w.serve();
    expect(w.remote.jobs).toHaveLength(1);
    w.pass(5);
    w.remote.end('p1', 'successful');
    w.asked.length = 0;
    await pollLane(w.deps, w.laneId, { toldAt: iso(w.time.now) });
    expect(w.job(first.jobId).status).toBe('successful');
    const run = w.asked.find(({ what }) => what === 'run');
    expect(run).toBeDefined();
    expect(run!.at - w.time.now).toBeLessThanOrEqual(30_000);
  });
});
