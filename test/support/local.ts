import { readdirSync, readFileSync } from 'node:fs';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { awsConfig, readLocal, type Local } from '../../scripts/environment/local.ts';
import { signIn } from '../../scripts/environment/users.ts';

/** Where the tests' environment lives, relative to the repository. */
export const testState = process.env['SWATH_TEST_STATE'] ?? '.swath/e2e';

let description: Local | undefined;
/** The environment that the tests' set-up started. */
export const local = (): Local => (description ??= readLocal(testState));

const tokens = new Map<string, Promise<string>>();
/** An access token of alice, bob (users), dora (developer) or ada (administrator); one per test file and user. */
export function token(user: string): Promise<string> {
  const known = tokens.get(user) ?? signIn(local(), user);
  tokens.set(user, known);
  return known;
}

/** From now on, in this test file, `user` is somebody who has this token. */
export const hasToken = (user: string, value: string): void => void tokens.set(user, Promise.resolve(value));

export interface ApiAnswer<T> {
  status: number;
  headers: Headers;
  body: T;
}

interface ApiRequest {
  /** Who asks; nobody when left out. */
  as?: string;
  /** Sent as JSON; text is sent as it is. */
  body?: object | string;
  headers?: Record<string, string>;
}

/** One request to the API. The answer's body is parsed when it is JSON; no status is an error. */
export async function api<T = Record<string, unknown>>(method: string, path: string, request: ApiRequest = {}): Promise<ApiAnswer<T>> {
  const { as, body, headers } = request;
  const response = await fetch(`${local().apiUrl}${path}`, {
    method,
    redirect: 'manual',
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${await token(as)}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = /[/+]json\b/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : text) as T };
}

/** AWS clients for an emulator. */
export const clientsOf = (endpoint: string) => ({
  dynamo: () => DynamoDBDocumentClient.from(new DynamoDBClient(awsConfig(endpoint)), { marshallOptions: { removeUndefinedValues: true } }),
  s3: () => new S3Client({ ...awsConfig(endpoint), forcePathStyle: true }),
  sqs: () => new SQSClient({ ...awsConfig(endpoint), useQueueUrlAsEndpoint: false }),
  events: () => new EventBridgeClient(awsConfig(endpoint)),
  lambda: () => new LambdaClient(awsConfig(endpoint)),
  sfn: () => new SFNClient({ ...awsConfig(endpoint), disableHostPrefix: true }),
  cognito: () => new CognitoIdentityProviderClient(awsConfig(endpoint)),
});
type Clients = ReturnType<typeof clientsOf>;

/** AWS clients for the tests' emulator itself (not through the fault proxy). */
export const aws: Clients = new Proxy({} as Clients, { get: (_, name: keyof Clients) => clientsOf(local().endpoint)[name] });

/** All items of the table that the deployment's output of this name tells, however many pages they are. */
export async function itemsOf(output: string): Promise<Record<string, unknown>[]> {
  const pages = paginateScan({ client: aws.dynamo() }, { TableName: local().outputs[output]!, ConsistentRead: true });
  return (await Array.fromAsync(pages)).flatMap(({ Items = [] }) => Items);
}

/** The keys of all files in the environment's bucket under a prefix. */
export async function filesUnder(prefix: string): Promise<string[]> {
  const pages = paginateListObjectsV2({ client: aws.s3() }, { Bucket: local().bucket, Prefix: prefix });
  return (await Array.fromAsync(pages)).flatMap(({ Contents = [] }) => Contents.map(({ Key }) => Key!));
}

/** Everything that the environment keeps: the items of all tables, and all log files. */
export async function everything(): Promise<string> {
  const tables = Object.keys(local().outputs).filter((name) => name.endsWith('Table'));
  const logs = readdirSync(`${testState}/logs`).map((file) => readFileSync(`${testState}/logs/${file}`, 'utf8'));
  return JSON.stringify(await Promise.all(tables.map(itemsOf))) + logs.join('\n');
}
