import { setTimeout as pause } from 'node:timers/promises';
import { dynamo, lambda, s3 } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { BuiltinClient } from './builtin/client.ts';
import { DynamoBuiltinStore } from './builtin/dynamo.ts';
import { LambdaRunner } from './builtin/lambda.ts';
import { S3OutputStore } from './builtin/s3.ts';
import { accountFromEnv } from './credentials.ts';
import type { PlatformTimes, RegisteredPlatform } from './model.ts';
import { OgcProcessesClient } from './ogc-processes/client.ts';
import { basicAuthorization, type Authorization } from './openeo/basic.ts';
import { OpenEoClient } from './openeo/client.ts';
import { ApiRoot } from './openeo/root.ts';
import type { PlatformClient } from './ports.ts';

/** Clients that keep what they found out (API root, token, process descriptions) for as long as the function lives and the entry stays the same. */
const kept = new Map<string, { version: number; client: OpenEoClient }>();

function openEo(platform: RegisteredPlatform, times: PlatformTimes): OpenEoClient {
  const { id, auth, baseUrl, version } = platform;
  const known = kept.get(id);
  if (known?.version === version) return known.client;
  const root = new ApiRoot(baseUrl, times, systemClock);
  const authorization: Authorization =
    auth.method === 'basic' ? basicAuthorization(root, () => accountFromEnv(auth.credential)) : async () => undefined;
  const client = new OpenEoClient(platform, root, authorization, times, systemClock);
  kept.set(id, { version, client });
  return client;
}

/** The client that speaks the platform's dialect, bound to this function's environment; entry points call it. */
export function platformClient(platform: RegisteredPlatform, times: PlatformTimes): PlatformClient {
  if (platform.kind === 'ogc-processes') return new OgcProcessesClient(platform, times, systemClock);
  if (platform.kind === 'openeo') return openEo(platform, times);
  return new BuiltinClient({
    store: new DynamoBuiltinStore(dynamo(), env('BUILTIN_TABLE')),
    outputs: new S3OutputStore(s3(), env('BUCKET')),
    runner: new LambdaRunner(lambda, (process) => env(process === 'echo' ? 'BUILTIN_FUNCTION' : 'RASTER_FUNCTION')),
    bucket: env('BUCKET'),
    clock: systemClock,
    ids: uuids,
    pause: { seconds: (seconds) => pause(seconds * 1000) },
  });
}
