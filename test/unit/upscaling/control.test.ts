import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { deleteTask, pauseTask, resumeTask, retryTask } from '../../../lambdas/upscaling/use-cases/control.ts';
import { cancelTask } from '../../../lambdas/upscaling/use-cases/stop.ts';
import { listJobs, ownedTask, taskDetail } from '../../../lambdas/upscaling/use-cases/owned-tasks.ts';
import { planWork, settleWork, workChunk } from '../../../lambdas/upscaling/use-cases/work.ts';
import { recount } from '../../../lambdas/upscaling/use-cases/recount.ts';
import type { TaskRequest } from '../../../lambdas/upscaling/model.ts';
import { numbers, taskWorld } from '../../support/task-world.ts';

type World = ReturnType<typeof taskWorld>;

/** A task whose jobs are written. */
async function written(w: World, values: unknown[], more: Partial<TaskRequest> = {}) {
  const { taskId } = await w.sendTask('alice', values, more);
  await w.settle();
  return taskId;
}
/** The lane is served, and the platform ends what runs: successful, but for the values that are to fail. */
async function run(w: World, failing: (value: unknown) => boolean = () => false) {
  await w.serve();
  await end(w, failing);
}
async function end(w: World, failing: (value: unknown) => boolean = () => false) {
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  for (const job of w.remote.jobs) if (job.phase === 'running') w.remote.end(job.id, failing(job.inputs['text']) ? 'failed' : 'successful');
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  await w.count();
  await w.settle();
}
/** Everything is read by every poll. */
const wide = { platform: { limits: { parallel: 20, burst: 20, readsPerMinute: 100_000 } } };
const events = (w: World, taskId: string) =>
  w.finals.filter((task) => task.taskId === taskId).map(({ status, incarnation }) => `${status} ${incarnation}`);

describe('the counts of a task', () => {
  it('follow its jobs from being written to the end, which comes once', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(5));
    expect(w.task(taskId)).toMatchObject({ status: 'queued', counts: { queued: 5 } });
    await w.serve();
    await w.count();
    expect(w.task(taskId)).toMatchObject({ status: 'running', counts: { submitted: 5, queued: 0 } });
    await end(w, (value) => value === 3);
    expect(w.task(taskId)).toMatchObject({ status: 'partial', counts: { successful: 4, failed: 1 }, errors: [{ count: 1, index: 3 }] });
    expect(events(w, taskId)).toEqual(['partial 1']);
    await recount(w.tasks, taskId, [{ chunks: [0], at: '2026-03-01T00:00:00.000Z' }]);
    expect(events(w, taskId)).toEqual(['partial 1']);
  });

  it('are the same whoever counts first, and however often', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(3));
    await w.serve();
    const notice = [{ chunks: [0], at: '2026-03-01T00:00:00.000Z' }];
    w.pass(5);
    await Promise.all(numbers(4).map(() => recount(w.tasks, taskId, [{ chunks: [0], at: new Date(w.time.now).toISOString() }])));
    const counted = w.task(taskId);
    expect(counted.counts).toMatchObject({ submitted: 3 });
    w.pass(5);
    await recount(w.tasks, taskId, notice); // counted since: nothing is written
    expect(w.task(taskId)).toEqual(counted);
  });

  it('end well, badly, or by a cancel', async () => {
    const ends: Record<string, string> = {};
    for (const [name, failing] of [
      ['successful', () => false],
      ['failed', () => true],
    ] as const) {
      const w = taskWorld();
      const taskId = await written(w, numbers(2));
      await run(w, failing);
      ends[name] = w.task(taskId).status;
    }
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    await cancelTask(w.tasks, w.task(taskId));
    await w.settle();
    ends['dismissed'] = w.task(taskId).status;
    expect(ends).toEqual({ successful: 'successful', failed: 'failed', dismissed: 'dismissed' });
    expect(events(w, taskId)).toEqual(['dismissed 1']);
  });

  it('tell where the first waiting job stands, and when the last may end', async () => {
    const w = taskWorld({ platform: { limits: { running: 2, parallel: 2, burst: 20, readsPerMinute: 600 } } });
    const taskId = await written(w, numbers(20));
    const detail = async () => taskDetail(w.tasks, w.task(taskId), [], []);
    expect(await detail()).toMatchObject({ queue: { position: 1 }, errors: [] });
    expect((await detail()).estimate).toBeUndefined();
    for (let n = 0; n < 4; n += 1) await run(w);
    expect(w.task(taskId).counts).toMatchObject({ successful: 8, queued: 12 });
    const { estimate } = await detail();
    expect(estimate!.basis).toContain('8 jobs were successful');
    expect(Date.parse(estimate!.finish)).toBeGreaterThan(w.time.now);
  });
});

describe('a task that is cancelled', () => {
  it('lets nothing go from the first write on, ends what waits, and cancels what runs', async () => {
    const w = taskWorld({ platform: { limits: { running: 3, parallel: 3, burst: 20, readsPerMinute: 600 } } });
    const taskId = await written(w, numbers(1200));
    await w.serve();
    expect(w.remote.jobs).toHaveLength(3);
    const cancelled = await cancelTask(w.tasks, w.task(taskId));
    expect(cancelled).toMatchObject({ cancelRequested: true });
    expect(numbers(3).map((n) => w.job(`${taskId}-${n}`).cancelRequested)).toEqual([true, true, true]);
    w.remote.jobs.forEach(({ id }) => void w.remote.calls.push(`look ${id}`));
    await w.serve();
    expect(w.remote.jobs).toHaveLength(3);
    await cancelTask(w.tasks, w.task(taskId)); // twice is success
    await w.settle();
    await end(w);
    expect(w.task(taskId)).toMatchObject({ status: 'dismissed', counts: { dismissed: 1200 } });
    expect(w.remote.jobs.every(({ phase }) => phase === 'dismissed')).toBe(true);
  });

  it('while its jobs are written ends all the same', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(600));
    await w.stream();
    const [first] = w.started;
    await planWork(w.tasks, taskId, 1);
    await workChunk(w.tasks, taskId, 1, 0);
    await cancelTask(w.tasks, w.task(taskId));
    await workChunk(w.tasks, taskId, 1, 1);
    await settleWork(w.tasks, taskId, first!.workNumber);
    expect(w.task(taskId)).toMatchObject({ work: 'dismiss', workNumber: 2 });
    await w.settle();
    expect(w.task(taskId)).toMatchObject({ status: 'dismissed', counts: { dismissed: 600 } });
    expect(w.remote.jobs).toEqual([]);
  });

  it('keeps what was successful', async () => {
    const w = taskWorld({ platform: { limits: { running: 2, parallel: 2, burst: 20, readsPerMinute: 600 } } });
    const taskId = await written(w, numbers(6));
    await run(w);
    await cancelTask(w.tasks, w.task(taskId));
    await w.settle();
    expect(w.task(taskId)).toMatchObject({ status: 'partial', counts: { successful: 2, dismissed: 4 } });
    await expect(pauseTask(w.tasks, w.task(taskId))).rejects.toMatchObject({ code: 'TASK_NOT_ACTIVE' });
  });
});

describe('a cancel that others are always ahead of', () => {
  it('fails, and stops nothing', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    const { update } = w.tasks.tasks;
    w.tasks.tasks.update = async () => ({ ok: false, item: w.task(taskId) });
    await expect(cancelTask(w.tasks, w.task(taskId))).rejects.toThrow('CANCEL_CONTESTED');
    w.tasks.tasks.update = update;
    await w.serve();
    expect(w.remote.jobs).toHaveLength(3);
  });
});

describe('a task that is paused', () => {
  it('lets nothing go until it goes on, also when its jobs are still being written', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(600));
    await w.stream();
    await planWork(w.tasks, taskId, 1);
    await workChunk(w.tasks, taskId, 1, 0);
    expect(await pauseTask(w.tasks, w.task(taskId))).toMatchObject({ paused: 'owner' });
    await w.settle();
    await w.serve();
    expect([w.remote.jobs.length, w.task(taskId).status]).toEqual([0, 'queued']);
    expect(await pauseTask(w.tasks, w.task(taskId))).toMatchObject({ paused: 'owner' });
    expect(await resumeTask(w.tasks, w.task(taskId))).not.toHaveProperty('paused');
    expect(w.asked.at(-1)).toMatchObject({ what: 'run', id: w.laneId });
    await w.serve();
    expect(w.remote.jobs.length).toBe(600);
  });

  it('has its share closed by pausing it once more, where a pause died before it came to that', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    await w.tasks.tasks.update(taskId, { when: [], set: { paused: 'owner' } });
    expect(await pauseTask(w.tasks, w.task(taskId))).toMatchObject({ paused: 'owner' });
    await w.serve();
    expect(w.remote.jobs).toEqual([]);
  });

  it('goes on, though a pause that was overtaken by its end is on its way still', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    const paused = await pauseTask(w.tasks, w.task(taskId));
    await resumeTask(w.tasks, w.task(taskId));
    await w.deps.lanes.closeTaskShare(w.laneId, 'alice', taskId, 'paused', paused.version);
    await w.serve();
    expect(w.remote.jobs).toHaveLength(3);
  });

  it('starts no job that was being created when it was paused, and starts it later with the id it has', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    w.remote.during = async (call) => {
      if (call !== 'create') return;
      w.remote.during = undefined;
      await pauseTask(w.tasks, w.task(taskId));
    };
    await w.serve();
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toEqual([]);
    const created = w.remote.jobs.map(({ id }) => id);
    expect(created.length).toBeGreaterThan(0);
    expect(numbers(2).map((n) => w.job(`${taskId}-${n}`).status)).toEqual(['queued', 'queued']);
    await resumeTask(w.tasks, w.task(taskId));
    await w.settle();
    await w.serve('after');
    expect(w.remote.jobs.map(({ id, runs }) => `${id} ${runs}`).toSorted()).toEqual(['p1 1', 'p2 1']);
    expect(numbers(2).map((n) => w.job(`${taskId}-${n}`).status)).toEqual(['submitted', 'submitted']);
    expect(w.job(`${taskId}-0`).message).toBeUndefined();
  });

  it('dismisses a job that was being created when its task was cancelled, and deletes it on the platform', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(1));
    w.remote.during = async (call) => {
      if (call === 'create') await cancelTask(w.tasks, w.task(taskId));
    };
    await w.serve();
    await w.settle();
    await w.serve('after');
    expect(w.job(`${taskId}-0`).status).toBe('dismissed');
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toEqual([]);
    expect(w.remote.jobs).toEqual([]);
  });

  it('does not hold up the other work of its lane, nor keep the lane awake', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(3));
    await pauseTask(w.tasks, w.task(taskId));
    const single = await w.send('alice');
    await w.serve();
    expect(w.remote.jobs.map(({ tag }) => tag)).toEqual([`[swath:test/${single.jobId}.1]`]);
  });

  it('can be cancelled, and then not go on', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(3));
    await pauseTask(w.tasks, w.task(taskId));
    await cancelTask(w.tasks, w.task(taskId));
    await expect(resumeTask(w.tasks, w.task(taskId))).rejects.toMatchObject({ code: 'TASK_NOT_ACTIVE' });
    await w.settle();
    expect(w.task(taskId).status).toBe('dismissed');
  });
});

describe('a retry', () => {
  it('runs the failed jobs again and no others, as a new incarnation that ends once', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(4));
    await expect(retryTask(w.tasks, w.task(taskId))).rejects.toMatchObject({ status: 409, code: 'TASK_NOT_RETRIABLE' });
    await run(w, (value) => Number(value) < 2);
    expect(w.task(taskId).status).toBe('partial');
    const [one, two] = await Promise.allSettled([retryTask(w.tasks, w.task(taskId)), retryTask(w.tasks, w.task(taskId))]);
    expect([one.status, two.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(w.task(taskId)).toMatchObject({ status: 'queued', incarnation: 2 });
    await w.count(); // a late notice must not end it again
    expect(events(w, taskId)).toEqual(['partial 1']);
    await w.settle();
    expect(numbers(4).map((n) => w.job(`${taskId}-${n}`).incarnation)).toEqual([2, 2, 1, 1]);
    await run(w);
    expect(w.task(taskId)).toMatchObject({ status: 'successful', counts: { successful: 4 } });
    expect(events(w, taskId)).toEqual(['partial 1', 'successful 2']);
    await expect(retryTask(w.tasks, w.task(taskId))).rejects.toMatchObject({ code: 'TASK_NOT_RETRIABLE' });
  });

  it('goes on where somebody has paused the incarnation before at the same moment', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    const before = w.task(taskId);
    await run(w, () => true);
    await retryTask(w.tasks, w.task(taskId));
    await w.settle();
    expect(await pauseTask(w.tasks, before)).toMatchObject({ incarnation: 2 });
    expect(w.task(taskId).paused).toBeUndefined();
    await run(w);
    expect(w.task(taskId)).toMatchObject({ status: 'successful', incarnation: 2 });
  });

  it('that is repeated in the middle runs nothing twice', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    await run(w, () => true);
    await retryTask(w.tasks, w.task(taskId));
    await workChunk(w.tasks, taskId, 2, 0);
    await w.serve();
    await pollLane(w.deps, w.laneId);
    for (const job of w.remote.jobs) w.remote.end(job.id, 'failed');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await workChunk(w.tasks, taskId, 2, 0);
    expect(w.job(`${taskId}-0`)).toMatchObject({ status: 'failed', incarnation: 2 });
  });
});

it('a cancelled task ends although the function that settles it dies in its last step', async () => {
  const w = taskWorld();
  const taskId = await written(w, numbers(3));
  await cancelTask(w.tasks, w.task(taskId));
  const { workNumber } = w.task(taskId);
  await workChunk(w.tasks, taskId, workNumber, 0);
  const chunks = w.tasks.tasks.chunks;
  w.tasks.tasks.chunks = () => Promise.reject(new Error('died'));
  await expect(settleWork(w.tasks, taskId, workNumber)).rejects.toThrow('died');
  w.tasks.tasks.chunks = chunks;
  await settleWork(w.tasks, taskId, workNumber);
  expect(w.task(taskId).status).toBe('dismissed');
});

describe('the options of a task', () => {
  it('let a canary run first, and the others when it has succeeded', async () => {
    const w = taskWorld(wide);
    const taskId = await written(w, numbers(600), { canary: 2 });
    expect(w.task(taskId)).toMatchObject({ status: 'queued', counts: { queued: 2 }, total: 600 });
    await run(w);
    expect(w.task(taskId)).toMatchObject({ canaryPassed: true, expanded: true, counts: { successful: 2, queued: 598 } });
    await run(w);
    expect(w.task(taskId)).toMatchObject({ status: 'successful' });
    expect(events(w, taskId)).toEqual(['successful 1']);
  });

  it('let the others run when the canary succeeded while its task was paused', async () => {
    const w = taskWorld(wide);
    const taskId = await written(w, numbers(5), { canary: 1 });
    await w.serve();
    await pauseTask(w.tasks, w.task(taskId));
    await end(w);
    expect(w.task(taskId)).toMatchObject({ paused: 'owner', counts: { successful: 1 } });
    await resumeTask(w.tasks, w.task(taskId));
    await w.settle();
    await run(w);
    expect(w.task(taskId)).toMatchObject({ status: 'successful' });
  });

  it('pause a task whose canary failed; resuming goes on, cancelling ends it', async () => {
    for (const goesOn of [true, false]) {
      const w = taskWorld();
      const taskId = await written(w, numbers(5), { canary: 2 });
      await run(w, (value) => value === 0);
      expect(w.task(taskId)).toMatchObject({ paused: 'canary', status: 'queued' });
      await (goesOn ? resumeTask(w.tasks, w.task(taskId)) : cancelTask(w.tasks, w.task(taskId)));
      await w.settle();
      if (goesOn) await run(w);
      expect(w.task(taskId)).toMatchObject({ status: 'partial', counts: { successful: goesOn ? 4 : 1, failed: 1 } });
    }
  });

  const few = { platform: { limits: { running: 2, parallel: 2, burst: 20, readsPerMinute: 600 } } };
  it.each([
    [{ maxFailures: 1 }, 'failures'],
    [{ maxFailures: '10%' }, 'failures'],
    [{ onFailure: 'pause' as const }, 'failures'],
    [{ maxFailures: 2 }, undefined],
    [{ maxFailures: '20%' }, undefined],
    [{ maxFailures: 0, onFailure: 'continue' as const }, undefined],
    [{}, undefined],
  ])('%j and two failures of ten pause it because of: %s', async (options, paused) => {
    const w = taskWorld(few);
    const taskId = await written(w, numbers(10), options);
    await run(w, () => true);
    expect(w.task(taskId).paused).toBe(paused);
    if (paused === undefined) return;
    await w.serve();
    expect(w.remote.jobs).toHaveLength(2);
    await resumeTask(w.tasks, w.task(taskId));
    await run(w, () => true);
    expect([w.task(taskId).paused, w.task(taskId).counts]).toMatchObject([undefined, { failed: 4 }]);
  });

  it('stop it after too many failures', async () => {
    const w = taskWorld(few);
    const taskId = await written(w, numbers(10), { onFailure: 'stop' });
    await run(w, () => true);
    await w.settle();
    expect(w.task(taskId)).toMatchObject({ status: 'failed', counts: { failed: 2, dismissed: 8 } });
  });
});

describe('a task that is deleted', () => {
  it('is gone at once, and its jobs soon', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    await expect(deleteTask(w.tasks, w.task(taskId))).rejects.toMatchObject({ code: 'TASK_NOT_FINISHED' });
    await w.settle();
    await deleteTask(w.tasks, w.task(taskId));
    await expect(ownedTask(w.tasks, 'alice', taskId)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
    await w.settle();
    expect([w.task(taskId), w.job(`${taskId}-0`)]).toEqual([undefined, undefined]);
  });

  it('that ended while two requests were about to cancel it is cleared up by one execution', async () => {
    const w = taskWorld();
    const taskId = await written(w, numbers(2));
    const open = w.task(taskId);
    await run(w);
    await deleteTask(w.tasks, open);
    await deleteTask(w.tasks, open);
    expect(w.task(taskId)).toMatchObject({ deleted: true, work: 'delete', workNumber: open.workNumber + 1 });
  });
});

describe('the list of a task', () => {
  it('has the jobs of a status, page by page', async () => {
    const w = taskWorld(wide);
    const taskId = await written(w, numbers(1200));
    await run(w, (value) => Number(value) >= 1100);
    const page = await listJobs(w.tasks, w.task(taskId), { status: 'failed', limit: 60 });
    expect([page.items.map(({ index }) => index), page.cursor]).toEqual([numbers(60).map((n) => n + 1100), '1160']);
    const rest = await listJobs(w.tasks, w.task(taskId), { status: 'failed', limit: 60, from: 1160 });
    expect([rest.items.length, rest.cursor]).toEqual([40, undefined]);
    expect((await listJobs(w.tasks, w.task(taskId), { status: 'canceled', limit: 60 })).items).toEqual([]);
  });
});
