import type { Task } from './model.ts';

/** Every key of the table of tasks. */
export const taskKey = (taskId: string) => ({ pk: taskId, sk: 'task' });
export const createdKey = ({ created, taskId }: Pick<Task, 'created' | 'taskId'>): string => `${created}#${taskId}`;
export const chunkKey = (taskId: string, chunk: number) => ({ pk: taskId, sk: `chunk#${String(chunk).padStart(3, '0')}` });
export const mosaicKey = (taskId: string) => ({ pk: taskId, sk: 'mosaic' });
