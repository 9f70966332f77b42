import { Aws, Stack } from 'aws-cdk-lib';
import type { WebSocketApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { IEventBus } from 'aws-cdk-lib/aws-events';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IBucket } from 'aws-cdk-lib/aws-s3';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { SwathStack } from './swath-stack.ts';

type ItemAction = 'GetItem' | 'BatchGetItem' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'Query' | 'Scan';
type ObjectAction = 'GetObject' | 'PutObject' | 'DeleteObject' | 'AbortMultipartUpload';

const allow = (to: IFunction, actions: string[], resources: string[], conditions?: Record<string, Record<string, string[]>>) =>
  to.addToRolePolicy(new PolicyStatement({ actions, resources, ...(conditions && { conditions }) }));

/** Named actions on a table's items. */
export const allowTable = (to: IFunction, table: ITableV2, ...actions: ItemAction[]) =>
  allow(
    to,
    actions.map((action) => `dynamodb:${action}`),
    [table.tableArn],
  );

/** Queries of named indexes. */
export const allowIndex = (to: IFunction, table: ITableV2, ...indexes: string[]) =>
  allow(
    to,
    ['dynamodb:Query'],
    indexes.map((index) => `${table.tableArn}/index/${index}`),
  );

/** The list of a lane's unfinished jobs: those of tasks are read from the table by their keys. */
export const allowActive = (to: IFunction, jobs: ITableV2) => {
  allowIndex(to, jobs, 'active', 'taskActive');
  allowTable(to, jobs, 'BatchGetItem', 'Query');
};

/** What waits in a lane: jobs of tasks that were never let go are in no index. */
export const allowQueue = (to: IFunction, jobs: ITableV2) => {
  allowIndex(to, jobs, 'queue');
  allowTable(to, jobs, 'GetItem', 'Query');
};

/** Named actions on the objects below a prefix that ends in a slash. */
export const allowObjects = (to: IFunction, bucket: IBucket, prefix: string, ...actions: ObjectAction[]) =>
  allow(
    to,
    actions.map((action) => `s3:${action}`),
    [bucket.arnForObjects(`${prefix}*`)],
  );

/** A read of a whole index. */
export const allowScan = (to: IFunction, table: ITableV2, index: string) =>
  allow(to, ['dynamodb:Scan'], [`${table.tableArn}/index/${index}`]);

/** The list of keys below a prefix. */
export const allowList = (to: IFunction, bucket: IBucket, prefix: string) =>
  allow(to, ['s3:ListBucket'], [bucket.bucketArn], { StringLike: { 's3:prefix': [`${prefix}*`] } });

/** Use of one key, for the named purposes only. */
export const allowKey = (to: IFunction, key: IKey, ...actions: ('Encrypt' | 'Decrypt')[]) =>
  allow(
    to,
    actions.map((action) => `kms:${action}`),
    [key.keyArn],
  );

/** Messages one by one and in batches. On AWS one action covers both; the emulator asks for one of each name. */
export const allowSend = (to: IFunction, ...queues: IQueue[]) =>
  allow(
    to,
    (Stack.of(to) as SwathStack).config.endpoint ? ['sqs:SendMessage', 'sqs:SendMessageBatch'] : ['sqs:SendMessage'],
    queues.map((queue) => queue.queueArn),
  );

export const allowPut = (to: IFunction, bus: IEventBus) => allow(to, ['events:PutEvents'], [bus.eventBusArn]);

export const allowStart = (to: IFunction, machine: IStateMachine) => allow(to, ['states:StartExecution'], [machine.stateMachineArn]);

export const allowInvoke = (to: IFunction, fn: IFunction) => allow(to, ['lambda:InvokeFunction'], [fn.functionArn]);

/** Messages to the open connections of one stage. */
export const allowPost = (to: IFunction, api: WebSocketApi, stage: string) =>
  allow(
    to,
    ['execute-api:ManageConnections'],
    [`arn:${Aws.PARTITION}:execute-api:${Stack.of(api).region}:${Aws.ACCOUNT_ID}:${api.apiId}/${stage}/POST/@connections/*`],
  );
