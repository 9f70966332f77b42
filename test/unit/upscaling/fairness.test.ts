import { describe, expect, it } from '@jest/globals';
import { queuePosition } from '../../../lambdas/dispatch/use-cases/create-job.ts';
import { numbers, taskWorld } from '../../support/task-world.ts';

/** A lane that lets one job go at a time. */
const slow = () => taskWorld({ platform: { limits: { running: 1, parallel: 1, burst: 20, readsPerMinute: 600 } } });
/** The platform ends what runs, and the next may go. */
async function next(w: ReturnType<typeof taskWorld>) {
  const lane = w.lane();
  for (const slot of lane.slots ?? []) await w.deps.lanes.update(w.laneId, { when: [], exclude: { slots: [slot] } });
  await w.serve(`run-${w.remote.jobs.length}`);
  return w.remote.jobs.at(-1)!.tag.replace(/^.*\/(.*)\.1\]$/, '$1');
}

describe('the jobs of a task', () => {
  it('let a single job of the same user go before them, and one of another user take turns', async () => {
    const w = slow();
    const { taskId } = await w.sendTask('alice', numbers(1000));
    await w.settle();
    expect(await next(w)).toBe(`${taskId}-0`);
    const single = await w.send('alice');
    const other = await w.send('bob');
    const order = [await next(w), await next(w), await next(w), await next(w)];
    expect(order.toSorted().slice(0, 2)).toEqual([single.jobId, other.jobId].toSorted());
    expect(order.slice(2)).toEqual([`${taskId}-1`, `${taskId}-2`]);
  });

  it('take turns with those of the other tasks of a user, also of one that comes later', async () => {
    const w = slow();
    const first = await w.sendTask('alice', numbers(100));
    await w.settle();
    for (let n = 0; n < 5; n += 1) await next(w);
    const second = await w.sendTask('alice', numbers(100));
    await w.settle();
    const order = [await next(w), await next(w), await next(w), await next(w)];
    expect(order.filter((id) => id.startsWith(first.taskId))).toHaveLength(2);
    expect(order.filter((id) => id.startsWith(second.taskId))).toHaveLength(2);
  });

  it('do not count as more than one user', async () => {
    const w = slow();
    const tasks = [await w.sendTask('alice', numbers(10)), await w.sendTask('alice', numbers(10)), await w.sendTask('bob', numbers(10))];
    await w.settle();
    const order: string[] = [];
    while (order.length < 8) order.push(await next(w));
    expect(order.filter((id) => id.startsWith(tasks[2]!.taskId))).toHaveLength(4);
  });

  it('are told their place', async () => {
    const w = slow();
    const { taskId } = await w.sendTask('alice', numbers(20));
    await w.settle();
    expect(await queuePosition(w.deps, w.job(`${taskId}-7`))).toMatchObject({ position: 8 });
    const single = await w.send('alice');
    expect(await queuePosition(w.deps, single)).toMatchObject({ position: 1 });
    expect(await queuePosition(w.deps, w.job(`${taskId}-7`))).toMatchObject({ position: 9 });
  });
});
