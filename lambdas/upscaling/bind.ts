import { setTimeout as wait } from 'node:timers/promises';
import { requestRecords, taskJobs } from '../dispatch/api-tasks.ts';
import { Settings } from '../dispatch/model.ts';
import { dynamo, lambda, s3, stepFunctions } from '../shared/aws.ts';
import { env, jsonEnv } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoTasks } from './dynamo.ts';
import { lambdaMaker } from './mosaic-maker.ts';
import { s3Mosaics, s3Values } from './s3.ts';
import { starter } from './starter.ts';
import type { Deps } from './use-cases/deps.ts';
import type { ReadDeps } from './use-cases/read-mosaic.ts';

/** Tasks bound to this environment. `callSeconds` bounds a platform's answer where somebody waits for ours. */
export const bind = (callSeconds?: number): Deps => ({
  tasks: dynamoTasks(dynamo(), env('TASKS_TABLE'), requestRecords),
  values: s3Values(s3, env('BUCKET')),
  core: taskJobs(callSeconds),
  starter: starter(stepFunctions, process.env['UPSCALE_MACHINE'] ?? ''),
  clock: systemClock,
  settings: jsonEnv('SETTINGS', Settings),
  ids: uuids,
});

/** Mosaics as those who ask for them need them. */
export const bindMosaics = ({ tasks, clock }: Pick<Deps, 'tasks' | 'clock'>): ReadDeps => ({
  tasks,
  clock,
  files: s3Mosaics(s3, env('BUCKET')),
  maker: lambdaMaker(lambda, env('MOSAIC_FUNCTION')),
  pause: { seconds: (seconds) => wait(seconds * 1000) },
});
