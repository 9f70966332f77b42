import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import { lanesToWake } from '../../../lambdas/dispatch/rules/changes.ts';
import { eventsOf } from '../../../lambdas/dispatch/rules/events.ts';
import * as writes from '../../../lambdas/dispatch/rules/writes.ts';
import { followChanges } from '../../../lambdas/dispatch/use-cases/follow-changes.ts';
import { cancelJob, deleteJob, jobDetail } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { world } from '../../support/world.ts';

/** A world with one job that ran and failed on its platform. */
async function failed(options: Parameters<typeof world>[0] = {}) {
  const w = world(options);
  const { jobId } = await w.send();
  await w.serve();
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  w.remote.end('p1', 'failed');
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  expect(w.job(jobId).status).toBe('failed');
  return { w, jobId };
}
const refused = { status: 409, code: 'JOB_NOT_RETRIABLE' };

describe('the retry of a failed job', () => {
  it('is a new incarnation in the queue that knows nothing of the old one', async () => {
    const { w, jobId } = await failed();
    const before = w.job(jobId);
    w.pass(3600);
    const job = await retryJob(w.deps, before);
    const now = new Date(w.time.now).toISOString();
    const { owner, origin, laneId, platformId, process, title, label, created, epoch, pollNumber } = before;
    expect(job).toEqual({
      ...{ jobId, owner, origin, laneId, platformId, process, title, label, created, epoch, pollNumber },
      status: 'queued',
      rank: 10,
      incarnation: 2,
      failures: 0,
      version: before.version + 1,
      deadline: new Date(w.time.now + w.platform.deadlineHours * 3_600_000).toISOString(),
      updated: now,
    } satisfies Job);
    expect((await jobDetail(w.deps, job)).incarnation).toBe(2);
  });

  it.each([true, false])('runs once more on the platform, under a tag of its own (two-phase: %s)', async (twoPhase) => {
    const { w, jobId } = await failed({ twoPhase });
    await retryJob(w.deps, w.job(jobId));
    await w.deps.lanes.want(w.laneId, 'plat');
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ incarnation: 2, platformJobId: 'p2' });
    expect(w.remote.jobs.map(({ tag, runs }) => `${tag} ${runs}`)).toEqual([`[swath:test/${jobId}.1] 1`, `[swath:test/${jobId}.2] 1`]);
  });

  it('wakes its lane, tells of itself on the bus, and has a row of its own in the history', async () => {
    const { w, jobId } = await failed();
    await retryJob(w.deps, w.job(jobId));
    const change = w.changes.at(-1)!;
    expect([...lanesToWake([change])]).toEqual([[w.laneId, 'plat']]);
    expect(eventsOf(change.before, change.after)).toMatchObject([{ type: 'job.queued', data: { incarnation: 2 } }]);

    const rows = new Map<string, string>();
    const record = async (job: Job) => void rows.set(`${job.jobId}.${job.incarnation}`, job.status);
    const more = { history: { record }, recount: async () => undefined, publish: async () => [], park: async () => undefined };
    await followChanges({ ...w.deps, ...more }, w.changes);
    expect([...rows]).toEqual([
      [`${jobId}.1`, 'failed'],
      [`${jobId}.2`, 'queued'],
    ]);
  });

  it('is not touched by what was under way for the old incarnation', async () => {
    const { w, jobId } = await failed();
    const old = w.job(jobId);
    await retryJob(w.deps, old);
    const now = new Date(w.time.now).toISOString();
    const late = [
      writes.news(old, { platformJobId: 'p1', raw: 'successful', phase: 'successful' }, 99, now)!,
      writes.claim({ ...old, status: 'queued' }, now, now),
      writes.commit(old, 'p1', now, now, now),
      writes.record(old, 'p1', now),
      writes.putBack(old, now, { message: 'late' }),
      writes.fail(old, now, 'late'),
      writes.giveUp(old, now, 'late'),
      writes.requestCancel(old, now),
      writes.cancelQueued(old, now),
      writes.retry(old, now, now),
    ];
    for (const write of late) expect((await w.deps.jobs.update(old, write)).ok).toBe(false);
    expect(w.job(jobId)).toMatchObject({ status: 'queued', incarnation: 2 });
  });

  it('fails for technical reasons only after as many failures as the first run', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.deps.jobs.update(w.job(jobId), {
      when: [],
      set: { status: 'failed', rank: 90, failures: 5, failedAt: '2026-03-01T00:00:00.000Z' },
    });
    expect(await retryJob(w.deps, w.job(jobId))).toMatchObject({ failures: 0 });
    expect(w.job(jobId).failedAt).toBeUndefined();
  });

  it('may fail, and be retried, again', async () => {
    const { w, jobId } = await failed();
    const first = w.job(jobId);
    for (const incarnation of [2, 3]) {
      await retryJob(w.deps, w.job(jobId));
      w.remote.faults.create.push({ kind: 'refused', message: 'no' });
      await w.serve(`again-${incarnation}`);
      expect(w.job(jobId)).toMatchObject({ status: 'failed', incarnation });
    }
    // Who looked at the first run asked for one more, and there was one.
    await expect(retryJob(w.deps, first)).rejects.toMatchObject(refused);
  });
});

describe('a retry', () => {
  it('runs a cancelled job, which then can be cancelled again', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).status).toBe('dismissed');
    const job = await retryJob(w.deps, w.job(jobId));
    expect(job.cancelRequested).toBeUndefined();
    expect(await cancelJob(w.deps, job)).toMatchObject({ status: 'dismissed', incarnation: 2 });
  });

  it.each(['queued', 'submitted', 'running', 'successful'] as const)('of a job that is %s is refused', async (status) => {
    const w = world();
    const { jobId } = await w.send();
    if (status !== 'queued') await w.serve();
    if (status === 'running' || status === 'successful') {
      if (status === 'successful') w.remote.end('p1', 'successful');
      w.pass(61);
      await pollLane(w.deps, w.laneId);
    }
    const before = w.job(jobId);
    expect(before.status).toBe(status);
    await expect(retryJob(w.deps, before)).rejects.toMatchObject(refused);
    expect(w.job(jobId)).toBe(before);
  });

  it('at the same moment as others happens once', async () => {
    const { w, jobId } = await failed();
    const seen = w.job(jobId);
    const all = await Promise.allSettled([1, 2, 3].map(() => retryJob(w.deps, seen)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject(refused);
    expect(w.job(jobId).incarnation).toBe(2);
  });

  it('of a job that is deleted meanwhile revives nothing', async () => {
    const { w, jobId } = await failed();
    const seen = w.job(jobId);
    await deleteJob(w.deps, seen);
    await expect(retryJob(w.deps, seen)).rejects.toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
    expect(w.job(jobId)).toBeUndefined();
  });

  it('of a job whose platform is no longer registered is refused', async () => {
    const { w, jobId } = await failed();
    await expect(retryJob({ ...w.deps, platform: async () => undefined }, w.job(jobId))).rejects.toMatchObject(refused);
  });

  it('opens the share of its owner, so that the job is looked for', async () => {
    const { w, jobId } = await failed();
    for (const { share, wantedAt } of await w.deps.lanes.shares(w.laneId)) await w.deps.lanes.closeShare(w.laneId, share, wantedAt);
    await retryJob(w.deps, w.job(jobId));
    expect((await w.deps.lanes.shares(w.laneId)).map(({ share }) => share)).toEqual(['alice']);
  });
});
