import type { Task } from './model.ts';

/** Every key of the table of tasks. */
export const taskKey = (taskId: string) => ({ pk: taskId, sk: 'task' });
/** Whether a sort key of the tasks table is that of a task. */
export const isTaskKey = (sk: string): boolean => sk === 'task';
export const createdKey = ({ created, taskId }: Pick<Task, 'created' | 'taskId'>): string => `${created}#${taskId}`;
export const chunkKey = (taskId: string, chunk: number) => ({ pk: taskId, sk: `chunk#${String(chunk).padStart(3, '0')}` });
/** Tasks with `workUntil` have this in `workKey`, which is the partition of their index. */
export const working = 'working';
export const mosaicKey = (taskId: string) => ({ pk: taskId, sk: 'mosaic' });
