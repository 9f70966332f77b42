import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { MosaicMaker } from './ports.ts';

/** Has a mosaic made by an asynchronous invocation that carries the task's id and the number of the making. */
export const lambdaMaker = (lambda: () => LambdaClient, functionName: string): MosaicMaker => ({
  async make(taskId, number) {
    const payload = JSON.stringify({ taskId, number });
    await lambda().send(new InvokeCommand({ FunctionName: functionName, InvocationType: 'Event', Payload: payload }));
  },
});
