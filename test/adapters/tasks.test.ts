import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoTasks } from '../../lambdas/upscaling/dynamo.ts';
import type { Task } from '../../lambdas/upscaling/model.ts';
import type { TaskStore } from '../../lambdas/upscaling/ports.ts';
import { begun, renew, takeUp } from '../../lambdas/upscaling/rules/work.ts';
import { aws } from '../support/local.ts';
import { memoryTasks } from '../support/memory-tasks.ts';
import { copyOf } from '../support/table-copy.ts';
import { until } from '../support/until.ts';

const copy = copyOf('TasksTable');
const noRequests = { read: async () => undefined, put: () => ({}) };
const stores: [string, () => TaskStore][] = [
  ['memory', () => memoryTasks(() => undefined).store],
  ['DynamoDB', () => dynamoTasks(aws.dynamo(), copy, noRequests)],
];

const times = { chunkSeconds: 120 };
const start = Date.parse('2026-01-01T00:00:00.000Z');
const soon = new Date(start + 300_001).toISOString();

describe.each(stores)('tasks with work in %s', (_, open) => {
  const store = open();
  const aTask = async (): Promise<Task> => {
    const taskId = `task-${randomUUID()}`;
    const task: Task = {
      ...{ taskId, owner: 'alice', title: 'A task', label: 'openeo', platformId: 'plat', laneId: 'plat~service', process: 'echo' },
      ...{ deadline: soon, status: 'successful', incarnation: 1, version: 1, dimension: 'text', total: 1, offsets: [0, 4] },
      ...begun('delete', 1, start, times),
      ...{ created: new Date(start).toISOString(), updated: new Date(start).toISOString() },
    };
    await store.create(task);
    return task;
  };
  const overdue = async ({ taskId }: Task): Promise<boolean> => (await store.unattended(soon, 100)).includes(taskId);
  const shows = (task: Task, is: boolean) => until(`overdue: ${is}`, async () => ((await overdue(task)) === is ? true : undefined));

  it('are found when their time is over, the earliest first, and not before', async () => {
    const task = await aTask();
    await shows(task, true);
    expect(await store.unattended(task.workUntil!, 100)).not.toContain(task.taskId);
    const other = await aTask();
    await shows(other, true);
    expect(await store.unattended(soon, 1)).toHaveLength(1);
    await store.delete(task.taskId);
    await store.delete(other.taskId);
    await shows(task, false);
  });

  it('are not found once they go on, are taken up, or are counted', async () => {
    const task = await aTask();
    await shows(task, true);
    const renewed = await store.update(task.taskId, renew(task, start + 1000, times));
    expect(renewed).toMatchObject({ ok: true, item: { workUntil: new Date(start + 301_000).toISOString(), workNumber: 1 } });
    await shows(task, false);
    expect((await store.update(task.taskId, takeUp(task, start, times))).ok).toBe(false);
    const taken = await store.update(task.taskId, takeUp(renewed.item!, start + 302_000, times));
    expect(taken).toMatchObject({ ok: true, item: { work: 'delete', workNumber: 2 } });
    expect((await store.update(task.taskId, renew(task, start + 400_000, times))).ok).toBe(false);
    const counted = await store.update(task.taskId, { when: [], remove: ['work', 'workUntil'] });
    expect(counted.item).not.toHaveProperty('workUntil');
    expect((await store.update(task.taskId, takeUp(taken.item!, start, times))).ok).toBe(false);
    expect(await store.unattended('2027-01-01T00:00:00.000Z', 100)).not.toContain(task.taskId);
    await store.delete(task.taskId);
  });
});
