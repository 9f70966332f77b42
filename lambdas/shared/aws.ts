import { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { BatchClient } from '@aws-sdk/client-batch';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * The one place where AWS clients are made: each when first asked for, then kept. A bundle holds only the clients whose
 * function it calls. `AWS_ENDPOINT_URL` is set in the local environment alone; the SDK reads it by itself, and what else
 * an emulator needs hangs on it.
 */
const once = <Made>(make: () => Made): (() => Made) => {
  let made: Made | undefined;
  return () => (made ??= make());
};

const isLocal = (): boolean => process.env['AWS_ENDPOINT_URL'] !== undefined;

/** An answer of AWS takes milliseconds. With the SDK's three attempts this stays below a function's usual 30 seconds. */
const requestHandler = { connectionTimeout: 2_000, requestTimeout: 8_000, throwOnRequestTimeout: true };

export const dynamo = /* @__PURE__ */ once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ requestHandler }), { marshallOptions: { removeUndefinedValues: true } }),
);

/** Local buckets have no host names of their own. */
export const s3 = /* @__PURE__ */ once(() => new S3Client({ requestHandler, forcePathStyle: isLocal() }));

/** Local queue URLs name a host that need not resolve. */
export const sqs = /* @__PURE__ */ once(() => new SQSClient({ requestHandler, useQueueUrlAsEndpoint: !isLocal() }));

/** Synchronous executions would be sent to `sync-<host>`, which the local endpoint has not. */
export const stepFunctions = /* @__PURE__ */ once(() => new SFNClient({ requestHandler, disableHostPrefix: isLocal() }));

export const eventBridge = /* @__PURE__ */ once(() => new EventBridgeClient({ requestHandler }));

export const kms = /* @__PURE__ */ once(() => new KMSClient({ requestHandler }));

export const lambda = /* @__PURE__ */ once(() => new LambdaClient({ requestHandler }));

/** Submitting a job is not idempotent: whoever calls decides what comes after a lost answer. */
export const batch = /* @__PURE__ */ once(() => new BatchClient({ requestHandler, maxAttempts: 1 }));

export const cloudWatchLogs = /* @__PURE__ */ once(() => new CloudWatchLogsClient({ requestHandler }));

/** Posts to the connections of the WebSocket API behind `endpoint` (its `https://` callback URL). */
export const managementApi = (endpoint: string): ApiGatewayManagementApiClient =>
  new ApiGatewayManagementApiClient({ endpoint, requestHandler });
