import { Duration, type App } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { Config } from '../config/schema.ts';
import { serviceLane, syncFunctionSeconds } from '../../lambdas/dispatch/model.ts';
import { AslMachine } from '../constructs/asl-machine.ts';
import { queueEvents, schedule } from '../constructs/event-rule.ts';
import * as grants from '../constructs/grants.ts';
import { coreEnvironment, NodeLambda, type NodeLambdaProps } from '../constructs/node-lambda.ts';
import { DeadLetters, WorkQueue } from '../constructs/queues.ts';
import { consumeStream, ofJobs } from '../constructs/stream-consumer.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { ContainersStack } from './containers.ts';
import type { DataStack } from './data.ts';

/** Collecting reads a result document and a log, for 35 s each on a platform that does not answer, and writes both. */
const collectSeconds = 120;

/** A recount reads at most 500 jobs for each chunk. */
const recountSeconds = 60;

/** The job core's work behind the API: runners of lanes, polling, collecting, and the built-in platform. */
export class WorkflowsStack extends SwathStack {
  /** "In a second", "in ten seconds", "when the tokens are back": at most 15 minutes. */
  readonly later: WorkQueue;
  readonly collect: WorkQueue;
  /** Chunks of upscaling tasks to be counted. */
  readonly recounts: WorkQueue;
  readonly deadLetters: DeadLetters[];
  /** Where the audit tells of jobs that no job of ours knows. */
  readonly onLaterLogs: ILogGroup;
  readonly onTick: IFunction;
  private readonly data: DataStack;
  private readonly containers: ContainersStack | undefined;

  constructor(app: App, config: Config, data: DataStack, containers?: ContainersStack) {
    super(app, 'workflows', config);
    this.data = data;
    this.containers = containers;
    this.later = new WorkQueue(this, 'Later', config.settings.functionSeconds);
    this.collect = new WorkQueue(this, 'Collect', collectSeconds);
    this.recounts = new WorkQueue(this, 'Recounts', recountSeconds);
    const parked = new DeadLetters(this, 'Parked');
    const undelivered = new DeadLetters(this, 'Undelivered');
    this.deadLetters = [this.later.dead, this.collect.dead, this.recounts.dead, parked, undelivered];

    const { run: builtin, raster } = this.builtinPlatform(undelivered);
    const runners = { BUILTIN_FUNCTION: builtin.functionName, RASTER_FUNCTION: raster.functionName };
    const sync = this.synchronousCalls(runners, [builtin, raster], undelivered);
    const submit = this.core('Submit', 'dispatch/task-submit', {
      environment: { ...runners, SYNC_FUNCTION: sync.functionName },
      timeoutSeconds: config.settings.functionSeconds,
    });
    this.allowCalls(submit, builtin, raster);
    grants.allowInvoke(submit, sync);
    const machine = new AslMachine(this, 'SubmitJobs', 'dispatch/submit-jobs', { SubmitFunction: submit }, StateMachineType.EXPRESS);

    const onLater = this.core('OnLater', 'dispatch/on-later', {
      environment: {
        ...runners,
        SYNC_FUNCTION: sync.functionName,
        SUBMIT_MACHINE: machine.stateMachineArn,
        CONNECTIONS_TABLE: data.connections.tableName,
        EVENT_BUS: data.bus.eventBusName,
      },
      timeoutSeconds: config.settings.functionSeconds,
    });
    this.allowCalls(onLater, builtin, raster);
    grants.allowInvoke(onLater, sync);
    grants.allowStart(onLater, machine);
    grants.allowPut(onLater, data.bus);
    grants.allowTable(onLater, data.connections, 'GetItem'); // whether somebody watches
    for (const { id, kind } of config.platforms)
      if (kind === 'batch') containers?.tellNews(this, this.later.queue, undelivered, serviceLane(id));
    this.later.feed(onLater, { batchSize: 1 }); // a slow platform's poll takes the time of a whole function, and must hide no other message

    const onJobChange = this.core('OnJobChange', 'dispatch/on-job-change', {
      environment: {
        EVENT_BUS: data.bus.eventBusName,
        HISTORY_TABLE: data.history.tableName,
        SUBMIT_MACHINE: machine.stateMachineArn,
        PARKED_QUEUE_URL: parked.queueUrl,
        RECOUNTS_QUEUE_URL: this.recounts.queue.queueUrl,
      },
    });
    grants.allowTable(onJobChange, data.lanes, 'GetItem', 'UpdateItem');
    grants.allowTable(onJobChange, data.history, 'PutItem');
    grants.allowPut(onJobChange, data.bus);
    grants.allowStart(onJobChange, machine);
    grants.allowSend(onJobChange, parked, this.later.queue, this.recounts.queue);
    // A second later, at the most, a lane is woken or results are collected; a task's thousand changes are half the calls.
    consumeStream(onJobChange, data.jobs, parked, { pattern: ofJobs, windowSeconds: 1 });

    const copies = this.copies();
    const onRecount = this.core('OnRecount', 'upscaling/on-recount', {
      environment: { TASKS_TABLE: data.tasks.tableName },
      timeoutSeconds: recountSeconds,
    });
    grants.allowTable(onRecount, data.tasks, 'GetItem', 'PutItem', 'UpdateItem', 'Query');
    grants.allowTable(onRecount, data.jobs, 'Query', 'UpdateItem');
    grants.allowActive(onRecount, data.jobs); // too many failures may stop a task
    grants.allowTable(onRecount, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowSend(onRecount, this.later.queue);
    this.recounts.feed(onRecount);

    const onJobSuccessful = this.core('OnJobSuccessful', 'dispatch/on-job-successful', {
      environment: { COPY_MACHINE: copies.stateMachineArn },
      timeoutSeconds: collectSeconds,
    });
    grants.allowStart(onJobSuccessful, copies);
    grants.allowTable(onJobSuccessful, data.platforms, 'Query');
    data.allowAccounts(onJobSuccessful);
    grants.allowTable(onJobSuccessful, data.jobs, 'GetItem', 'UpdateItem');
    grants.allowTable(onJobSuccessful, data.builtin, 'GetItem');
    this.allowResults(onJobSuccessful);
    grants.allowObjects(onJobSuccessful, data.bucket, 'builtin/', 'GetObject');
    containers?.allowReads(onJobSuccessful);
    data.allowPackages(onJobSuccessful); // which outputs a container has
    grants.allowSend(onJobSuccessful, this.collect.queue);
    // Each job of a batch asks its platform at once, and few platforms answer more than some tens of requests at a time.
    this.collect.feed(onJobSuccessful, { batchSize: 10, windowSeconds: 2, maxConcurrency: 5 });
    queueEvents(this, 'JobSuccessful', data.bus, ['job.successful', 'job.failed'], this.collect.queue, undelivered);

    const onTick = new NodeLambda(this, 'OnTick', 'dispatch/on-tick', {
      environment: { LANES_TABLE: data.lanes.tableName, LATER_QUEUE_URL: this.later.queue.queueUrl },
      onFailure: new SqsDestination(undelivered),
      retryAttempts: 0, // the next tick is a minute away
    });
    grants.allowIndex(onTick, data.lanes, 'due');
    grants.allowSend(onTick, this.later.queue);
    schedule(this, 'Tick', Duration.minutes(1), onTick, undelivered);

    const onAudit = new NodeLambda(this, 'OnAudit', 'dispatch/on-audit', {
      environment: { LANES_TABLE: data.lanes.tableName, LATER_QUEUE_URL: this.later.queue.queueUrl },
      onFailure: new SqsDestination(undelivered),
    });
    grants.allowTable(onAudit, data.lanes, 'Scan');
    grants.allowSend(onAudit, this.later.queue);
    schedule(this, 'Audit', Duration.days(1), onAudit, undelivered);
    this.onLaterLogs = onLater.logGroup;
    this.onTick = onTick;

    this.output({
      AuditFunction: onAudit.functionName,
      TickFunction: onTick.functionName,
      SubmitFunction: submit.functionName,
      BuiltinFunction: builtin.functionName,
      SyncFunction: sync.functionName,
      SubmitMachine: machine.stateMachineArn,
      LaterQueueUrl: this.later.queue.queueUrl,
      LaterDeadQueueUrl: this.later.dead.queueUrl,
      CollectQueueUrl: this.collect.queue.queueUrl,
      CollectDeadQueueUrl: this.collect.dead.queueUrl,
      ParkedQueueUrl: parked.queueUrl,
    });
  }

  /** A function of the job core: it reads settings, and knows where platforms, jobs, lanes, files and queues are. */
  private core(id: string, entry: string, { environment, ...props }: NodeLambdaProps = {}): NodeLambda {
    const { data } = this;
    return new NodeLambda(this, id, entry, {
      ...props,
      environment: {
        ...coreEnvironment(this.config, data.deployment),
        PLATFORMS_TABLE: data.platforms.tableName,
        JOBS_TABLE: data.jobs.tableName,
        LANES_TABLE: data.lanes.tableName,
        BUILTIN_TABLE: data.builtin.tableName,
        BUCKET: data.bucket.bucketName,
        ...data.credentialsEnvironment,
        LATER_QUEUE_URL: this.later.queue.queueUrl,
        COLLECT_QUEUE_URL: this.collect.queue.queueUrl,
        ...environment,
      },
    });
  }

  /** Whoever calls platforms: claims and commits jobs, keeps the lane's state, signs links to inputs, starts built-in jobs. */
  private allowCalls(fn: NodeLambda, ...builtin: IFunction[]): void {
    const { data } = this;
    grants.allowTable(fn, data.platforms, 'Query');
    data.allowAccounts(fn);
    data.allowPackages(fn);
    this.containers?.allowRuns(fn);
    grants.allowTable(fn, data.jobs, 'GetItem', 'UpdateItem');
    grants.allowQueue(fn, data.jobs);
    grants.allowActive(fn, data.jobs);
    grants.allowTable(fn, data.lanes, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query');
    grants.allowTable(fn, data.builtin, 'GetItem', 'PutItem', 'UpdateItem');
    grants.allowIndex(fn, data.builtin, 'tag');
    grants.allowObjects(fn, data.bucket, 'samples/', 'GetObject');
    grants.allowObjects(fn, data.bucket, 'users/', 'GetObject');
    grants.allowSend(fn, this.later.queue, this.collect.queue);
    for (const run of builtin) grants.allowInvoke(fn, run);
  }

  /** Synchronous calls to platforms, each in an invocation of its own, which nothing repeats. */
  private synchronousCalls(environment: Record<string, string>, builtin: IFunction[], undelivered: DeadLetters): NodeLambda {
    const { data, config } = this;
    const sync = this.core('OnSync', 'dispatch/on-sync', {
      environment,
      timeoutSeconds: syncFunctionSeconds(config.settings),
      onFailure: new SqsDestination(undelivered),
      retryAttempts: 0,
    });
    grants.allowTable(sync, data.platforms, 'Query');
    data.allowAccounts(sync);
    data.allowPackages(sync);
    this.containers?.allowRuns(sync);
    grants.allowTable(sync, data.jobs, 'GetItem', 'UpdateItem');
    grants.allowQueue(sync, data.jobs);
    grants.allowTable(sync, data.lanes, 'GetItem', 'UpdateItem', 'DeleteItem', 'Query');
    grants.allowTable(sync, data.builtin, 'GetItem', 'PutItem', 'UpdateItem');
    grants.allowObjects(sync, data.bucket, 'samples/', 'GetObject');
    grants.allowObjects(sync, data.bucket, 'builtin/', 'GetObject');
    grants.allowObjects(sync, data.bucket, 'users/', 'GetObject', 'PutObject');
    grants.allowSend(sync, this.later.queue);
    for (const run of builtin) grants.allowInvoke(sync, run);
    return sync;
  }

  /** Results are written; those of a job that was deleted meanwhile are removed. */
  private allowResults(fn: IFunction): void {
    grants.allowObjects(fn, this.data.bucket, 'users/', 'GetObject', 'PutObject', 'DeleteObject');
    grants.allowList(fn, this.data.bucket, 'users/');
  }

  /** The state machine that copies the files of results. */
  private copies(): AslMachine {
    const { data } = this;
    const plan = this.core('PlanCopies', 'dispatch/task-plan-copies');
    grants.allowTable(plan, data.jobs, 'GetItem');
    grants.allowObjects(plan, data.bucket, 'users/', 'GetObject');
    const copy = this.core('CopyAsset', 'dispatch/task-copy-asset', { timeoutSeconds: this.config.settings.copySeconds });
    grants.allowTable(copy, data.platforms, 'Query');
    data.allowAccounts(copy);
    grants.allowTable(copy, data.jobs, 'GetItem', 'UpdateItem');
    grants.allowObjects(copy, data.bucket, 'users/', 'GetObject', 'PutObject', 'AbortMultipartUpload');
    this.containers?.allowFiles(copy);
    const finish = this.core('FinishCopies', 'dispatch/task-finish-copies', { timeoutSeconds: collectSeconds });
    grants.allowTable(finish, data.platforms, 'Query');
    data.allowAccounts(finish);
    grants.allowTable(finish, data.jobs, 'GetItem', 'UpdateItem');
    this.allowResults(finish);
    this.containers?.allowReads(finish); // the log is kept beside the results
    const functions = { PlanCopiesFunction: plan, CopyAssetFunction: copy, FinishCopiesFunction: finish };
    return new AslMachine(this, 'CollectResults', 'dispatch/collect-results', functions, StateMachineType.STANDARD);
  }

  /** The functions in which the built-in platform runs: one that may pause, one with the memory that rasters need. */
  private builtinPlatform(undelivered: DeadLetters): { run: NodeLambda; raster: NodeLambda } {
    const { data } = this;
    const environment = { BUILTIN_TABLE: data.builtin.tableName, BUCKET: data.bucket.bucketName };
    const onFailure = new SqsDestination(undelivered);
    const run = new NodeLambda(this, 'BuiltinRun', 'platforms/builtin/on-run', {
      environment,
      timeoutSeconds: 660, // echo pauses up to ten minutes
      onFailure,
    });
    const raster = new NodeLambda(this, 'RasterRun', 'platforms/builtin/on-run-raster', {
      environment,
      memorySize: 2048, // a source of 128 MB, its pixels as 32-bit numbers, and GDAL
      timeoutSeconds: 300,
      onFailure,
    });
    for (const fn of [run, raster]) {
      grants.allowTable(fn, data.builtin, 'GetItem', 'UpdateItem');
      grants.allowObjects(fn, data.bucket, 'builtin/', 'PutObject');
    }
    for (const prefix of ['samples/', 'users/']) grants.allowObjects(raster, data.bucket, prefix, 'GetObject');
    return { run, raster };
  }
}
