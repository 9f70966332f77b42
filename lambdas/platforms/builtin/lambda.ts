import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type { BuiltinRunner } from './ports.ts';

/** Orders a run by an asynchronous invocation that carries the job's id and nothing else. */
export class LambdaRunner implements BuiltinRunner {
  private readonly client: () => LambdaClient;
  private readonly functionName: (process: string) => string;

  /** Client and name are looked up when a run is ordered, which most functions never do. */
  constructor(client: () => LambdaClient, functionName: (process: string) => string) {
    this.client = client;
    this.functionName = functionName;
  }

  async run(id: string, process: string): Promise<void> {
    await this.client().send(
      new InvokeCommand({ FunctionName: this.functionName(process), InvocationType: 'Event', Payload: JSON.stringify({ id }) }),
    );
  }
}
