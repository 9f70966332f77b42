import { dynamo, sqs, stepFunctions } from '../shared/aws.ts';
import { env, jsonEnv } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { bind, credentialOffers } from './bind.ts';
import { dynamoJobs, type LargeParameters } from './dynamo-jobs.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { isJobKey } from './keys.ts';
import type { Platform } from '../platforms/model.ts';
import { Settings, type Job, type Lane } from './model.ts';
import type { Page } from './ports.ts';
import { laneOf, lanesBegin } from './rules/lane.ts';
import { jobCore, type JobCore } from './use-cases/for-doors.ts';
import { watchLane } from './use-cases/watch-lane.ts';
import { wakers } from './wakers.ts';

/** Readers of other areas see jobs, not their parameters. */
const noParameters: LargeParameters = {
  from: Number.POSITIVE_INFINITY,
  write: () => Promise.reject(new Error('This function may not write parameters.')),
  read: () => Promise.reject(new Error('This function may not read parameters.')),
  readPart: () => Promise.reject(new Error('This function may not read parameters.')),
};
const lanes = () => dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock);
const later = () => wakers(stepFunctions, sqs, uuids, { laterQueue: env('LATER_QUEUE_URL') });
const jobs = () => dynamoJobs(dynamo(), env('JOBS_TABLE'), noParameters);

/** What dispatch offers to the entry points of other areas. */
export const listJobs = (owner: string, limit: number, cursor?: string): Promise<Page<Job>> => jobs().listOwned(owner, {}, limit, cursor);

/** The jobs of a chunk of an upscaling task. Consistent. */
export const chunkJobs = (taskId: string, chunk: number): Promise<Job[]> => jobs().children(taskId, chunk);

/** The lane in which jobs of this user run on the platform; undefined while nothing was ever sent there. */
export const laneState = (platform: Platform, userId: string): Promise<Lane | undefined> => lanes().get(laneOf(platform, userId));

/** Somebody watches a job of these lanes: they are polled more often for two minutes, and for as long as somebody watches. */
export async function watchLanes(laneIds: Iterable<string>): Promise<void> {
  const deps = { lanes: lanes(), wakers: later(), clock: systemClock, settings: jsonEnv('SETTINGS', Settings) };
  await Promise.all([...laneIds].map((laneId) => watchLane(deps, laneId)));
}

/** Queued jobs of one user's share of a lane that are looked at. */
const mostLooked = 1000;

/** Every lane of the platform that has work. */
const lanesWithWork = async (platformId: string): Promise<string[]> =>
  (await lanes().due()).filter((laneId) => laneId.startsWith(lanesBegin(platformId)));

/** Jobs that wait in the lane of this user (undefined: in all lanes of the platform), counted up to `most`. */
export async function queuedCount(platform: Platform, most: number, userId?: string): Promise<number> {
  let count = 0;
  for (const laneId of userId === undefined ? await lanesWithWork(platform.id) : [laneOf(platform, userId)])
    for (const { share } of await lanes().shares(laneId)) {
      if (count >= most) return count;
      count += (await jobs().queued(laneId, share, most - count)).length;
    }
  return count;
}

/** Jobs of the platform from their claim until their results are fetched. */
export async function presentCount({ id }: Platform): Promise<number> {
  let count = 0;
  for (const laneId of await lanesWithWork(id)) count += (await jobs().active(laneId)).length;
  return count;
}

/** Jobs that were made through a deployed process, and wait for one of these platforms or are on it, counted as above. */
export async function unfinishedOf(deployed: string, platformIds: readonly string[]): Promise<number> {
  const isOf = (job: Job): boolean => job.deployed === deployed;
  const laneIds = (await Promise.all(platformIds.map(lanesWithWork))).flat();
  const counts = laneIds.map(async (laneId) => {
    let count = (await jobs().active(laneId)).filter(isOf).length;
    for (const { share } of await lanes().shares(laneId)) count += (await jobs().queued(laneId, share, mostLooked)).filter(isOf).length;
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Lets the platform's lanes look for jobs that may go, in so many seconds. */
export async function wakeLater(platformId: string, seconds: number): Promise<void> {
  for (const laneId of await lanesWithWork(platformId)) await later().later(laneId, 'run', seconds);
}

/** Lets a user's lane look whether her credential lets her jobs go. */
export const wakeFor = (platform: Platform, userId: string): Promise<void> => later().later(laneOf(platform, userId), 'run', 0);

/** The job core bound to this environment, for doors; `callSeconds` bounds a platform's answer where somebody waits for ours. */
export function boundJobCore(callSeconds: number): JobCore {
  const { deps, platforms } = bind(callSeconds);
  return jobCore(deps, platforms.find);
}

export { credentialOffers, isJobKey };
