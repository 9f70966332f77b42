import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoJobs, type LargeParameters } from './dynamo-jobs.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import type { Job, Lane } from './model.ts';
import type { Page } from './ports.ts';
import { laneOf } from './rules/lane.ts';

/** Readers of other areas see jobs, not their parameters. */
const noParameters: LargeParameters = {
  from: Number.POSITIVE_INFINITY,
  write: () => Promise.reject(new Error('This function may not write parameters.')),
  read: () => Promise.reject(new Error('This function may not read parameters.')),
};
const lanes = () => dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock);
const jobs = () => dynamoJobs(dynamo(), env('JOBS_TABLE'), noParameters);

/** What dispatch offers to the entry points of other areas. */
export const listJobs = (owner: string, limit: number, cursor?: string): Promise<Page<Job>> => jobs().listOwned(owner, {}, limit, cursor);

/** The lane of a platform's service account; undefined while nothing was ever sent to it. */
export const laneState = (platformId: string): Promise<Lane | undefined> => lanes().get(laneOf(platformId));

/** Jobs that wait in it, counted up to `most`. */
export async function queuedCount(platformId: string, most: number): Promise<number> {
  const laneId = laneOf(platformId);
  let count = 0;
  for (const { share } of await lanes().shares(laneId)) {
    if (count >= most) break;
    count += (await jobs().queued(laneId, share, most - count)).length;
  }
  return count;
}
