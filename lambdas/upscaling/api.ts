import { requestRecords } from '../dispatch/api-tasks.ts';
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { dynamoTasks } from './dynamo.ts';
import { summary, type TaskSummary } from './model.ts';

/** What upscaling offers to other areas' entry points: an owner's newest tasks. */
export async function newestTasks(owner: string, limit: number): Promise<TaskSummary[]> {
  const { items } = await dynamoTasks(dynamo(), env('TASKS_TABLE'), requestRecords).listOwned(owner, limit);
  return items.map(summary);
}
