import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import type { Task } from '../../../lambdas/upscaling/model.ts';
import { taskEventsOf, type TaskChange } from '../../../lambdas/upscaling/rules/events.ts';
import { deleteTask, pauseTask, resumeTask, retryTask } from '../../../lambdas/upscaling/use-cases/control.ts';
import { followTasks } from '../../../lambdas/upscaling/use-cases/follow-task.ts';
import { recountTask } from '../../../lambdas/upscaling/use-cases/recount.ts';
import { aTask, numbers, taskWorld } from '../../support/task-world.ts';

const wide = { platform: { limits: { parallel: 20, burst: 20, readsPerMinute: 100_000 } } };

/** A task of three whose second job fails, run to its end. */
async function ended() {
  const w = taskWorld(wide);
  const { taskId } = await w.sendTask('alice', numbers(3));
  await w.settle();
  await w.serve();
  await w.count();
  await w.settle();
  const finish = async (failing: (value: unknown) => boolean) => {
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    for (const job of w.remote.jobs)
      if (job.phase === 'running') w.remote.end(job.id, failing(job.inputs['text']) ? 'failed' : 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await w.count();
    await w.settle();
  };
  await finish((value) => value === 1);
  return { w, taskId, finish };
}

describe('the events of a task', () => {
  it('tell its way to the end, numbered by its versions; the end is the last and comes once', async () => {
    const { w, taskId } = await ended();
    expect(w.events.map(({ type, data }) => [type, data.status])).toEqual([
      ['task.changed', 'created'],
      ['task.changed', 'queued'],
      ['task.changed', 'running'],
      ['task.finished', 'partial'],
    ]);
    const { version, finished } = w.task(taskId);
    expect(w.events.at(-1)).toEqual({
      id: `${taskId}.${version}`,
      type: 'task.finished',
      source: 'swath.upscaling',
      subject: taskId,
      time: finished,
      owner: 'alice',
      seq: version,
      data: expect.objectContaining({ taskId, total: 3, finished, counts: expect.objectContaining({ successful: 2, failed: 1 }) }),
    });
    expect(JSON.stringify(w.events)).not.toMatch(/offsets|laneId|workNumber|deadline/);
  });

  it('come again for a task whose failed jobs are run again: one end for each incarnation', async () => {
    const { w, taskId, finish } = await ended();
    await retryTask(w.tasks, w.task(taskId));
    await w.settle();
    await w.serve();
    await finish(() => false);
    const ends = w.events.filter(({ type }) => type === 'task.finished');
    expect(ends.map(({ data }) => [data.incarnation, data.status])).toEqual([
      [1, 'partial'],
      [2, 'successful'],
    ]);
  });

  it('tell of a pause and of its end, but not of a recount that finds what was there', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(2));
    await w.settle();
    const before = w.events.length;
    await recountTask(w.tasks, taskId);
    await w.settle();
    expect(w.events.slice(before)).toEqual([]);
    await pauseTask(w.tasks, w.task(taskId));
    await resumeTask(w.tasks, w.task(taskId));
    await w.settle();
    expect(w.events.slice(before).map(({ data }) => data.paused)).toEqual(['owner', undefined]);
  });

  it('say nothing of a task that is being deleted', async () => {
    const { w, taskId } = await ended();
    const before = w.events.length;
    await deleteTask(w.tasks, w.task(taskId));
    await w.settle();
    expect(w.events.slice(before)).toEqual([]);
    expect(taskEventsOf({ before: w.finals[0], after: undefined })).toEqual([]);
  });
});

describe('a change of a task', () => {
  const task = async (): Promise<Task> => {
    const w = taskWorld();
    return w.sendTask('alice', aTask([1]).dimension.values!);
  };
  const follow = async (changes: TaskChange[], broken: { start?: boolean; refused?: string; share?: boolean } = {}) => {
    const [started, parked, shares]: [string[], string[], string[]] = [[], [], []];
    await followTasks(
      {
        core: {
          closeShare: async ({ taskId }, closed, version) => {
            if (broken.share) throw new Error('throttled');
            shares.push(`${taskId} v${version} ${closed ?? 'open'}`);
          },
          want: async ({ laneId }) => void shares.push(`${laneId} is due`),
        },
        starter: {
          start: async (taskId) => {
            if (broken.start && taskId === changes[0]!.after!.taskId) throw new Error('no');
            started.push(taskId);
          },
        },
        publish: async (all) => all.filter(({ after }) => after?.taskId === broken.refused),
        park: async ({ after }, reason) => void parked.push(`${after!.taskId} ${reason}`),
      },
      changes,
    );
    return { started, parked, shares };
  };

  it('whose work cannot be started, or whose event the bus refuses, is parked, and the others go on', async () => {
    const [one, two] = [await task(), { ...(await task()), taskId: 'two' }];
    const changes = [one, two].map((after) => ({ before: undefined, after }));
    expect(await follow(changes, { start: true })).toMatchObject({ started: ['two'], parked: [`${one.taskId} work: Error: no`] });
    expect(await follow(changes, { refused: 'two' })).toMatchObject({
      started: [one.taskId, 'two'],
      parked: ['two events: refused by the bus'],
    });
  });

  it('that pauses or cancels it, lets it go on or ends it, closes or opens its share, also where whoever made it died before', async () => {
    const open = { ...(await task()), taskId: 'one', work: undefined };
    const paused: Task = { ...open, paused: 'owner', version: 2 };
    const resumed: Task = { ...open, version: 3 };
    const cancelled: Task = { ...open, cancelRequested: true, version: 4 };
    const ended: Task = { ...cancelled, status: 'dismissed', version: 5 };
    const changes = [open, { ...open, canaryPassed: true }, paused, resumed, cancelled, ended].map((after, n, all) => ({
      before: all[n - 1],
      after,
    }));
    // Jobs that wait again wait in a lane that is looked at.
    const told = ['one v2 paused', 'one v3 open', `${open.laneId} is due`, 'one v4 cancelled', 'one v5 open'];
    expect(await follow(changes)).toMatchObject({ shares: told, parked: [] });
    expect((await follow(changes, { share: true })).parked).toEqual(Array(4).fill('one share: Error: throttled'));
  });
});
