import { requestRecords } from '../dispatch/api-tasks.ts';
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { dynamoTasks } from './dynamo.ts';
import { isTaskKey } from './keys.ts';
import { summary, type Chunk, type Task, type TaskSummary } from './model.ts';

const tasks = () => dynamoTasks(dynamo(), env('TASKS_TABLE'), requestRecords);

/** What upscaling offers to other areas' entry points: an owner's newest tasks. */
export async function newestTasks(owner: string, limit: number): Promise<TaskSummary[]> {
  const { items } = await tasks().listOwned(owner, limit);
  return items.map(summary);
}

/** A task as it is now; undefined for one that is being deleted. Consistent. */
export async function readTask(taskId: string): Promise<Task | undefined> {
  const task = await tasks().get(taskId);
  return task?.deleted ? undefined : task;
}

/** The counted chunks of a task. Consistent. */
export const readChunks = (taskId: string): Promise<Chunk[]> => tasks().chunks(taskId);

export { isTaskKey };
