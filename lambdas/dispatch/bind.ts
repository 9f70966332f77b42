import { platformClient } from '../platforms/clients.ts';
import { hasViewers } from '../live/api.ts';
import { registryFromTable } from '../platforms/registry.ts';
import type { Registry } from '../platforms/use-cases/registry.ts';
import type { PlatformTimes } from '../platforms/model.ts';
import { credentialFault, obtainFor } from '../platforms/user-credentials/bind.ts';
import type { Caller } from '../shared/auth/caller.ts';
import { dynamo, lambda, s3, sqs, stepFunctions } from '../shared/aws.ts';
import { env, jsonEnv } from '../shared/env.ts';
import { random } from '../shared/ids/random.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoJobs } from './dynamo-jobs.ts';
import { dynamoLanes } from './dynamo-lanes.ts';
import { Settings } from './model.ts';
import { largeParameters, s3Workspace } from './s3.ts';
import { laneOf } from './rules/lane.ts';
import type { Deps } from './use-cases/deps.ts';
import type { Offer } from './use-cases/service.ts';
import { syncCalls } from './sync-calls.ts';
import { wakers } from './wakers.ts';

/**
 * The job core bound to this environment's tables, queues and platforms: what the area's entry points share. `calls` bounds a platform's
 * answer, in seconds, where somebody waits for ours; `sync` allows it the time of a synchronous call.
 */
export function bind(calls?: number | 'sync'): { deps: Deps; platforms: Registry } {
  const platforms = registryFromTable();
  const settings = jsonEnv('SETTINGS', Settings);
  const times = timesOf(settings, calls);
  const bucket = env('BUCKET');
  const deps: Deps = {
    jobs: dynamoJobs(dynamo(), env('JOBS_TABLE'), largeParameters(s3, bucket), process.env['REQUESTS_TABLE']),
    lanes: dynamoLanes(dynamo(), env('LANES_TABLE'), systemClock),
    wakers: wakers(stepFunctions, sqs, uuids, {
      laterQueue: env('LATER_QUEUE_URL'),
      ...optional('machine', 'SUBMIT_MACHINE'),
      ...optional('copyMachine', 'COPY_MACHINE'),
      ...optional('collectQueue', 'COLLECT_QUEUE_URL'),
      ...(process.env['SYNC_FUNCTION'] ? { callSync: syncCalls(lambda, env('SYNC_FUNCTION')) } : {}),
    }),
    workspace: s3Workspace(s3, bucket),
    clock: systemClock,
    ids: uuids,
    random,
    settings,
    links: new Map(),
    report: log.error,
    note: log.info,
    hasViewers,
    deployment: env('DEPLOYMENT'),
    platform: platforms.byId,
    client: (platform, user) => platformClient(platform, times, user),
    credentialFault,
  };
  return { deps, platforms };
}

/** Who sends a request, and with which token. */
interface Sent {
  caller: Caller;
  headers: Readonly<Record<string, string | undefined>>;
}

/** For each request: exchanges its token where a platform runs jobs as their users, and has the sender's lane follow what came of it. */
export const credentialOffers =
  (callSeconds: number) =>
  ({ caller, headers }: Sent): Offer =>
  async (platform) => {
    const times = timesOf(jsonEnv('SETTINGS', Settings), callSeconds);
    if (!(await obtainFor(platform, caller, headers['authorization'], times))) return;
    await wakers(stepFunctions, sqs, uuids, { laterQueue: env('LATER_QUEUE_URL') }).later(laneOf(platform, caller.userId), 'run', 0);
  };

/** Not every function may start runners or collect; those that may have the target in their environment. */
const optional = <Key extends string>(key: Key, variable: string): Partial<Record<Key, string>> =>
  process.env[variable] ? ({ [key]: env(variable) } as Record<Key, string>) : {};

function timesOf({ connectSeconds, readSeconds, syncSeconds }: Settings, calls: number | 'sync' | undefined): PlatformTimes {
  if (calls === undefined) return { connectSeconds, readSeconds };
  return calls === 'sync' ? { connectSeconds, readSeconds: syncSeconds } : { connectSeconds: calls / 2, readSeconds: calls / 2 };
}
