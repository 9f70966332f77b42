import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import type { Wakers } from './ports.ts';

/** What the function of synchronous calls is invoked with. */
export const SyncCall = z.strictObject({ jobId: z.string(), epoch: z.number().int() });

/** Has synchronous calls made by asynchronous invocations of their function. */
export const syncCalls =
  (lambda: () => LambdaClient, functionName: string): Wakers['callSync'] =>
  async (jobId, epoch) => {
    const payload: z.infer<typeof SyncCall> = { jobId, epoch };
    await lambda().send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: JSON.stringify(payload) }));
  };
