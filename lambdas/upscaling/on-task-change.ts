import type { DynamoDBStreamEvent } from 'aws-lambda';
import { taskShares } from '../dispatch/api-tasks.ts';
import { eventBridge, sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { publisher } from '../shared/events/put-events.ts';
import { log } from '../shared/log.ts';
import { parking } from '../shared/parking.ts';
import { changesIn } from '../shared/table/stream.ts';
import { isTaskKey } from './keys.ts';
import { Task } from './model.ts';
import { taskEventsOf } from './rules/events.ts';
import { starter } from './starter.ts';
import { followTasks } from './use-cases/follow-task.ts';

const park = parking(sqs, env('PARKED_QUEUE_URL'));
const deps = {
  core: taskShares(),
  starter: starter(stepFunctions, env('UPSCALE_MACHINE')),
  publish: publisher(eventBridge, env('EVENT_BUS'), taskEventsOf),
  park,
};

/** The stream of the tasks table. Never throws for one record: what cannot be followed is parked. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = await changesIn(Records, isTaskKey, (item) => Task.parse(item), park);
  await followTasks(deps, changes);
  log.info('task changes', { count: changes.length });
}
