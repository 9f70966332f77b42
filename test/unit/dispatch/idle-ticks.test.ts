import { describe, expect, it } from '@jest/globals';
import { Settings, type Job } from '../../../lambdas/dispatch/model.ts';
import { pollPlan } from '../../../lambdas/dispatch/rules/poll.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { takeLane, work } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { watchLane } from '../../../lambdas/dispatch/use-cases/watch-lane.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

/** A lane with one job that has run for an hour, whose next read is minutes away. */
async function longRunning(running?: number) {
  const limits = { burst: 10, parallel: 4, readsPerMinute: 60, ...(running === undefined ? {} : { running }) };
  const w = world({ platform: { limits } });
  const { jobId } = await w.send();
  await w.serve();
  w.pass(3600);
  await pollLane(w.deps, w.laneId);
  w.asked.length = 0;
  w.remote.calls.length = 0;
  let writes = 0;
  const { update } = w.deps.lanes;
  w.deps.lanes.update = (...args) => ((writes += 1), update(...args));
  const tick = async () => {
    w.pass(60);
    const before = writes;
    await pollLane(w.deps, w.laneId, { tick: true });
    return writes - before;
  };
  return { w, jobId, tick };
}

describe('a tick that finds nothing due', () => {
  it.each([undefined, 2])('writes nothing, asks nothing of the platform and plans nothing (running limit: %s)', async (running) => {
    const { w, tick } = await longRunning(running);
    expect(await tick()).toBe(0);
    expect([w.remote.calls, w.asked]).toEqual([[], []]);
  });

  it('passes over no read: in an hour an old job is read as often as is due', async () => {
    const { w, tick } = await longRunning();
    for (let minute = 0; minute < 60; minute += 1) await tick();
    const expected = 10 * Math.log(2); // from the first to the second hour, each tenth of the age
    expect(w.remote.calls.length).toBeGreaterThanOrEqual(Math.floor(expected));
    expect(w.remote.calls.length).toBeLessThanOrEqual(Math.ceil(expected));
    expect(w.asked).toEqual([]);
  });

  it('is none where a job is to be cancelled', async () => {
    const { w, jobId, tick } = await longRunning();
    await cancelJob(w.deps, w.job(jobId));
    await tick();
    expect(w.job(jobId).status).toBe('dismissed');
  });

  it('is none where a job is past its deadline', async () => {
    const { w, jobId, tick } = await longRunning();
    w.pass(7 * 24 * 3600);
    await tick();
    expect(w.job(jobId).status).toBe('failed');
  });

  it('is none where somebody watches', async () => {
    const { w, tick } = await longRunning();
    await watchLane(w.deps, w.laneId);
    await tick();
    expect(w.remote.calls).toEqual(['status p1']);
  });

  it('is none where a job waits whose wake-up was lost (invariant 15)', async () => {
    const { w, tick } = await longRunning();
    await w.send('bob');
    await tick();
    expect(w.asked).toContainEqual(expect.objectContaining({ what: 'start', id: w.laneId }));
  });

  it('is none where a dead worker left a job behind', async () => {
    const { w, tick } = await longRunning();
    const bob = await w.send('bob');
    w.remote.faults.create.push({ kind: 'lost-before' });
    const { update } = w.deps.jobs;
    // The worker dies after its claim: nothing it learns is written.
    w.deps.jobs.update = async (job, write) => {
      if (write.set?.['status'] !== 'submitting') throw new Error('dead');
      return update(job, write);
    };
    await w.serve().catch(() => undefined);
    w.deps.jobs.update = update;
    expect(w.job(bob.jobId).status).toBe('submitting');
    for (let minute = 0; minute < 8; minute += 1) await tick();
    expect(w.job(bob.jobId).status).toMatch(/submitted|running/);
  });

  it('is none where a slot is to be freed', async () => {
    const { w, tick } = await longRunning(2);
    await w.deps.lanes.update(w.laneId, { when: [], include: { slots: ['gone.1'] } });
    await tick();
    expect([...w.lane().slots!]).not.toContain('gone.1');
  });
});

describe('a lane does not rest over a job that has just been claimed', () => {
  it('although the indexes show it neither as queued nor as active', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.pass(200); // the wake-up is old
    await w.serve();
    w.pass(30);
    w.deps.jobs.active = async () => [];
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).status).toBe('submitted');
    expect(w.lane().due).toBe('due');
  });

  it('although it was claimed while the poll was under way', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.pass(200);
    const { active } = w.deps.jobs;
    w.deps.jobs.active = async () => [];
    const { posts } = w.deps.lanes;
    w.deps.lanes.posts = async (laneId) => {
      w.deps.lanes.posts = posts; // once, in the middle of the poll
      await w.serve();
      return posts(laneId);
    };
    await pollLane(w.deps, w.laneId);
    w.deps.jobs.active = active;
    expect(w.job(jobId).status).toBe('submitted');
    expect(w.lane().due).toBe('due');
  });
});

it('a place is not taken from a worker that outlived its runner', async () => {
  const w = world({ platform: { limits: { burst: 10, parallel: 1, readsPerMinute: 60, running: 1 } } });
  const { jobId } = await w.send();
  await takeLane(w.deps, w.laneId, 'run');
  const { update } = w.deps.jobs;
  w.deps.jobs.update = async (job, write) => {
    w.deps.jobs.update = update;
    // Another worker of the run broke, the run gave the lane back, and a poll comes before this claim.
    await w.deps.lanes.update(w.laneId, { when: [], remove: ['runnerId', 'runnerUntil'] });
    await pollLane(w.deps, w.laneId);
    return update(job, write);
  };
  await work(w.deps, w.laneId, 'run', 0);
  expect([...w.lane().slots!]).toEqual([`${jobId}.1`]);
});

describe('due times', () => {
  const settings = Settings.parse({});
  const job = (jobId: string) =>
    ({ jobId, platformJobId: 'p', rank: 50, status: 'running', created: iso(0), submitted: iso(0), deadline: iso(1e12) }) as Job;
  const dueAfter = (seconds: number, step: number, jobId: string) => {
    let count = 0;
    for (let at = step; at <= seconds; at += step) count += pollPlan([job(jobId)], settings, iso((at - step) * 1000), at * 1000).due.length;
    return count;
  };

  it.each(['a', 'b', 'c', 'd'])('come every minute at first, then each tenth of the age (job %s)', (jobId) => {
    expect(Math.abs(dueAfter(600, 10, jobId) - 10)).toBeLessThanOrEqual(1);
    expect(Math.abs(dueAfter(3600, 10, jobId) - 28)).toBeLessThanOrEqual(1);
    expect(Math.abs(dueAfter(24 * 3600, 60, jobId) - (10 + 10 * Math.log(10) + (24 * 3600 - 6000) / 600))).toBeLessThanOrEqual(1);
  });

  it.each([100, 900, 3000, 20_000])('are told in advance to the millisecond (age %i s)', (age) => {
    const { nextAt } = pollPlan([job('a')], settings, iso(age * 1000), age * 1000);
    const due = (at: number) => pollPlan([job('a')], settings, iso(age * 1000), at).due.length;
    expect([due(Math.floor(nextAt! - 1)), due(Math.ceil(nextAt! + 1))]).toEqual([0, 1]);
  });
});
