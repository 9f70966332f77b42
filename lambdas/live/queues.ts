import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { Recheck } from './model.ts';
import type { FrameQueue } from './ports.ts';

/** A frame to make, or a full status to read again. */
const FrameMessage = z.union([z.object({ subject: z.string() }), z.object({ recheck: Recheck })]);

/** What a message of the frames queue asks for. */
export const asked = (body: string): z.infer<typeof FrameMessage> => FrameMessage.parse(JSON.parse(body));

/** One second for a frame: what changes meanwhile goes into the same one. */
export const frameQueue = (client: SQSClient, url: string): FrameQueue => {
  const send = async (message: z.infer<typeof FrameMessage>, DelaySeconds: number) => {
    await client.send(new SendMessageCommand({ QueueUrl: url, DelaySeconds, MessageBody: JSON.stringify(message) }));
  };
  return { send: (subject) => send({ subject }, 1), recheck: (recheck, seconds) => send({ recheck }, seconds) };
};
