import { describe, expect, it } from '@jest/globals';
import { lanesToWake } from '../../../lambdas/dispatch/rules/changes.ts';
import { eventsOf } from '../../../lambdas/dispatch/rules/events.ts';
import * as writes from '../../../lambdas/dispatch/rules/writes.ts';
import { cancelJob, jobDetail } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const quarantine = 361;

/** A job whose create was answered by nobody, on a shared account of a platform that cannot be asked; its quarantine is over. */
async function unanswered(onAmbiguous?: 'hold' | 'resubmit' | 'fail') {
  const w = world({ twoPhase: false, platform: { exclusive: false, limits: { running: 1, burst: 10, parallel: 1, readsPerMinute: 60 } } });
  const { jobId } = await w.send('alice', 'echo', {}, onAmbiguous === undefined ? {} : { onAmbiguous });
  w.remote.faults.create.push({ kind: 'lost-after' });
  await w.serve();
  w.pass(quarantine);
  return { w, jobId };
}
/** The same when somebody has looked for it. */
async function ambiguous(onAmbiguous?: 'hold' | 'resubmit' | 'fail') {
  const { w, jobId } = await unanswered(onAmbiguous);
  await w.serve('later');
  const serve = async () => {
    await pollLane(w.deps, w.laneId);
    await w.serve(`run-${w.time.now}-${w.remote.calls.length}`);
  };
  return { w, jobId, serve };
}

describe('a job of which nobody can tell whether its platform took it', () => {
  it.each(['hold', undefined] as const)('is held for its owner (%s)', async (policy) => {
    const { w, jobId, serve } = await ambiguous(policy);
    await serve();
    expect(w.job(jobId)).toMatchObject({ status: 'queued', held: 'ambiguous', message: expect.stringContaining('lost') });
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('says that it may run there, when its owner cancelled it before anybody could ask', async () => {
    const w = world({
      twoPhase: false,
      platform: { exclusive: false, limits: { running: 1, burst: 10, parallel: 1, readsPerMinute: 60 } },
    });
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    await cancelJob(w.deps, w.job(jobId));
    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', message: expect.stringContaining('it may run there') });
  });

  it('fails where its owner said so', async () => {
    const { w, jobId } = await ambiguous('fail');
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('lost') });
    expect(w.remote.jobs).toHaveLength(1);
    expect((await jobDetail(w.deps, w.job(jobId))).onAmbiguous).toBe('fail');
  });

  it('is sent again where its owner said so, under a new intent', async () => {
    const { w, jobId } = await ambiguous('resubmit');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p2', incarnation: 1 });
  });

  it('is not sent again for ever', async () => {
    const { w, jobId } = await ambiguous('resubmit');
    delete w.platform.limits.running;
    const { jobId: other } = await w.send('bob', 'ndvi', {}, { onAmbiguous: 'resubmit' });
    const create = w.remote.create.bind(w.remote);
    w.remote.create = async (submission) => (submission.process === 'ndvi' ? { kind: 'lost', message: 'timed out' } : create(submission));
    for (let round = 0; round < 60 && w.job(other).status !== 'failed'; round += 1) {
      w.pass(quarantine);
      await w.serve(`run-${round}`);
      w.pass(10);
      await w.send('carol', 'other'); // other calls succeed, so the failures count
      await w.serve(`other-${round}`);
      await pollLane(w.deps, w.laneId);
      for (const job of w.remote.jobs) job.phase = 'successful';
    }
    expect(w.job(other).status).toBe('failed');
    expect(w.job(jobId).rank).toBe(90);
  });

  it('is sent again when its owner retries it: a new incarnation that wakes its lane and tells of itself', async () => {
    const { w, jobId } = await ambiguous();
    const retried = await retryJob(w.deps, w.job(jobId));
    expect(retried).toMatchObject({ status: 'queued', incarnation: 2 });
    expect(retried.held ?? retried.postedAt ?? retried.message).toBeUndefined();
    const change = w.changes.at(-1)!;
    expect(lanesToWake([change])).toEqual(new Map([[w.laneId, 'plat']]));
    expect(eventsOf(change.before, change.after)).toMatchObject([{ type: 'job.queued' }]);
    await w.serve('retry');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p2' });
  });

  it('is dismissed at once when its owner cancels it, also while its platform is down', async () => {
    const { w, jobId } = await ambiguous();
    await w.deps.lanes.update(w.laneId, { when: [], set: { closedUntil: iso(w.time.now + 900_000) } });
    expect(await cancelJob(w.deps, w.job(jobId))).toMatchObject({ status: 'dismissed', message: expect.stringContaining('may have run') });
    expect(w.job(jobId).held).toBeUndefined();
  });

  it('of a retry and a cancel at the same moment one wins', async () => {
    const { w, jobId } = await ambiguous();
    const held = w.job(jobId);
    await retryJob(w.deps, held);
    expect(await w.deps.jobs.update(held, writes.cancelHeld(held, iso(w.time.now)))).toMatchObject({ ok: false });
    const cancelled = await cancelJob(w.deps, held); // decides again from what is there now
    expect(cancelled).toMatchObject({ status: 'dismissed', incarnation: 2 });
    await expect(retryJob(w.deps, held)).rejects.toMatchObject({ code: 'JOB_NOT_RETRIABLE' });
  });

  it('is not run by a retry that comes when it was cancelled: its task may have ended with it', async () => {
    const { w, jobId } = await ambiguous();
    const held = w.job(jobId);
    await cancelJob(w.deps, held);
    await expect(retryJob(w.deps, held)).rejects.toMatchObject({ code: 'JOB_NOT_RETRIABLE', message: expect.stringContaining('canceled') });
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', incarnation: 1 });
  });

  it('is not run by a retry while a cancel that came before it was held is carried out', async () => {
    const { w, jobId } = await ambiguous();
    const held = w.job(jobId);
    await w.deps.jobs.update(held, { when: [], set: { cancelRequested: true } }); // it was being looked up when that came
    for (const seen of [held, w.job(jobId)]) await expect(retryJob(w.deps, seen)).rejects.toMatchObject({ code: 'JOB_NOT_RETRIABLE' });
    expect(w.job(jobId).incarnation).toBe(1);
    await w.serve('cancels');
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', incarnation: 1 });
  });

  it('keeps nobody who came later from her turn, however many are held', async () => {
    const { w, serve } = await ambiguous();
    for (let n = 0; n < 60; n += 1) {
      const { jobId } = await w.send('alice', 'echo');
      await w.deps.jobs.update(w.job(jobId), { when: [], set: { held: 'ambiguous' } });
    }
    const last = await w.send('alice', 'echo');
    await serve();
    expect(w.job(last.jobId).status).toBe('submitted');
  });

  it.each(['hold', 'fail', 'cancelled'] as const)('keeps its place until that is written: it may run there (%s)', async (how) => {
    const { w, jobId } = await unanswered(how === 'fail' ? how : 'hold');
    if (how === 'cancelled') await cancelJob(w.deps, w.job(jobId));
    const { update } = w.deps.jobs;
    w.deps.jobs.update = async (job, write) =>
      write.set?.['status'] === 'submitting' ? update(job, write) : Promise.reject(new Error('no answer'));
    await expect(w.serve('later')).rejects.toThrow('no answer');
    w.deps.jobs.update = update;
    const bob = await w.send('bob', 'ndvi');
    w.pass(quarantine);
    await w.serve('others');
    expect(w.remote.jobs).toHaveLength(1);
    await pollLane(w.deps, w.laneId);
    await w.serve('at last');
    expect(w.job(bob.jobId).status).toBe('submitted');
  });

  it('takes no slot for long when whoever held it died at once, though its lane is busy', async () => {
    const { w, jobId } = await unanswered();
    const { update } = w.deps.lanes;
    const isHeld = () => w.job(jobId).held !== undefined;
    w.deps.lanes.update = async (laneId, write) => (isHeld() ? Promise.reject(new Error('no answer')) : update(laneId, write));
    await expect(w.serve('later')).rejects.toThrow('no answer');
    w.deps.lanes.update = update;
    expect(w.lane().slots?.size).toBe(1);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().slots?.size ?? 0).toBe(0);
  });

  it('takes no slot, and no other job waits for it', async () => {
    const { w, serve } = await ambiguous();
    const bob = await w.send('bob', 'echo');
    await serve();
    expect(w.job(bob.jobId).status).toBe('submitted');
  });
});
