import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { requestRecords } from '../dispatch/api-tasks.ts';
import { Settings } from '../dispatch/model.ts';
import { dynamo, sqs } from '../shared/aws.ts';
import { env, jsonEnv } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoTasks } from './dynamo.ts';
import { sweepTasks, type SweepDeps } from './use-cases/sweep.ts';

const deps: SweepDeps = {
  tasks: dynamoTasks(dynamo(), env('TASKS_TABLE'), requestRecords),
  clock: systemClock,
  settings: jsonEnv('SETTINGS', Settings),
  async recount(notice) {
    await sqs().send(new SendMessageCommand({ QueueUrl: env('RECOUNTS_QUEUE_URL'), MessageBody: JSON.stringify(notice) }));
  },
  report: log.error,
};

/** Every minute: work on tasks that stands still is taken up again. Nothing to do costs one query. */
export async function handler(): Promise<{ found: number }> {
  const found = await sweepTasks(deps);
  log.info('sweep', { found });
  return { found };
}
