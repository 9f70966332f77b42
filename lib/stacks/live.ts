import type { App } from 'aws-cdk-lib';
import { WebSocketApi, WebSocketStage } from 'aws-cdk-lib/aws-apigatewayv2';
import { WebSocketLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Config } from '../config/schema.ts';
import * as grants from '../constructs/grants.ts';
import { NodeLambda } from '../constructs/node-lambda.ts';
import { DeadLetters, WorkQueue } from '../constructs/queues.ts';
import { consumeStream, ofJobs, ofTasks } from '../constructs/stream-consumer.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { DataStack } from './data.ts';
import type { WorkflowsStack } from './workflows.ts';

/** The stage's name ends the URL, as clients of the dispatch API know it. */
const stageName = 'job_status';
const frameSeconds = 30;

/** Live status: the WebSocket API and the functions that push to it. */
export class LiveStack extends SwathStack {
  /** Where clients connect. */
  readonly url: string;
  readonly deadLetters: DeadLetters[];

  constructor(app: App, config: Config, data: DataStack, { later }: Pick<WorkflowsStack, 'later'>) {
    super(app, 'live', config);
    const api = new WebSocketApi(this, 'Socket', { apiName: this.stackName });
    const host = `${api.apiId}.execute-api.${this.region}.${this.urlSuffix}`;
    const emulated = `_aws/execute-api/${api.apiId}/${stageName}`;
    const callback = config.endpoint ? `${config.endpoint}/${emulated}` : `https://${host}/${stageName}`;
    const client = (config.publicEndpoint ?? config.endpoint)?.replace(/^http/, 'ws');
    this.url = client ? `${client}/${emulated}` : `wss://${host}/${stageName}`;

    const frames = new WorkQueue(this, 'Frames', frameSeconds);
    const parked = new DeadLetters(this, 'Parked');
    this.deadLetters = [frames.dead, parked];
    const tables = { CONNECTIONS_TABLE: data.connections.tableName };
    // Lanes that are watched are polled more often.
    const watching = {
      SETTINGS: JSON.stringify(config.settings),
      LANES_TABLE: data.lanes.tableName,
      LATER_QUEUE_URL: later.queue.queueUrl,
    };
    const allowWatch = (fn: IFunction) => {
      grants.allowTable(fn, data.lanes, 'GetItem', 'UpdateItem');
      grants.allowSend(fn, later.queue);
    };

    const tasks = { TASKS_TABLE: data.tasks.tableName };
    const onSocket = new NodeLambda(this, 'OnSocket', 'live/on-socket', { environment: { ...tables, ...tasks, CALLBACK_URL: callback } });
    const onConnection = new NodeLambda(this, 'OnConnection', 'live/on-connection', {
      environment: {
        ...tables,
        ...tasks,
        ...watching,
        CALLBACK_URL: callback,
        JOBS_TABLE: data.jobs.tableName,
        FRAMES_QUEUE_URL: frames.queue.queueUrl,
        PARKED_QUEUE_URL: parked.queueUrl,
      },
    });
    const onJobChange = new NodeLambda(this, 'OnJobChange', 'live/on-job-change', {
      environment: { ...tables, ...watching, FRAMES_QUEUE_URL: frames.queue.queueUrl, PARKED_QUEUE_URL: parked.queueUrl },
    });
    const onTaskChange = new NodeLambda(this, 'OnTaskChange', 'live/on-task-change', {
      environment: { ...tables, FRAMES_QUEUE_URL: frames.queue.queueUrl, PARKED_QUEUE_URL: parked.queueUrl },
    });
    const onFrame = new NodeLambda(this, 'OnFrame', 'live/on-frame', {
      environment: {
        ...tables,
        ...tasks,
        CALLBACK_URL: callback,
        JOBS_TABLE: data.jobs.tableName,
        FRAMES_QUEUE_URL: frames.queue.queueUrl,
      },
      timeoutSeconds: frameSeconds,
    });
    grants.allowTable(onSocket, data.connections, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    grants.allowTable(onConnection, data.connections, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    for (const fn of [onJobChange, onTaskChange]) grants.allowTable(fn, data.connections, 'GetItem', 'PutItem', 'UpdateItem');
    grants.allowTable(onFrame, data.connections, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    for (const fn of [onSocket, onConnection, onFrame]) grants.allowPost(fn, api, stageName);
    for (const fn of [onConnection, onJobChange]) allowWatch(fn);
    grants.allowTable(onSocket, data.tasks, 'GetItem'); // whose task it is
    for (const fn of [onConnection, onFrame]) {
      grants.allowIndex(fn, data.jobs, 'owner');
      grants.allowTable(fn, data.tasks, 'GetItem', 'Query');
      grants.allowTable(fn, data.jobs, 'Query');
    }
    grants.allowSend(onConnection, frames.queue, parked);
    for (const fn of [onJobChange, onTaskChange]) grants.allowSend(fn, frames.queue, parked);
    grants.allowSend(onFrame, frames.queue);
    const joins = { eventName: ['INSERT'], dynamodb: { Keys: { sk: { S: ['connection', { prefix: 'ask#' }] } } } };
    consumeStream(onConnection, data.connections, parked, { pattern: joins });
    // A subject has one frame a second at most.
    consumeStream(onJobChange, data.jobs, parked, { pattern: ofJobs, windowSeconds: 1 });
    consumeStream(onTaskChange, data.tasks, parked, { pattern: ofTasks, windowSeconds: 1 });
    frames.feed(onFrame);

    for (const route of ['$connect', '$disconnect', '$default'])
      api.addRoute(route, { integration: new WebSocketLambdaIntegration(`${route.slice(1)}Integration`, onSocket) });
    const { rate: rateLimit, burst: burstLimit } = config.throttle;
    new WebSocketStage(this, 'Stage', { webSocketApi: api, stageName, autoDeploy: true, throttle: { rateLimit, burstLimit } });
    this.output({ WebSocketApiId: api.apiId, WebSocketUrl: this.url, FramesQueueUrl: frames.queue.queueUrl });
  }
}
