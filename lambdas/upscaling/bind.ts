import { requestRecords, taskJobs } from '../dispatch/api-tasks.ts';
import { dynamo, s3, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoTasks } from './dynamo.ts';
import { s3Values } from './s3.ts';
import { starter } from './starter.ts';
import type { Deps } from './use-cases/deps.ts';

/** Tasks bound to this environment. `callSeconds` bounds a platform's answer where somebody waits for ours. */
export const bind = (callSeconds?: number): Deps => ({
  tasks: dynamoTasks(dynamo(), env('TASKS_TABLE'), requestRecords),
  values: s3Values(s3, env('BUCKET')),
  core: taskJobs(callSeconds),
  starter: starter(stepFunctions, process.env['UPSCALE_MACHINE'] ?? ''),
  clock: systemClock,
  ids: uuids,
});
