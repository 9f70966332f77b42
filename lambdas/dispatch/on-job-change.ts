import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { DynamoDBStreamEvent } from 'aws-lambda';
import { dynamo, eventBridge, sqs, stepFunctions } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { publisher } from '../shared/events/put-events.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { log } from '../shared/log.ts';
import { parking } from '../shared/parking.ts';
import { changesIn } from '../shared/table/stream.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoHistory } from './dynamo-history.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { isJobKey } from './keys.ts';
import { Job } from './model.ts';
import { gathered, recountSeconds } from './recount-notices.ts';
import type { Change } from './rules/changes.ts';
import { eventsOf } from './rules/events.ts';
import { followChanges, type ChangeDeps } from './use-cases/follow-changes.ts';
import { wakers } from './wakers.ts';

const park = parking(sqs, env('PARKED_QUEUE_URL'));

const deps: ChangeDeps = {
  lanes: dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock),
  wakers: wakers(stepFunctions, sqs, uuids, { machine: env('SUBMIT_MACHINE'), laterQueue: env('LATER_QUEUE_URL') }),
  clock: systemClock,
  history: dynamoHistory(dynamo(), env('HISTORY_TABLE')),
  publish: publisher(eventBridge, env('EVENT_BUS'), ({ before, after }: Change) => eventsOf(before, after)),
  recount: gathered(systemClock, async (notice) => {
    const message = { QueueUrl: env('RECOUNTS_QUEUE_URL'), MessageBody: JSON.stringify(notice), DelaySeconds: recountSeconds };
    await sqs().send(new SendMessageCommand(message));
  }),
  park,
};

/** The stream of the jobs table. Never throws for one record: what cannot be read is parked. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = await changesIn(Records, isJobKey, (item) => Job.parse(item), park);
  await followChanges(deps, changes);
  log.info('job changes', { count: changes.length });
}
