import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { log } from './log.ts';

/** Keeps what could not be done where people look after it. */
export type Park = (what: unknown, reason: string) => Promise<void>;

/** Parks in a queue, and says so in the log. */
export const parking =
  (client: () => SQSClient, url: string): Park =>
  async (record, reason) => {
    log.error('parked', { reason });
    await client().send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ reason, record }) }));
  };
