import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { Task } from './model.ts';
import { starter } from './starter.ts';
import { followTask } from './use-cases/follow-task.ts';

const deps = { starter: starter(stepFunctions, env('UPSCALE_MACHINE')) };

const read = (image: NonNullable<DynamoDBRecord['dynamodb']>['NewImage']): Task | undefined =>
  image && Task.parse(unmarshall(image as Record<string, AttributeValue>));

/** The stream of the tasks table. Never throws for one record: what cannot be followed is parked. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  for (const { dynamodb } of Records) {
    if (dynamodb?.Keys?.['sk']?.S !== 'task') continue;
    try {
      await followTask(deps, read(dynamodb.OldImage), read(dynamodb.NewImage));
    } catch (error) {
      log.error('parked', { error });
      const record = JSON.stringify({ reason: `task: ${String(error)}`, record: dynamodb });
      await sqs().send(new SendMessageCommand({ QueueUrl: env('PARKED_QUEUE_URL'), MessageBody: record }));
    }
  }
  log.info('task changes', { count: Records.length });
}
