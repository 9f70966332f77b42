import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { cdkBootstrap, deployAll, synthesize, type Deployment } from './cdk.ts';
import { startEmulator } from './emulator.ts';
import { leaveFolder, takeFolder } from './folder.ts';
import { readKept, writeKept } from './kept.ts';
import type { Local } from './local.ts';
import { startOpenEo } from './openeo.ts';
import { choosePort } from './ports.ts';
import { Progress } from './progress.ts';
import { startPygeoapi } from './pygeoapi.ts';
import { samples, uploadSamples } from './samples.ts';
import { Servers } from './servers.ts';
import { createUsers, demoUsers } from './users.ts';

export interface EnvironmentOptions {
  /** Folder of everything the environment writes; one environment at a time. Default `.swath`. */
  state?: string;
  /** The state survives the end: the next start that keeps finds jobs, files, users and URLs again. Default: begin empty, leave nothing. */
  keep?: boolean;
  /** Starts the openEO server, too, which must be installed (`openEoInstalled`). */
  openEo?: boolean;
  /** Further entries of the platform registry. */
  platforms?: readonly object[];
  /** OpenID Connect issuers whose tokens are taken beside those of the user pool. */
  issuers?: readonly object[];
  /** Times of the job core, where not those of `lib/config/local.ts`. */
  settings?: Record<string, number>;
  /** Given the emulator's URL, answers the AWS endpoint that the functions shall use instead (a proxy in front of it). */
  functionEndpoint?: (emulator: string) => Promise<string>;
  progress?: Progress;
}

export interface Environment {
  local: Local;
  /** Process numbers of the emulator and of pygeoapi. */
  pids: number[];
  /** Resolves when one of them ended by itself, with what to say of it. */
  gone: Promise<string>;
  stop: () => Promise<void>;
}

/** How long the emulator may take to save what it holds: with busy executions it was seen to take 14 s. */
const savingMs = 60_000;

const root = resolve(import.meta.dirname, '../..');

/**
 * Starts a local environment, empty or as it was kept: emulator, sample platform, the deployed stacks, users, scenes. Whatever fails or interrupts it,
 * nothing that it started is left running.
 */
export function startEnvironment(options: EnvironmentOptions = {}): { ready: Promise<Environment>; stop: () => Promise<void> } {
  const state = resolve(root, options.state ?? '.swath');
  const keep = options.keep ?? false;
  const progress = options.progress ?? new Progress();
  const servers = new Servers(state, root);
  const interruption = new AbortController();
  let taken = false;
  let stopped: Promise<void> | undefined;
  const stop = () =>
    (stopped ??= (async () => {
      progress.end();
      interruption.abort();
      await servers.stop(keep ? savingMs : undefined);
      if (taken) leaveFolder(state);
    })());

  const bringUp = async (): Promise<Environment> => {
    await takeFolder(state, keep);
    taken = true;
    const kept = keep ? readKept(state) : undefined;
    const [port, platformPort, openEoPort] = await Promise.all([
      choosePort('SWATH_PORT', kept?.emulatorPort),
      choosePort('SWATH_PYGEOAPI_PORT', kept?.pygeoapiPort),
      options.openEo ? choosePort('SWATH_OPENEO_PORT', kept?.openEoPort) : undefined,
    ]);
    const endpoint = await progress.step('AWS emulator', () => startEmulator(servers, root, state, port, keep));
    const functionEndpoint = (await options.functionEndpoint?.(endpoint)) ?? endpoint;
    const pygeoapi = `http://127.0.0.1:${platformPort}`;
    const openeo = openEoPort === undefined ? {} : { openeo: `http://127.0.0.1:${openEoPort}` };
    const deployment: Deployment = {
      root,
      state,
      endpoint,
      signal: interruption.signal,
      config: {
        SWATH_ENDPOINT: functionEndpoint,
        SWATH_PUBLIC_ENDPOINT: endpoint,
        SWATH_PYGEOAPI: pygeoapi,
        ...(openeo.openeo ? { SWATH_OPENEO: openeo.openeo } : {}),
        ...(options.platforms ? { SWATH_PLATFORMS: JSON.stringify(options.platforms) } : {}),
        ...(options.settings ? { SWATH_SETTINGS: JSON.stringify(options.settings) } : {}),
        ...(options.issuers ? { SWATH_ISSUERS: JSON.stringify(options.issuers) } : {}),
      },
    };
    const platform = progress.step('sample platform (pygeoapi)', () => startPygeoapi(servers, root, state, platformPort));
    const back =
      openEoPort === undefined ? undefined : progress.step('sample platform (openEO)', () => startOpenEo(servers, root, state, openEoPort));
    const stacks = async () => {
      await Promise.all([
        progress.step('CDK bootstrap', () => cdkBootstrap(deployment)),
        progress.step('bundle and synthesize', () => synthesize(deployment)),
      ]);
      return progress.step('deploy', () => deployAll(deployment));
    };
    const [outputs] = await Promise.all([stacks(), platform, back]);
    const local = describe(outputs, { endpoint, functionEndpoint, pygeoapi, ...openeo });
    await progress.step('users and sample scenes', () =>
      Promise.all([createUsers(endpoint, local.userPoolId), uploadSamples(endpoint, root, local.bucket)]),
    );
    if (keep) writeKept(state, { emulatorPort: port, pygeoapiPort: platformPort, ...(openEoPort ? { openEoPort } : {}) });
    writeFileSync(`${state}/local.json`, JSON.stringify(local, null, 2));
    return { local, pids: servers.pids(), gone: servers.gone, stop };
  };
  const ready = bringUp().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return { ready, stop };
}

/** The environment's description from the stacks' outputs. */
function describe(outputs: Record<string, string>, urls: Pick<Local, 'endpoint' | 'functionEndpoint' | 'pygeoapi' | 'openeo'>): Local {
  const output = (name: string) => {
    const value = outputs[name];
    if (value === undefined) throw new Error(`The stacks have no output ${name}; they have ${Object.keys(outputs).join(', ')}.`);
    return value;
  };
  return {
    pid: process.pid,
    startedAt: new Date().toISOString(),
    apiUrl: output('ApiUrl').replace(/\/$/, ''),
    webSocketUrl: output('WebSocketUrl'),
    issuer: `https://cognito-idp.us-east-1.amazonaws.com/${output('UserPoolId')}`,
    userPoolId: output('UserPoolId'),
    clientId: output('UserPoolClientId'),
    bucket: output('BucketName'),
    ...urls,
    users: demoUsers,
    samples,
    outputs,
  };
}
