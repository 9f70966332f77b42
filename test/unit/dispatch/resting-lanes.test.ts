import { describe, expect, it } from '@jest/globals';
import { auditLane } from '../../../lambdas/dispatch/use-cases/audit-lane.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { pauseTask } from '../../../lambdas/upscaling/use-cases/control.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { taskWorld } from '../../support/task-world.ts';

const quarantine = 361;

/** A job of a task that was paused when nobody knew whether its platform had created it: its share is closed, and the lane rests. */
async function resting() {
  const w = taskWorld();
  const { taskId } = await w.sendTask('alice', ['a']);
  await w.settle();
  const jobId = `${taskId}-0`;
  w.remote.faults.create.push({ kind: 'lost-after' });
  await w.serve();
  await pauseTask(w.tasks, w.task(taskId));
  w.pass(quarantine);
  /** A minute passes, and the lane is looked at if it is due. */
  const tick = async () => {
    w.pass(60);
    if (w.lane().due === undefined) return;
    await pollLane(w.deps, w.laneId, { tick: true });
    if (w.asked.splice(0).some(({ what }) => what === 'start')) await w.serve();
  };
  for (let minute = 0; minute < 5; minute += 1) await tick();
  expect(w.lane().due).toBeUndefined();
  expect(w.job(jobId)).toMatchObject({ status: 'queued', postedAt: expect.any(String) });
  return { w, jobId, tick };
}

it('A job that the audit finds running in a lane that rests is polled from then on', async () => {
  const { w, jobId, tick } = await resting();
  w.remote.listing(10);
  w.remote.jobs[0]!.phase = 'running';
  w.pass(w.deps.settings.auditAgeSeconds);
  await auditLane({ ...w.deps, tellStray: async () => undefined }, w.laneId);
  expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  w.remote.end('p1', 'successful');
  for (let minute = 0; minute < 3; minute += 1) await tick();
  expect(w.job(jobId).status).toBe('successful');
});

describe('a cancelled job that may be on its platform, in a lane that rests since its task was paused', () => {
  it('is looked for although the wake-up is lost', async () => {
    const { w, jobId, tick } = await resting();
    await cancelJob(w.deps, w.job(jobId));
    w.asked.length = 0;
    await tick();
    expect(w.job(jobId).status).toBe('dismissed');
    expect(w.remote.jobs).toEqual([]);
  });

  it('is taken up again when the platform does not say whether it cancelled it', async () => {
    const { w, jobId, tick } = await resting();
    await cancelJob(w.deps, w.job(jobId));
    w.remote.faults.cancel.push({ kind: 'unavailable' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitting', platformJobId: 'p1' });
    for (let minute = 0; minute < 5; minute += 1) await tick();
    expect(w.job(jobId).status).toBe('dismissed');
  });

  it('keeps the lane from resting again while the platform is down', async () => {
    const { w, jobId, tick } = await resting();
    await w.deps.lanes.update(w.laneId, { when: [], set: { closedUntil: iso(w.time.now + 900_000) } });
    await cancelJob(w.deps, w.job(jobId));
    for (let minute = 0; minute < 14; minute += 1) await tick();
    expect(w.job(jobId).status).toBe('queued');
    for (let minute = 0; minute < 3; minute += 1) await tick();
    expect(w.job(jobId).status).toBe('dismissed');
  });

  it('is looked for, too, where the cancel is that of a platform that is being removed', async () => {
    const { w, jobId, tick } = await resting();
    w.platform.state = 'removing';
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'queued', cancelRequested: true });
    w.asked.length = 0;
    await tick();
    expect(w.job(jobId).status).toBe('dismissed');
  });
});
