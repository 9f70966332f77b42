import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { dynamo, eventBridge, sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { publisher } from '../shared/events/put-events.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoHistory } from './dynamo-history.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { Job } from './model.ts';
import type { Change } from './rules/changes.ts';
import { eventsOf } from './rules/events.ts';
import { followChanges, type ChangeDeps } from './use-cases/follow-changes.ts';
import { wakers } from './wakers.ts';

/** Changes of so many seconds are counted together. */
const recountSeconds = 2;

const park = async (record: unknown, reason: string) => {
  log.error('parked', { reason });
  await sqs().send(new SendMessageCommand({ QueueUrl: env('PARKED_QUEUE_URL'), MessageBody: JSON.stringify({ reason, record }) }));
};

const deps: ChangeDeps = {
  lanes: dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock),
  wakers: wakers(stepFunctions, sqs, uuids, { machine: env('SUBMIT_MACHINE'), laterQueue: env('LATER_QUEUE_URL') }),
  clock: systemClock,
  history: dynamoHistory(dynamo(), env('HISTORY_TABLE')),
  publish: publisher(eventBridge, env('EVENT_BUS'), ({ before, after }: Change) => eventsOf(before, after)),
  async recount(notice) {
    const message = { QueueUrl: env('RECOUNTS_QUEUE_URL'), MessageBody: JSON.stringify(notice), DelaySeconds: recountSeconds };
    await sqs().send(new SendMessageCommand(message));
  },
  park,
};

const image = (item: DynamoDBRecord['dynamodb']): { before?: unknown; after?: unknown } => ({
  ...(item?.OldImage ? { before: unmarshall(item.OldImage as Record<string, AttributeValue>) } : {}),
  ...(item?.NewImage ? { after: unmarshall(item.NewImage as Record<string, AttributeValue>) } : {}),
});

/** The stream of the jobs table. Never throws for one record: what cannot be read is parked. */
export async function handler(event: DynamoDBStreamEvent): Promise<void> {
  const changes: Change[] = [];
  for (const { dynamodb } of event.Records) {
    if (!/^job(#|$)/.test(dynamodb?.Keys?.['sk']?.S ?? '')) continue;
    const { before, after } = image(dynamodb);
    const read = {
      before: before === undefined ? undefined : Job.safeParse(before),
      after: after === undefined ? undefined : Job.safeParse(after),
    };
    if (read.before?.success === false || read.after?.success === false) await park(dynamodb, 'not a job');
    else changes.push({ before: read.before?.data, after: read.after?.data });
  }
  await followChanges(deps, changes);
  log.info('job changes', { count: changes.length });
}
