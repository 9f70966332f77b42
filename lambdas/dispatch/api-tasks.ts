import type { TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { bind } from './bind.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { putRequest, readRequest } from './dynamo-requests.ts';
import type { RequestRecord } from './model.ts';
import { childrenOf, closerOf, wanterOf } from './use-cases/children.ts';

/** What dispatch offers to the entry points of upscaling: the jobs of tasks. `callSeconds` bounds a platform's answer where somebody waits. */
export function taskJobs(callSeconds?: number): ReturnType<typeof childrenOf> {
  const { deps, platforms } = bind(callSeconds);
  return childrenOf(deps, platforms.find);
}

/** What a change of a task needs of the job core. */
export function taskShares(): Pick<ReturnType<typeof childrenOf>, 'closeShare' | 'want'> {
  const lanes = dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock);
  return { closeShare: closerOf(lanes), want: wanterOf(lanes) };
}

/** The records of requests that came with an `Idempotency-Key`. */
export const requestRecords = {
  read: (owner: string, key: string): Promise<RequestRecord | undefined> => readRequest(dynamo(), env('REQUESTS_TABLE'), owner, key),
  put: (record: RequestRecord): NonNullable<TransactWriteCommandInput['TransactItems']>[number] =>
    putRequest(env('REQUESTS_TABLE'), record),
};
