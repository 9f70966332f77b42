import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import type { FrameQueue } from './ports.ts';

const FrameMessage = z.object({ subject: z.string() });

/** The subject that a message of the frames queue is about. */
export const subjectIn = (body: string): string => FrameMessage.parse(JSON.parse(body)).subject;

/** One second: what changes meanwhile goes into the same frame. */
export const frameQueue = (client: SQSClient, url: string): FrameQueue => ({
  async send(subject) {
    await client.send(new SendMessageCommand({ QueueUrl: url, DelaySeconds: 1, MessageBody: JSON.stringify({ subject }) }));
  },
});

/** Keeps what could not be done where people look after it. */
export const parking = (client: SQSClient, url: string) => async (record: unknown, reason: string) => {
  await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify({ reason, record }) }));
};
