import { describe, expect, it } from '@jest/globals';
import { awaitSubmission, queuePosition } from '../../../lambdas/dispatch/use-cases/create-job.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { claim } from '../../../lambdas/dispatch/rules/writes.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const limits = { running: 1, parallel: 1, burst: 100, readsPerMinute: 600 };
const aWorld = () => world({ platform: { limits } });
const poll = async (w: ReturnType<typeof world>) => {
  w.pass(61);
  await pollLane(w.deps, w.laneId);
};

describe.each(['paused', 'draining'] as const)('a platform that is %s', (state) => {
  it('starts nothing, while what runs there is followed to its end; resumed, it goes on', async () => {
    const w = aWorld();
    const running = await w.send();
    await w.serve();
    const waiting = await w.send();
    w.platform.state = state;
    w.remote.end(w.job(running.jobId).platformJobId!, 'successful');
    await poll(w);
    expect(w.job(running.jobId).status).toBe('successful');
    await w.serve();
    expect(w.job(waiting.jobId)).toMatchObject({ status: 'queued', epoch: 0 });
    expect(await queuePosition(w.deps, w.job(waiting.jobId))).toMatchObject({ reason: expect.stringContaining('by an administrator') });

    w.platform.state = 'active';
    w.asked.length = 0;
    await poll(w);
    expect(w.asked).toContainEqual(expect.objectContaining({ what: 'start', id: w.laneId }));
    await w.serve();
    expect(w.job(waiting.jobId).status).toBe('submitted');
    expect(w.remote.jobs).toHaveLength(2);
  });

  it('still lets a cancelled job be looked for on the platform', async () => {
    const w = aWorld();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(400);
    await cancelJob(w.deps, w.job(jobId));
    w.platform.state = state;
    for (let round = 0; round < 4 && w.job(jobId).status !== 'dismissed'; round += 1) {
      await w.serve(`run-${round}`);
      await poll(w);
    }
    expect(w.job(jobId).status).toBe('dismissed');
    expect(w.remote.jobs.every(({ runs }) => runs === 0)).toBe(true);
  });

  it('posts nothing that a dead worker left behind and the platform does not have', async () => {
    const w = aWorld();
    const { jobId } = await w.send();
    const claimed = w.job(jobId);
    await w.deps.jobs.update(claimed, claim(claimed, iso(w.time.now), iso(w.time.now + 150_000)));
    w.platform.state = state;
    w.pass(600);
    await poll(w);
    expect(w.job(jobId)).toMatchObject({ status: 'queued', message: expect.stringContaining('starts no jobs') });
    expect(w.remote.calls).not.toContain('create');

    w.platform.state = 'active';
    await w.serve();
    expect(w.job(jobId).status).toBe('submitted');
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('answers a job request at once', async () => {
    const w = aWorld();
    const job = await w.send();
    w.platform.state = state;
    const never = () => Promise.reject(new Error('waited'));
    expect(await awaitSubmission(w.deps, job, w.time.now + 5000, never)).toBe(job);
  });
});

describe('a platform that is paused', () => {
  it('takes new jobs, which wait', async () => {
    const w = aWorld();
    w.platform.state = 'paused';
    const job = await w.send();
    expect(await w.serve()).toMatchObject({ left: 'left' });
    expect(w.job(job.jobId).status).toBe('queued');
    expect(w.remote.calls).not.toContain('create');
  });
});

describe.each(['draining', 'removing'] as const)('a platform that is %s', (state) => {
  it('takes no new jobs, and none is run again', async () => {
    const w = aWorld();
    const { jobId } = await w.send();
    await cancelJob(w.deps, w.job(jobId));
    w.platform.state = state;
    await expect(w.send()).rejects.toMatchObject({ status: 409, code: 'PLATFORM_DRAINING' });
    await expect(retryJob(w.deps, w.job(jobId))).rejects.toMatchObject({ status: 409, code: 'JOB_NOT_RETRIABLE' });
  });
});

describe('a platform that is being removed', () => {
  it('ends what waits for it with words, and follows what runs there to its end', async () => {
    const w = aWorld();
    const running = await w.send();
    await w.serve();
    const waiting = await Promise.all(['alice', 'bob'].map((owner) => w.send(owner)));
    w.platform.state = 'removing';
    await poll(w);
    for (const { jobId } of waiting)
      expect(w.job(jobId)).toMatchObject({
        status: 'failed',
        message: 'Platform was removed by an administrator before this job was sent to it.',
      });
    expect(w.job(running.jobId).status).toBe('running');
    w.remote.end(w.job(running.jobId).platformJobId!, 'successful');
    await poll(w);
    expect(w.job(running.jobId).status).toBe('successful');
  });

  it('is asked for a job whose creation was never answered before that job ends', async () => {
    const w = aWorld();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(400);
    w.platform.state = 'removing';
    for (let round = 0; round < 4 && w.job(jobId).status !== 'dismissed'; round += 1) {
      await poll(w);
      await w.serve(`run-${round}`);
    }
    expect(w.job(jobId).status).toBe('dismissed');
    expect(w.remote.jobs.every(({ runs }) => runs === 0)).toBe(true);
  });
});
