import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { dynamo, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import type { LaterMessage } from './wakers.ts';

/** Lanes that one poller takes. */
const lanesAMessage = 25;
/** SQS takes ten messages a call. */
const messagesACall = 10;

const lanes = dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock);

/** Every minute: due lanes go to pollers in batches, which also sweep them. Nothing due costs one query. */
export async function handler(): Promise<{ due: number }> {
  const due = await lanes.due();
  const messages: LaterMessage[] = [];
  for (let at = 0; at < due.length; at += lanesAMessage)
    messages.push({ kind: 'poll', tick: true, laneIds: due.slice(at, at + lanesAMessage) });
  for (let at = 0; at < messages.length; at += messagesACall) {
    const batch = messages.slice(at, at + messagesACall);
    await sqs().send(
      new SendMessageBatchCommand({
        QueueUrl: env('LATER_QUEUE_URL'),
        Entries: batch.map((message, index) => ({ Id: String(index), MessageBody: JSON.stringify(message) })),
      }),
    );
  }
  log.info('tick', { due: due.length });
  return { due: due.length };
}
