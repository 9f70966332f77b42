import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoTasks } from '../../lambdas/upscaling/dynamo.ts';
import type { TaskStore } from '../../lambdas/upscaling/ports.ts';
import type { Mosaic } from '../../lambdas/upscaling/results/model.ts';
import { aws, local } from '../support/local.ts';
import { memoryTasks } from '../support/memory-tasks.ts';

const noRequests = { read: async () => undefined, put: () => ({}) };
const stores: [string, () => TaskStore][] = [
  ['memory', () => memoryTasks(() => undefined).store],
  ['DynamoDB', () => dynamoTasks(aws.dynamo(), local().outputs['TasksTable']!, noRequests)],
];

describe.each(stores)('what is kept of a mosaic in %s', (_, open) => {
  const store = open();
  const making = (number = 1): Mosaic => ({
    ...{ taskId: `task-${randomUUID()}`, number, state: 'making', revision: 3 },
    ...{ until: '2026-01-01T00:05:00.000Z', asOf: '2026-01-01T00:00:00.000Z' },
  });

  it('is there for one of those who begin at once', async () => {
    const first = making();
    expect(await store.mosaic(first.taskId)).toBeUndefined();
    const begun = await Promise.all([store.putMosaic(first, undefined), store.putMosaic({ ...first, revision: 4 }, undefined)]);
    expect(begun.toSorted()).toEqual([false, true]);
    expect((await store.mosaic(first.taskId))?.state).toBe('making');
  });

  it('is replaced by who has seen it as it is, and by nobody else', async () => {
    const first = making();
    await store.putMosaic(first, undefined);
    const made: Mosaic = {
      ...{ ...first, state: 'made', complete: true },
      contents: { bbox: [1, 2, 3, 4], width: 5, height: 6, pictures: 7, skipped: 0, left: 0 },
    };
    expect(await store.putMosaic(made, first)).toBe(true);
    expect(await store.putMosaic({ ...first, state: 'failed' }, first)).toBe(false);
    expect(await store.putMosaic({ ...first, number: 2 }, made)).toBe(true);
    expect(await store.putMosaic(made, first)).toBe(false);
    expect(await store.mosaic(first.taskId)).toEqual({ ...first, number: 2 });
  });

  it('goes with its task, and does not come back', async () => {
    const first = making();
    await store.putMosaic(first, undefined);
    await store.delete(first.taskId);
    expect(await store.mosaic(first.taskId)).toBeUndefined();
    expect(await store.putMosaic({ ...first, state: 'made' }, first)).toBe(false);
  });
});
