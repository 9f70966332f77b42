import type { App } from 'aws-cdk-lib';
import { CustomResource, Duration, Fn, Validations } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, StreamViewType, TableV2, type TablePropsV2 } from 'aws-cdk-lib/aws-dynamodb';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { Key } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, HttpMethods } from 'aws-cdk-lib/aws-s3';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import * as grants from '../constructs/grants.ts';
import { plansPrefix } from '../../lambdas/platforms/batch/model.ts';
import { NodeLambda } from '../constructs/node-lambda.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { Config } from '../config/schema.ts';

const text = (name: string) => ({ name, type: AttributeType.STRING });

/** What lasts: tables, the bucket of results and workspaces, and the bus. */
export class DataStack extends SwathStack {
  /** Unit jobs and their specs. Index attributes are there only in the states that the index is for. */
  readonly jobs: TableV2;
  /** The registry of platforms: the config's, and what administrators made of it. */
  readonly platforms: TableV2;
  readonly history: TableV2;
  readonly lanes: TableV2;
  /** WebSocket connections, tickets, frames: all short-lived. */
  readonly connections: TableV2;
  /** Jobs of the built-in platform. */
  readonly builtin: TableV2;
  /** Which job a request with an `Idempotency-Key` made: kept a week. */
  readonly requests: TableV2;
  /** Upscaling tasks; their jobs are in the table of jobs. */
  readonly tasks: TableV2;
  /** Personal access tokens, hashed. */
  readonly tokens: TableV2;
  /** Deployed processes and their packages. */
  readonly processes: TableV2;
  /** Accounts at platforms, each sealed with `credentialsKey`. */
  readonly credentials: TableV2;
  /** Users' own credentials at platforms, their tokens sealed under the same key. */
  readonly userCredentials: TableV2;
  readonly credentialsKey: Key;
  readonly bucket: Bucket;
  readonly bus: EventBus;
  /** Marks our jobs on platforms. Two deployments of one name, in accounts that share a platform's account, are told apart. */
  readonly deployment: string;

  constructor(app: App, config: Config) {
    super(app, 'data', config);
    const unique = Fn.select(0, Fn.split('-', Fn.select(2, Fn.split('/', this.stackId)))); // of arn:...:stack/<name>/<uuid>
    this.deployment = config.endpoint ? `swath-${config.env}` : `swath-${config.env}-${unique}`;
    this.jobs = this.table('Jobs', {
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        { indexName: 'owner', partitionKey: text('ownerKey'), sortKey: text('createdKey') },
        // Jobs of tasks only when they come back to it: before, they are found where they lie.
        { indexName: 'queue', partitionKey: text('queueKey'), sortKey: text('queueOrder') },
        { indexName: 'active', partitionKey: text('activeKey'), sortKey: text('jobId') },
        // Tasks make jobs by the thousand: of these an index that held more would be written with every change.
        { indexName: 'taskActive', partitionKey: text('taskActiveKey'), projectionType: ProjectionType.KEYS_ONLY },
      ],
    });
    this.platforms = this.table('Platforms');
    this.seedPlatforms();
    this.history = this.table('JobHistory'); // an index comes with who reads it: each costs a write for every row
    this.lanes = this.table('Lanes', {
      globalSecondaryIndexes: [
        { indexName: 'due', partitionKey: text('due'), sortKey: text('pk'), projectionType: ProjectionType.KEYS_ONLY },
      ],
    });
    this.connections = this.table('Connections', { dynamoStream: StreamViewType.NEW_IMAGE, timeToLiveAttribute: 'expires' });
    this.builtin = this.table('Builtin', {
      timeToLiveAttribute: 'expires',
      globalSecondaryIndexes: [{ indexName: 'tag', partitionKey: text('tag') }],
    });
    this.requests = this.table('Requests', { timeToLiveAttribute: 'expires' });
    this.credentials = this.table('Credentials');
    this.userCredentials = this.table('UserCredentials');
    this.credentialsKey = new Key(this, 'CredentialsKey', {
      description: 'Seals what this deployment proves itself with at platforms',
      enableKeyRotation: true,
      removalPolicy: this.stateful.removalPolicy,
    });
    this.tokens = this.table('Tokens', { timeToLiveAttribute: 'expires' });
    this.tasks = this.table('Tasks', {
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      globalSecondaryIndexes: [
        { indexName: 'owner', partitionKey: text('ownerKey'), sortKey: text('createdKey') },
        { indexName: 'work', partitionKey: text('workKey'), sortKey: text('workUntil'), projectionType: ProjectionType.KEYS_ONLY },
      ],
    });
    this.processes = this.table('Processes', {
      globalSecondaryIndexes: [
        { indexName: 'owner', partitionKey: text('ownerKey'), sortKey: text('id') },
        { indexName: 'published', partitionKey: text('publishedKey'), sortKey: text('id') },
      ],
    });
    this.bucket = new Bucket(this, 'Files', {
      versioned: true,
      enforceSSL: !config.endpoint,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      removalPolicy: this.stateful.removalPolicy,
      // Browsers read and write with pre-signed URLs, which are the only authority here: any origin may use one.
      cors: [
        {
          allowedMethods: [HttpMethods.GET, HttpMethods.HEAD, HttpMethods.PUT],
          allowedOrigins: ['*'],
          allowedHeaders: ['*'],
          exposedHeaders: ['ETag', 'Content-Range', 'Content-Length', 'Accept-Ranges'],
          maxAge: 3600,
        },
      ],
      lifecycleRules: [
        { abortIncompleteMultipartUploadAfter: Duration.days(7), noncurrentVersionExpiration: Duration.days(30) },
        // What containers are told to fetch: they read it when they start, and its links end within an hour.
        { prefix: plansPrefix, expiration: Duration.days(1), noncurrentVersionExpiration: Duration.days(1) },
      ],
    });
    if (config.endpoint)
      Validations.of(this.bucket).acknowledge({ id: 'AwsSolutions-S10', reason: 'The emulator speaks plain HTTP, on this machine only.' });
    // A bus must have a name: the stack's, which names the environment.
    this.bus = new EventBus(this, 'Bus', { eventBusName: this.stackName });
    this.output({
      BucketName: this.bucket.bucketName,
      EventBusName: this.bus.eventBusName,
      PlatformsTable: this.platforms.tableName,
      JobsTable: this.jobs.tableName,
      HistoryTable: this.history.tableName,
      LanesTable: this.lanes.tableName,
      ConnectionsTable: this.connections.tableName,
      BuiltinTable: this.builtin.tableName,
      RequestsTable: this.requests.tableName,
      TokensTable: this.tokens.tableName,
      TasksTable: this.tasks.tableName,
      ProcessesTable: this.processes.tableName,
      CredentialsTable: this.credentials.tableName,
      UserCredentialsTable: this.userCredentials.tableName,
    });
  }

  /** At each deployment the config's platforms come into the table. */
  private seedPlatforms(): void {
    const seed = new NodeLambda(this, 'SeedPlatforms', 'platforms/on-seed', { environment: { PLATFORMS_TABLE: this.platforms.tableName } });
    grants.allowTable(seed, this.platforms, 'GetItem', 'PutItem', 'Query');
    const resource = new CustomResource(this, 'PlatformSeed', {
      serviceToken: seed.functionArn,
      serviceTimeout: Duration.minutes(2), // instead of an hour, should the function be unable to answer
      properties: { Platforms: JSON.stringify(this.config.platforms) },
    });
    const reason = 'The time-out is written as text, which CloudFormation takes for the number it is.';
    Validations.of(resource).acknowledge({ id: 'CloudFormation-Validate::W9003', reason });
  }

  /** What functions need to find accounts. */
  get credentialsEnvironment(): Record<string, string> {
    return {
      CREDENTIALS_TABLE: this.credentials.tableName,
      USER_CREDENTIALS_TABLE: this.userCredentials.tableName,
      CREDENTIALS_KEY: this.credentialsKey.keyArn,
    };
  }

  /** Whoever calls platforms opens accounts, and changes none; users' credentials it renews. */
  allowAccounts(fn: IFunction): void {
    grants.allowTable(fn, this.credentials, 'GetItem');
    grants.allowTable(fn, this.userCredentials, 'GetItem', 'PutItem');
    grants.allowKey(fn, this.credentialsKey, 'Decrypt', 'Encrypt');
  }

  /** Whoever sends jobs to platforms reads what deployed processes are. */
  allowPackages(fn: NodeLambda): void {
    fn.addEnvironment('PROCESSES_TABLE', this.processes.tableName);
    grants.allowTable(fn, this.processes, 'GetItem');
    grants.allowObjects(fn, this.bucket, 'processes/', 'GetObject');
  }

  private table(id: string, props: Partial<TablePropsV2> = {}): TableV2 {
    return new TableV2(this, id, {
      partitionKey: text('pk'),
      // Rows without a second part of the key use a fixed word.
      sortKey: text('sk'),
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: this.config.removal === 'retain' },
      ...this.stateful,
      ...props,
    });
  }
}
