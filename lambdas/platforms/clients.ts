import { setTimeout as pause } from 'node:timers/promises';
import { dynamo, kms, lambda, s3 } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { BuiltinClient } from './builtin/client.ts';
import { DynamoBuiltinStore } from './builtin/dynamo.ts';
import { LambdaRunner } from './builtin/lambda.ts';
import { S3OutputStore } from './builtin/s3.ts';
import { clientCredentials } from './credentials/client-credentials.ts';
import { dynamoAccounts } from './credentials/dynamo.ts';
import { kmsVault } from './credentials/kms.ts';
import { openAccount } from './credentials/use-cases.ts';
import type { PlatformTimes, RegisteredPlatform } from './model.ts';
import { OgcProcessesClient } from './ogc-processes/client.ts';
import { basicAuthorization } from './openeo/basic.ts';
import { readPackageProcess } from './packages/model.ts';
import { packageStore } from './packages/store.ts';
import { OpenEoClient } from './openeo/client.ts';
import { ApiRoot } from './openeo/root.ts';
import type { Authorization, PlatformClient } from './ports.ts';

/** Clients that keep what they found out (API root, token, process descriptions) for as long as the function lives and the entry stays the same. */
const kept = new Map<string, { version: number; client: OpenEoClient }>();

const accounts = () => ({
  accounts: dynamoAccounts(dynamo(), env('CREDENTIALS_TABLE')),
  vault: kmsVault(kms, env('CREDENTIALS_KEY')),
});

/** How requests are authorized; the account is read when a token is needed, so that a new one counts from then on. */
function authorizationFor({ id, auth }: RegisteredPlatform, root: ApiRoot, times: PlatformTimes): Authorization {
  if (auth.method === 'basic') return basicAuthorization(root, () => openAccount(accounts(), id, 'basic'));
  if (auth.method === 'oidc') return clientCredentials(auth, () => openAccount(accounts(), id, 'oidc'), times, systemClock);
  return async () => undefined;
}

/** The process graph of a package's revision. */
async function graphOf(process: string): Promise<Record<string, unknown> | undefined> {
  const named = readPackageProcess(process);
  const unit = named && (await packageStore().revision(named.id, named.revision))?.definition.unit;
  return unit?.kind === 'graph' ? unit.document : undefined;
}

function openEo(platform: RegisteredPlatform, times: PlatformTimes): OpenEoClient {
  const { id, baseUrl, version } = platform;
  const known = kept.get(id);
  if (known?.version === version) return known.client;
  const root = new ApiRoot(baseUrl, times, systemClock);
  const client = new OpenEoClient(platform, root, authorizationFor(platform, root, times), times, systemClock, graphOf);
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
