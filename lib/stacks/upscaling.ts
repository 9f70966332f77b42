import { Duration, type App } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Config } from '../config/schema.ts';
import { AslMachine } from '../constructs/asl-machine.ts';
import { schedule } from '../constructs/event-rule.ts';
import * as grants from '../constructs/grants.ts';
import { coreEnvironment, NodeLambda } from '../constructs/node-lambda.ts';
import { DeadLetters } from '../constructs/queues.ts';
import { consumeStream, ofTasks } from '../constructs/stream-consumer.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { DataStack } from './data.ts';
import type { WorkflowsStack } from './workflows.ts';

/** Upscaling tasks behind the API: the state machine that works on their jobs. */
export class UpscalingStack extends SwathStack {
  readonly deadLetters: DeadLetters[];
  /** Puts the pictures of a task's jobs into one. */
  readonly mosaic: NodeLambda;
  /** Where the sweep tells of work that stood still. */
  readonly onSweepLogs: ILogGroup;

  constructor(app: App, config: Config, data: DataStack, workflows: WorkflowsStack) {
    super(app, 'upscaling', config);
    const parked = new DeadLetters(this, 'Parked');
    this.deadLetters = [parked];
    const environment = {
      ...coreEnvironment(config, data.deployment),
      PLATFORMS_TABLE: data.platforms.tableName,
      TASKS_TABLE: data.tasks.tableName,
      JOBS_TABLE: data.jobs.tableName,
      LANES_TABLE: data.lanes.tableName,
      BUCKET: data.bucket.bucketName,
      LATER_QUEUE_URL: workflows.later.queue.queueUrl,
    };

    const plan = new NodeLambda(this, 'Plan', 'upscaling/task-plan', { environment });
    grants.allowTable(plan, data.tasks, 'GetItem');
    grants.allowTable(plan, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    const chunk = new NodeLambda(this, 'DoChunk', 'upscaling/task-chunk', {
      environment,
      timeoutSeconds: config.settings.chunkSeconds, // 500 conditional writes, some of them perhaps throttled for a while
    });
    grants.allowTable(chunk, data.tasks, 'GetItem', 'PutItem', 'UpdateItem');
    grants.allowTable(chunk, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowTable(chunk, data.jobs, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    grants.allowTable(chunk, data.platforms, 'Query');
    grants.allowObjects(chunk, data.bucket, 'users/', 'GetObject', 'DeleteObject');
    grants.allowList(chunk, data.bucket, 'users/');
    grants.allowSend(chunk, workflows.later.queue);
    const settle = new NodeLambda(this, 'Settle', 'upscaling/task-settle', { environment });
    grants.allowTable(settle, data.tasks, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    grants.allowTable(settle, data.jobs, 'DeleteItem');
    grants.allowObjects(settle, data.bucket, 'users/', 'DeleteObject');
    grants.allowList(settle, data.bucket, 'users/');
    // Who settles may find that a task has ended, is to pause or to stop.
    grants.allowActive(settle, data.jobs);
    grants.allowTable(settle, data.jobs, 'UpdateItem');
    grants.allowTable(settle, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowSend(settle, workflows.later.queue);
    const functions = { PlanFunction: plan, ChunkFunction: chunk, SettleFunction: settle };
    const machine = new AslMachine(this, 'UpscaleTask', 'upscaling/upscale-task', functions, StateMachineType.STANDARD);

    this.mosaic = new NodeLambda(this, 'Mosaic', 'upscaling/on-mosaic', {
      environment: { ...environment, ...data.credentialsEnvironment, BUILTIN_TABLE: data.builtin.tableName },
      memorySize: 2048, // GDAL, eight pictures of up to 32 million pixels one after the other, and a canvas of 16 MB
      timeoutSeconds: 120,
      retryAttempts: 0, // who asks again begins again
      onFailure: new SqsDestination(parked),
    });
    grants.allowTable(this.mosaic, data.tasks, 'GetItem', 'PutItem', 'Query');
    grants.allowTable(this.mosaic, data.jobs, 'Query');
    grants.allowTable(this.mosaic, data.platforms, 'Query');
    data.allowAccounts(this.mosaic);
    grants.allowObjects(this.mosaic, data.bucket, 'users/', 'GetObject', 'PutObject', 'DeleteObject');
    for (const prefix of ['builtin/', 'samples/']) grants.allowObjects(this.mosaic, data.bucket, prefix, 'GetObject');

    const onTaskChange = new NodeLambda(this, 'OnTaskChange', 'upscaling/on-task-change', {
      environment: {
        ...{ UPSCALE_MACHINE: machine.stateMachineArn, EVENT_BUS: data.bus.eventBusName, PARKED_QUEUE_URL: parked.queueUrl },
        LANES_TABLE: data.lanes.tableName,
      },
    });
    grants.allowTable(onTaskChange, data.lanes, 'UpdateItem');
    grants.allowStart(onTaskChange, machine);
    grants.allowPut(onTaskChange, data.bus);
    grants.allowSend(onTaskChange, parked);
    consumeStream(onTaskChange, data.tasks, parked, { pattern: ofTasks });

    const onSweep = new NodeLambda(this, 'OnSweep', 'upscaling/on-sweep', {
      environment: { ...environment, RECOUNTS_QUEUE_URL: workflows.recounts.queue.queueUrl },
      onFailure: new SqsDestination(parked),
      retryAttempts: 0, // the next one is a minute away
    });
    grants.allowTable(onSweep, data.tasks, 'GetItem', 'UpdateItem');
    grants.allowIndex(onSweep, data.tasks, 'work');
    grants.allowSend(onSweep, workflows.recounts.queue);
    schedule(this, 'Sweep', Duration.minutes(1), onSweep, parked);
    this.onSweepLogs = onSweep.logGroup;
    this.output({ UpscaleMachine: machine.stateMachineArn, UpscaleChunkFunction: chunk.functionName, SweepFunction: onSweep.functionName });
  }
}
