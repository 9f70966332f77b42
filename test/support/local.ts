import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
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

/** AWS clients for the emulator itself (not through the fault proxy). */
export const aws = {
  dynamo: () =>
    DynamoDBDocumentClient.from(new DynamoDBClient(awsConfig(local().endpoint)), { marshallOptions: { removeUndefinedValues: true } }),
  s3: () => new S3Client({ ...awsConfig(local().endpoint), forcePathStyle: true }),
  sqs: () => new SQSClient({ ...awsConfig(local().endpoint), useQueueUrlAsEndpoint: false }),
  events: () => new EventBridgeClient(awsConfig(local().endpoint)),
  lambda: () => new LambdaClient(awsConfig(local().endpoint)),
  sfn: () => new SFNClient({ ...awsConfig(local().endpoint), disableHostPrefix: true }),
  cognito: () => new CognitoIdentityProviderClient(awsConfig(local().endpoint)),
};
