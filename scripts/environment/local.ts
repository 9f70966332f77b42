import { readFileSync } from 'node:fs';

/** A demo user of the local environment. */
export interface LocalUser {
  name: string;
  password: string;
  groups: string[];
}

/** What a running local environment says about itself in `<state>/local.json`. */
export interface Local {
  /** Process that runs the environment; it ends everything else when it ends. */
  pid: number;
  startedAt: string;
  /** Base URL of the HTTP API, without a slash at its end. */
  apiUrl: string;
  /** WebSocket URL; a ticket goes into its query. */
  webSocketUrl: string;
  issuer: string;
  userPoolId: string;
  clientId: string;
  bucket: string;
  /** The AWS emulator. */
  endpoint: string;
  /** The AWS endpoint as the functions see it: the emulator, or a proxy in front of it. */
  functionEndpoint: string;
  /** Base URL of the local OGC API - Processes platform. */
  pygeoapi: string;
  /** Base URL of the local openEO back-end, where it was asked for. */
  openeo?: string;
  users: Record<string, LocalUser>;
  /** Keys of the sample scenes in the bucket. */
  samples: { olinda: string; greatSaltLake: string };
  /** Every output of every stack by its name: tables, functions, queues, the state machine. */
  outputs: Record<string, string>;
}

/** Client configuration with which the AWS SDK reaches the emulator; its test account accepts any key. */
export const awsConfig = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
});

/** The same for programs that read the environment. */
export const awsEnvironment = (endpoint: string): NodeJS.ProcessEnv => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  AWS_EC2_METADATA_DISABLED: 'true',
});

/** Reads the description of the environment that runs in a state folder; an error says how to start one. */
export function readLocal(state = '.swath'): Local {
  try {
    return JSON.parse(readFileSync(`${state}/local.json`, 'utf8')) as Local;
  } catch {
    throw new Error(`No local environment runs here (${state}/local.json is missing). Start one: npm start`);
  }
}
