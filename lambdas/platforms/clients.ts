import { setTimeout as pause } from 'node:timers/promises';
import { batch, cloudWatchLogs, dynamo, kms, lambda, s3 } from '../shared/aws.ts';
import { env, jsonEnv } from '../shared/env.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { systemClock } from '../shared/time/system.ts';
import { awsBatch } from './batch/batch.ts';
import { BatchClient } from './batch/client.ts';
import { cloudWatchLogs as logStreams } from './batch/logs.ts';
import { ContainerService } from './batch/model.ts';
import { s3Files } from './batch/s3.ts';
import { BuiltinClient } from './builtin/client.ts';
import { DynamoBuiltinStore } from './builtin/dynamo.ts';
import { LambdaRunner } from './builtin/lambda.ts';
import { S3OutputStore } from './builtin/s3.ts';
import { clientCredentials } from './credentials/client-credentials.ts';
import { dynamoAccounts } from './credentials/dynamo.ts';
import { kmsVault } from './credentials/kms.ts';
import { openAccount } from './credentials/use-cases.ts';
import type { OidcAuth, PlatformTimes, RegisteredPlatform } from './model.ts';
import { OgcProcessesClient } from './ogc-processes/client.ts';
import { basicAuthorization } from './openeo/basic.ts';
import { readPackageProcess } from './packages/model.ts';
import { packageStore } from './packages/store.ts';
import { OpenEoClient } from './openeo/client.ts';
import { ApiRoot } from './openeo/root.ts';
import type { Authorization, PlatformClient } from './ports.ts';
import { userCredentials } from './user-credentials/bind.ts';
import { userAuthorization } from './user-credentials/use-cases/authorize.ts';

/**
 * Clients that keep what they found out (API root, token, process descriptions) for as long as the function lives and the
 * entry stays the same; one for each user where jobs run as their users.
 */
const kept = new Map<string, { version: number; client: PlatformClient }>();
const mostKept = 500;

const accounts = () => ({
  accounts: dynamoAccounts(dynamo(), env('CREDENTIALS_TABLE')),
  vault: kmsVault(kms, env('CREDENTIALS_KEY')),
});

/** The process graph of a package's revision. */
async function graphOf(process: string): Promise<Record<string, unknown> | undefined> {
  const named = readPackageProcess(process);
  const unit = named && (await packageStore().revision(named.id, named.revision))?.definition.unit;
  return unit?.kind === 'graph' ? unit.document : undefined;
}

function keptClient({ id, version }: RegisteredPlatform, user: string | undefined, make: () => PlatformClient): PlatformClient {
  const key = `${id} ${user ?? ''}`;
  const known = kept.get(key);
  if (known?.version === version) return known.client;
  if (known === undefined && kept.size >= mostKept) kept.delete(kept.keys().next().value!);
  const client = make();
  kept.set(key, { version, client });
  return client;
}

/** Tokens for this deployment's account, which is read when one is needed, so that a new one counts from then on. */
const ownTokens = ({ id }: RegisteredPlatform, auth: OidcAuth, times: PlatformTimes): Authorization =>
  clientCredentials(auth, () => openAccount(accounts(), id, 'oidc'), times, systemClock);

/** How requests are authorized, where it does not depend on the dialect; `user`: whose jobs they are about. */
function tokens(platform: RegisteredPlatform, times: PlatformTimes, user: string | undefined): Authorization | undefined {
  const { id, title, auth } = platform;
  if (auth.method === 'oidc') return ownTokens(platform, auth, times);
  if (auth.method !== 'user') return undefined;
  // What is nobody's, such as the list of processes, is asked for without any.
  return user === undefined ? undefined : userAuthorization(userCredentials(times), { id, title, auth }, user);
}

function openEo(platform: RegisteredPlatform, times: PlatformTimes, user: string | undefined): OpenEoClient {
  const { id, auth } = platform;
  const root = new ApiRoot(platform.baseUrl, times, systemClock);
  const authorization: Authorization =
    auth.method === 'basic'
      ? basicAuthorization(root, () => openAccount(accounts(), id, 'basic'))
      : (tokens(platform, times, user) ?? (async () => undefined));
  return new OpenEoClient(platform, root, authorization, times, systemClock, graphOf);
}

/** Containers of this deployment; a function that never runs or reads one need not be told of them. */
const containers = (): BatchClient =>
  new BatchClient({
    service: () => jsonEnv('CONTAINERS', ContainerService),
    deployment: () => env('DEPLOYMENT'),
    batch: awsBatch(batch),
    logs: logStreams(cloudWatchLogs),
    files: () => s3Files(s3, env('BUCKET')),
    packages: packageStore,
    clock: systemClock,
  });

/**
 * The client that speaks the platform's dialect, bound to this function's environment; entry points call it. `user`: whose
 * jobs it is for, which counts where jobs run as their users.
 */
export function platformClient(platform: RegisteredPlatform, times: PlatformTimes, user?: string): PlatformClient {
  const whose = platform.auth.method === 'user' ? user : undefined;
  if (platform.kind === 'ogc-processes')
    return keptClient(platform, whose, () => new OgcProcessesClient(platform, times, systemClock, tokens(platform, times, user)));
  if (platform.kind === 'batch') return containers();
  if (platform.kind === 'openeo') return keptClient(platform, whose, () => openEo(platform, times, user));
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
