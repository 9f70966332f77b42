import type { App } from 'aws-cdk-lib';
import { CustomResource, Duration, Validations } from 'aws-cdk-lib';
import { toldTypes } from '../../lambdas/ogc/callbacks/model.ts';
import type { Config } from '../config/schema.ts';
import { queueEvents } from '../constructs/event-rule.ts';
import * as grants from '../constructs/grants.ts';
import { coreEnvironment, NodeLambda } from '../constructs/node-lambda.ts';
import { DeadLetters, WorkQueue } from '../constructs/queues.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { ContainersStack } from './containers.ts';
import type { DataStack } from './data.ts';
import type { WorkflowsStack } from './workflows.ts';

/** Ten calls at once of ten seconds at the most, and what is read before each. */
const callbackSeconds = 30;

/** Functions that call at once: URLs that do not answer may keep so many waiting, and no function of another kind. */
const atOnce = 10;

interface Behind {
  data: DataStack;
  containers: ContainersStack | undefined;
  workflows: WorkflowsStack;
  /** Absolute base URL of the API. */
  apiUrl: string;
}

/** Clients' own URLs are called with the news of their jobs. */
export class CallbacksStack extends SwathStack {
  readonly deadLetters: DeadLetters[];

  constructor(app: App, config: Config, { data, containers, workflows, apiUrl }: Behind) {
    super(app, 'callbacks', config);
    const calls = new WorkQueue(this, 'Calls', callbackSeconds);
    const undelivered = new DeadLetters(this, 'Undelivered');
    this.deadLetters = [calls.dead, undelivered];

    const onCallback = new NodeLambda(this, 'OnCallback', 'ogc/callbacks/on-callback', {
      environment: {
        ...coreEnvironment(config, data.deployment),
        ...data.credentialsEnvironment,
        API_URL: apiUrl,
        PLATFORMS_TABLE: data.platforms.tableName,
        JOBS_TABLE: data.jobs.tableName,
        LANES_TABLE: data.lanes.tableName,
        BUCKET: data.bucket.bucketName,
        LATER_QUEUE_URL: workflows.later.queue.queueUrl, // the job core knows it; nothing is sent there
        CALLBACKS_QUEUE_URL: calls.queue.queueUrl,
        CALLBACKS_DEAD_QUEUE_URL: calls.dead.queueUrl,
      },
      timeoutSeconds: callbackSeconds,
    });
    grants.allowTable(onCallback, data.platforms, 'Query');
    grants.allowTable(onCallback, data.jobs, 'GetItem');
    data.allowAccounts(onCallback); // its key lies beside them
    // What it signs links to has to be readable for it.
    for (const prefix of ['users/', 'samples/', 'builtin/']) grants.allowObjects(onCallback, data.bucket, prefix, 'GetObject');
    containers?.allowFiles(onCallback);
    grants.allowSend(onCallback, calls.queue, calls.dead);
    calls.feed(onCallback, { maxConcurrency: atOnce });
    queueEvents(this, 'JobNews', data.bus, [...toldTypes], calls.queue, undelivered, { data: { subscribed: [true] } });
    this.signingKey(data);
    this.output({ CallbacksQueueUrl: calls.queue.queueUrl, CallbacksDeadQueueUrl: calls.dead.queueUrl });
  }

  /** The first deployment makes the key pair that calls are signed with. */
  private signingKey(data: DataStack): void {
    const onKey = new NodeLambda(this, 'OnKey', 'ogc/callbacks/on-key', { environment: data.credentialsEnvironment });
    grants.allowTable(onKey, data.credentials, 'GetItem', 'PutItem');
    grants.allowKey(onKey, data.credentialsKey, 'Encrypt');
    const resource = new CustomResource(this, 'SigningKey', { serviceToken: onKey.functionArn, serviceTimeout: Duration.minutes(2) });
    const reason = 'The time-out is written as text, which CloudFormation takes for the number it is.';
    Validations.of(resource).acknowledge({ id: 'CloudFormation-Validate::W9003', reason });
  }
}
