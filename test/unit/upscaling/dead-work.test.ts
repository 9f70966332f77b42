import { describe, expect, it } from '@jest/globals';
import { takenUpMessage } from '../../../lambdas/upscaling/model.ts';
import { deleteTask, pauseTask, retryTask } from '../../../lambdas/upscaling/use-cases/control.ts';
import { recount } from '../../../lambdas/upscaling/use-cases/recount.ts';
import { cancelTask } from '../../../lambdas/upscaling/use-cases/stop.ts';
import { planWork, settleWork, workChunk } from '../../../lambdas/upscaling/use-cases/work.ts';
import { renew } from '../../../lambdas/upscaling/rules/work.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { numbers, taskWorld } from '../../support/task-world.ts';

type World = ReturnType<typeof taskWorld>;

/** Of the usual settings: two and a half chunks of 120 s. */
const leaseSeconds = 300;
const wide = { platform: { limits: { parallel: 20, burst: 20, readsPerMinute: 100_000 } } };

/** The stream tells, and the executions that were to follow are lost before they do anything. */
async function lost(w: World) {
  await w.stream();
  return w.started.splice(0);
}
/** Time passes, the sweep comes, and what it has started runs. */
async function sweptAndRun(w: World) {
  w.pass(leaseSeconds + 1);
  const swept = await w.sweep();
  await w.settle();
  return swept;
}
const taken = { found: 1, told: [takenUpMessage], counted: [] };
async function run(w: World, phase: 'successful' | 'failed') {
  await w.serve();
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  for (const job of w.remote.jobs) if (job.phase === 'running') w.remote.end(job.id, phase);
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  await w.count();
}

describe('work on a task whose execution dies', () => {
  it('before its first step is begun again when its time is over, and not before', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    expect(await lost(w)).toEqual([{ taskId, workNumber: 1 }]);
    w.pass(leaseSeconds - 1);
    expect(await w.sweep()).toMatchObject({ found: 0, told: [] });
    w.pass(2);
    expect(await w.sweep()).toEqual(taken);
    await w.stream();
    expect(w.started).toEqual([{ taskId, workNumber: 2 }]);
    expect(await w.sweep()).toMatchObject({ found: 0 }); // the next one has its time, too
    await w.settle();
    expect(w.task(taskId)).toMatchObject({ expanded: true, counts: { queued: 3 } });
    expect(w.task(taskId)).not.toHaveProperty('workUntil');
  });

  it('in the middle is done to its end, each job run once, and its late steps change nothing', async () => {
    const w = taskWorld(wide);
    const { taskId } = await w.sendTask('alice', numbers(1100));
    await lost(w);
    await planWork(w.tasks, taskId, 1);
    await workChunk(w.tasks, taskId, 1, 0); // and here it dies
    await w.serve();
    const before = w.job(`${taskId}-0`);
    expect(before.status).toBe('submitted');
    w.pass(leaseSeconds + 1);
    expect(await w.sweep()).toEqual(taken);
    await workChunk(w.tasks, taskId, 1, 1); // it lives after all
    expect(w.job(`${taskId}-500`)).toBeUndefined();
    await settleWork(w.tasks, taskId, 1);
    await settleWork(w.tasks, taskId, 1, 'a fault of its own');
    expect(w.task(taskId)).toMatchObject({ work: 'expand', workNumber: 2 });
    await w.settle();
    expect(w.task(taskId)).toMatchObject({ expanded: true });
    expect(w.task(taskId)).not.toHaveProperty('fault');
    expect(w.job(`${taskId}-0`)).toEqual(before);
    expect(w.remote.jobs.map(({ runs }) => runs)).toEqual(w.remote.jobs.map(() => 1));
    expect(w.job(`${taskId}-1099`).status).toBe('queued');
  });

  it('after its plan is written minutes later into a share that is open again', async () => {
    const w = taskWorld(wide);
    const { taskId } = await w.sendTask('alice', numbers(3));
    await lost(w);
    await planWork(w.tasks, taskId, 1);
    w.pass(130);
    await pollLane(w.deps, w.laneId); // nothing waits in the share: it is closed, and the lane may rest
    await workChunk(w.tasks, taskId, 1, 0);
    await settleWork(w.tasks, taskId, 1);
    await w.serve();
    expect(w.remote.jobs).toHaveLength(3);
  });

  it.each(['dismiss', 'retry', 'delete'] as const)('is taken up whatever it was (%s)', async (work) => {
    const w = taskWorld(wide);
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    if (work !== 'dismiss') await run(w, 'failed');
    if (work === 'dismiss') await cancelTask(w.tasks, w.task(taskId));
    if (work === 'retry') await retryTask(w.tasks, w.task(taskId));
    if (work === 'delete') await deleteTask(w.tasks, w.task(taskId));
    expect(await lost(w)).toHaveLength(1);
    expect(w.task(taskId)).toMatchObject({ work, workNumber: 2 });
    expect(await sweptAndRun(w)).toEqual(taken);
    if (work === 'dismiss') expect(w.task(taskId)).toMatchObject({ status: 'dismissed', counts: { dismissed: 3 } });
    if (work === 'delete') expect([w.task(taskId), w.job(`${taskId}-0`)]).toEqual([undefined, undefined]);
    if (work !== 'retry') return;
    await run(w, 'successful');
    expect(w.task(taskId)).toMatchObject({ status: 'successful', incarnation: 2 });
    expect(numbers(3).map((n) => w.job(`${taskId}-${n}`).incarnation)).toEqual([2, 2, 2]);
  });

  it('after its work and before the count is counted, so that the task ends', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    await cancelTask(w.tasks, w.task(taskId));
    await lost(w);
    await workChunk(w.tasks, taskId, 2, 0);
    await w.count(); // the notices of its jobs are through while the work is not
    const { chunks } = w.tasks.tasks;
    w.tasks.tasks.chunks = () => Promise.reject(new Error('died'));
    await expect(settleWork(w.tasks, taskId, 2)).rejects.toThrow('died');
    w.tasks.tasks.chunks = chunks;
    expect(w.task(taskId)).toMatchObject({ status: 'queued', cancelRequested: true });
    expect(w.task(taskId)).not.toHaveProperty('work');
    w.pass(leaseSeconds + 1);
    expect(await w.sweep()).toEqual({ found: 1, told: [], counted: [taskId] });
    expect(w.task(taskId).status).toBe('dismissed');
    expect(await w.sweep()).toMatchObject({ found: 0 });
  });

  it('of a task that was paused meanwhile goes on, and lets nothing go', async () => {
    const w = taskWorld(wide);
    const { taskId } = await w.sendTask('alice', numbers(3));
    await w.settle();
    await run(w, 'failed');
    await retryTask(w.tasks, w.task(taskId));
    await lost(w);
    await pauseTask(w.tasks, w.task(taskId));
    await sweptAndRun(w);
    const before = w.remote.jobs.length;
    expect(w.job(`${taskId}-0`)).toMatchObject({ status: 'queued', incarnation: 2 });
    await w.serve();
    expect(w.remote.jobs).toHaveLength(before);
  });
});

describe('work on a task whose execution lives', () => {
  it('is left to it, however long it takes: each chunk that begins makes the time longer', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(1600));
    await lost(w);
    for (const chunk of [0, 1, 2, 3]) {
      w.pass(200);
      await workChunk(w.tasks, taskId, 1, chunk);
      // Its function may be cut off after 120 s: by then nobody else has begun.
      expect(Date.parse(w.task(taskId).workUntil!) - w.time.now).toBeGreaterThanOrEqual(180_000);
      w.pass(100);
      expect(await w.sweep()).toMatchObject({ found: 0 });
    }
    await settleWork(w.tasks, taskId, 1);
    expect(w.task(taskId)).toMatchObject({ expanded: true, workNumber: 1 });
  });

  it('is left to it for the longer time that a later chunk was given, when what an earlier one sent comes after that', async () => {
    const w = taskWorld(wide);
    const { taskId } = await w.sendTask('alice', numbers(1100));
    await lost(w);
    await planWork(w.tasks, taskId, 1);
    w.pass(200);
    const early = renew(w.task(taskId), w.time.now, w.tasks.settings);
    w.pass(20);
    await workChunk(w.tasks, taskId, 1, 1);
    const { workUntil } = w.task(taskId);
    expect((await w.tasks.tasks.update(taskId, early)).ok).toBe(false);
    expect(w.task(taskId)).toMatchObject({ workUntil });
    w.pass(200);
    const update = w.tasks.tasks.update.bind(w.tasks.tasks);
    w.tasks.tasks.update = async (id, write) => {
      w.tasks.tasks.update = update;
      await workChunk(w.tasks, taskId, 1, 2); // renews in between
      return update(id, write);
    };
    await workChunk(w.tasks, taskId, 1, 0);
    expect(await w.tasks.core.jobs(taskId, 0)).toHaveLength(500);
  });

  it('is left to it when it goes on at the very moment that the sweep looks', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await lost(w);
    w.pass(leaseSeconds + 1);
    const { get } = w.tasks.tasks;
    w.tasks.tasks.get = async (id) => {
      const seen = await get(id);
      w.tasks.tasks.get = get;
      await workChunk(w.tasks, taskId, 1, 0);
      return seen;
    };
    expect(await w.sweep()).toMatchObject({ found: 0, told: [] });
    await settleWork(w.tasks, taskId, 1);
    expect(w.task(taskId)).toMatchObject({ expanded: true, workNumber: 1 });
  });

  it('and is done when the sweep looks is not done again', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await lost(w);
    await workChunk(w.tasks, taskId, 1, 0);
    w.pass(leaseSeconds + 1);
    const { get, chunks } = w.tasks.tasks;
    w.tasks.tasks.get = async (id) => {
      const seen = await get(id);
      [w.tasks.tasks.get, w.tasks.tasks.chunks] = [get, () => Promise.reject(new Error('died'))];
      await expect(settleWork(w.tasks, taskId, 1)).rejects.toThrow('died');
      w.tasks.tasks.chunks = chunks;
      return seen;
    };
    expect(await w.sweep()).toMatchObject({ found: 0, told: [] });
    expect(w.task(taskId)).not.toHaveProperty('work');
    expect(await w.sweep()).toMatchObject({ counted: [taskId] });
  });

  it('and begins a chunk while its work is taken up does nothing of it', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(3));
    await lost(w);
    w.pass(leaseSeconds + 1);
    const { get } = w.tasks.tasks;
    w.tasks.tasks.get = async (id) => {
      const seen = await get(id);
      w.tasks.tasks.get = get;
      expect(await w.sweep()).toEqual(taken);
      return seen;
    };
    await workChunk(w.tasks, taskId, 1, 0);
    expect(w.job(`${taskId}-0`)).toBeUndefined();
    expect(w.task(taskId)).toMatchObject({ work: 'expand', workNumber: 2 });
  });
});

describe('the sweep', () => {
  it('comes to every task although one of them breaks it', async () => {
    const w = taskWorld();
    const [one, other] = [await w.sendTask('alice', [1]), await w.sendTask('bob', [1])];
    await lost(w);
    w.pass(leaseSeconds + 1);
    const { get } = w.tasks.tasks;
    w.tasks.tasks.get = async (id) => (id === one.taskId ? Promise.reject(new Error('no table')) : get(id));
    expect(await w.sweep()).toMatchObject({ found: 1, told: ['a task could not be swept', takenUpMessage] });
    expect(w.task(other.taskId)).toMatchObject({ work: 'expand', workNumber: 2 });
  });

  it('finds nothing of tasks at rest, also after a recount that came late', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(2));
    await w.settle();
    await recount(w.tasks, taskId, [{ chunks: [0], at: new Date(w.time.now).toISOString() }]);
    w.pass(10 * leaseSeconds);
    expect(await w.sweep()).toEqual({ found: 0, told: [], counted: [] });
  });
});
