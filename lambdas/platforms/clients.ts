import { dynamo, lambda, s3 } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { BuiltinClient } from './builtin/client.ts';
import { DynamoBuiltinStore } from './builtin/dynamo.ts';
import { LambdaRunner } from './builtin/lambda.ts';
import { S3OutputStore } from './builtin/s3.ts';
import type { Platform, PlatformTimes } from './model.ts';
import { OgcProcessesClient } from './ogc-processes/client.ts';
import type { PlatformClient } from './ports.ts';

/** The client that speaks the platform's dialect, bound to this function's environment; entry points call it. */
export function platformClient(platform: Platform, times: PlatformTimes): PlatformClient {
  if (platform.kind === 'ogc-processes') return new OgcProcessesClient(platform, times, systemClock);
  return new BuiltinClient({
    store: new DynamoBuiltinStore(dynamo(), env('BUILTIN_TABLE')),
    outputs: new S3OutputStore(s3(), env('BUCKET')),
    runner: new LambdaRunner(lambda, () => env('BUILTIN_FUNCTION')),
    clock: systemClock,
    ids: uuids,
  });
}
