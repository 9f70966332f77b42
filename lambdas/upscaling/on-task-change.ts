import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { eventBridge, sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { publisher } from '../shared/events/put-events.ts';
import { log } from '../shared/log.ts';
import { Task } from './model.ts';
import { taskEventsOf, type TaskChange } from './rules/events.ts';
import { starter } from './starter.ts';
import { followTasks } from './use-cases/follow-task.ts';

const park = async (record: unknown, reason: string) => {
  log.error('parked', { reason });
  await sqs().send(new SendMessageCommand({ QueueUrl: env('PARKED_QUEUE_URL'), MessageBody: JSON.stringify({ reason, record }) }));
};
const deps = {
  starter: starter(stepFunctions, env('UPSCALE_MACHINE')),
  publish: publisher(eventBridge, env('EVENT_BUS'), taskEventsOf),
  park,
};

const read = (image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Task | undefined =>
  image && Task.parse(unmarshall(image as Record<string, AttributeValue>));

/** The stream of the tasks table. Never throws for one record: what cannot be followed is parked. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes: TaskChange[] = [];
  for (const { dynamodb } of Records) {
    if (dynamodb?.Keys?.['sk']?.S !== 'task') continue;
    try {
      changes.push({ before: read(dynamodb.OldImage), after: read(dynamodb.NewImage) });
    } catch (error) {
      await park(dynamodb, `task: ${String(error)}`);
    }
  }
  await followTasks(deps, changes);
  log.info('task changes', { count: changes.length });
}
