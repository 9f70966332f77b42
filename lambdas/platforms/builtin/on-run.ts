import { setTimeout as wait } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { dynamo, s3 } from '../../shared/aws.ts';
import { env } from '../../shared/env.ts';
import { systemClock } from '../../shared/time/system.ts';
import { DynamoBuiltinStore } from './dynamo.ts';
import { S3OutputStore } from './s3.ts';
import { run } from './use-cases.ts';

/** Asynchronous invocation with a job's id. Lambda's own retries carry the same request id, so a run that broke off goes on. */
export const handler = async (event: { id: string }, context: Context): Promise<void> => {
  const deps = {
    store: new DynamoBuiltinStore(dynamo(), env('BUILTIN_TABLE')),
    outputs: new S3OutputStore(s3(), env('BUCKET')),
    clock: systemClock,
    pause: { seconds: (seconds: number) => wait(seconds * 1000) },
  };
  await run(deps, event.id, context.awsRequestId);
};
