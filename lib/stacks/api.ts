import { Duration, RemovalPolicy, Validations, type App } from 'aws-cdk-lib';
import { CfnApi, CorsHttpMethod, HttpApi, HttpRoute, HttpRouteKey, HttpStage, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Config } from '../config/schema.ts';
import { routes as dispatch } from '../../lambdas/dispatch/routes.ts';
import { routes as identity } from '../../lambdas/identity/routes.ts';
import { routes as landing } from '../../lambdas/landing/routes.ts';
import { routes as live } from '../../lambdas/live/routes.ts';
import { routes as ogc } from '../../lambdas/ogc/routes.ts';
import { routes as platforms } from '../../lambdas/platforms/routes.ts';
import { routes as upscaling } from '../../lambdas/upscaling/routes.ts';
import { routes as tiles } from '../../lambdas/upscaling/tiles/routes.ts';
import { routes as workspace } from '../../lambdas/workspace/routes.ts';
import { addArea } from '../constructs/area-api.ts';
import * as grants from '../constructs/grants.ts';
import { coreEnvironment, NodeLambda } from '../constructs/node-lambda.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { ContainersStack } from './containers.ts';
import type { DataStack } from './data.ts';
import type { IdentityStack } from './identity.ts';
import type { LiveStack } from './live.ts';
import type { UpscalingStack } from './upscaling.ts';
import type { WorkflowsStack } from './workflows.ts';

/** Any origin, no cookies: tokens are the only authority, and a page of any site may be a client. */
const cors = {
  allowOrigins: ['*'],
  allowMethods: [CorsHttpMethod.ANY],
  allowHeaders: ['authorization', 'content-type', 'idempotency-key', 'if-match', 'if-none-match', 'prefer', 'x-correlation-id'],
  exposeHeaders: [
    'ETag',
    'Location',
    'Link',
    'OpenEO-Identifier',
    'OpenEO-Costs',
    'Preference-Applied',
    'Idempotency-Replayed',
    'Retry-After',
    'RateLimit',
    'RateLimit-Policy',
    'X-Correlation-ID',
  ],
};
const corsAge = Duration.hours(2); // as long as Chromium keeps an answer

/** The stacks whose resources the areas' functions use. */
interface Behind {
  data: DataStack;
  identity: IdentityStack;
  containers: ContainersStack | undefined;
  workflows: WorkflowsStack;
  upscaling: UpscalingStack;
  live: LiveStack;
}

/** The HTTP API: one function per area, reached by the prefixes of its route table. */
export class ApiStack extends SwathStack {
  readonly url: string;
  private readonly identity: IdentityStack;
  private readonly tokens: TableV2;
  private readonly rates: TableV2;

  constructor(app: App, config: Config, { data, identity: users, containers, workflows, upscaling: tasks, live: socket }: Behind) {
    super(app, 'api', config);
    this.identity = users;
    this.tokens = data.tokens;
    this.rates = data.requests;
    const api = this.api();
    const emulator = config.publicEndpoint ?? config.endpoint;
    this.url = emulator
      ? `${emulator}/_aws/execute-api/${api.apiId}/$default`
      : `https://${api.apiId}.execute-api.${this.region}.${this.urlSuffix}`;

    const landingFn = new NodeLambda(this, 'Landing', 'landing/http', {
      environment: { API_URL: this.url, WEBSOCKET_URL: socket.url, JOBS_TABLE: data.jobs.tableName },
    });
    grants.allowTable(landingFn, data.jobs, 'GetItem');
    addArea(api, 'Landing', landing, landingFn);
    // Also whatever no area answers: unknown paths and doubled slashes.
    const fallback = new HttpLambdaIntegration('NoArea', landingFn, { scopePermissionToRoute: false });
    new HttpRoute(this, 'NoArea', { httpApi: api, routeKey: HttpRouteKey.DEFAULT, integration: fallback });

    const platformsFn = this.area('Platforms', 'platforms/http', {
      ...coreEnvironment(config, data.deployment),
      PLATFORMS_TABLE: data.platforms.tableName,
      LATER_QUEUE_URL: workflows.later.queue.queueUrl,
      LANES_TABLE: data.lanes.tableName,
      JOBS_TABLE: data.jobs.tableName,
      ...data.credentialsEnvironment,
      ...containers?.settings, // whether there are any
    });
    grants.allowTable(platformsFn, data.platforms, 'GetItem', 'PutItem', 'Query');
    grants.allowSend(platformsFn, workflows.later.queue);
    grants.allowTable(platformsFn, data.credentials, 'GetItem', 'PutItem');
    grants.allowTable(platformsFn, data.userCredentials, 'GetItem', 'PutItem');
    grants.allowKey(platformsFn, data.credentialsKey, 'Encrypt');
    grants.allowTable(platformsFn, data.lanes, 'GetItem', 'Query');
    grants.allowIndex(platformsFn, data.lanes, 'due');
    grants.allowQueue(platformsFn, data.jobs);
    grants.allowActive(platformsFn, data.jobs);
    addArea(api, 'Platforms', platforms, platformsFn);

    /** What functions of the job core need behind each of its doors. */
    const jobCore = {
      ...coreEnvironment(config, data.deployment),
      ...data.credentialsEnvironment,
      PLATFORMS_TABLE: data.platforms.tableName,
      JOBS_TABLE: data.jobs.tableName,
      LANES_TABLE: data.lanes.tableName,
      BUILTIN_TABLE: data.builtin.tableName,
      REQUESTS_TABLE: data.requests.tableName,
      BUCKET: data.bucket.bucketName,
      LATER_QUEUE_URL: workflows.later.queue.queueUrl,
    };
    const dispatchFn = this.area('Dispatch', 'dispatch/http', {
      ...jobCore,
      TASKS_TABLE: data.tasks.tableName,
      COLLECT_QUEUE_URL: workflows.collect.queue.queueUrl,
    });
    grants.allowTable(dispatchFn, data.platforms, 'Query');
    data.allowAccounts(dispatchFn);
    grants.allowTable(dispatchFn, data.jobs, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    grants.allowIndex(dispatchFn, data.jobs, 'owner');
    grants.allowQueue(dispatchFn, data.jobs);
    grants.allowTable(dispatchFn, data.requests, 'GetItem', 'PutItem');
    grants.allowTable(dispatchFn, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowObjects(dispatchFn, data.bucket, 'users/', 'GetObject', 'PutObject', 'DeleteObject');
    grants.allowList(dispatchFn, data.bucket, 'users/');
    grants.allowObjects(dispatchFn, data.bucket, 'samples/', 'GetObject');
    grants.allowObjects(dispatchFn, data.bucket, 'builtin/', 'GetObject');
    grants.allowTable(dispatchFn, data.builtin, 'GetItem'); // its jobs' logs
    containers?.allowReads(dispatchFn);
    grants.allowSend(dispatchFn, workflows.later.queue, workflows.collect.queue);
    grants.allowIndex(dispatchFn, data.tasks, 'owner');
    addArea(api, 'Dispatch', dispatch, dispatchFn);

    const ogcFn = this.area('Ogc', 'ogc/http', { ...jobCore, WEBSOCKET_URL: socket.url, PROCESSES_TABLE: data.processes.tableName });
    grants.allowTable(ogcFn, data.platforms, 'Query');
    data.allowAccounts(ogcFn);
    grants.allowTable(ogcFn, data.jobs, 'GetItem', 'PutItem', 'UpdateItem', 'DeleteItem');
    grants.allowIndex(ogcFn, data.jobs, 'owner');
    grants.allowQueue(ogcFn, data.jobs);
    grants.allowActive(ogcFn, data.jobs);
    grants.allowTable(ogcFn, data.processes, 'GetItem', 'PutItem');
    grants.allowIndex(ogcFn, data.processes, 'owner', 'published');
    grants.allowObjects(ogcFn, data.bucket, 'processes/', 'GetObject', 'PutObject');
    grants.allowScan(ogcFn, data.jobs, 'owner'); // administrators list everybody's
    grants.allowTable(ogcFn, data.builtin, 'GetItem'); // its jobs' logs
    containers?.allowReads(ogcFn);
    grants.allowTable(ogcFn, data.requests, 'GetItem', 'PutItem');
    grants.allowTable(ogcFn, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowIndex(ogcFn, data.lanes, 'due');
    grants.allowObjects(ogcFn, data.bucket, 'users/', 'GetObject', 'PutObject', 'DeleteObject');
    grants.allowList(ogcFn, data.bucket, 'users/');
    grants.allowObjects(ogcFn, data.bucket, 'samples/', 'GetObject');
    grants.allowObjects(ogcFn, data.bucket, 'builtin/', 'GetObject');
    grants.allowSend(ogcFn, workflows.later.queue);
    addArea(api, 'Ogc', ogc, ogcFn);

    const upscalingFn = this.area(
      'Upscaling',
      'upscaling/http',
      { ...jobCore, TASKS_TABLE: data.tasks.tableName, MOSAIC_FUNCTION: tasks.mosaic.functionName },
      1024, // a manifest of 32 MB, its values and their copy
    );
    grants.allowTable(upscalingFn, data.platforms, 'Query');
    data.allowAccounts(upscalingFn);
    grants.allowTable(upscalingFn, data.tasks, 'GetItem', 'PutItem', 'UpdateItem', 'Query');
    grants.allowIndex(upscalingFn, data.tasks, 'owner');
    grants.allowTable(upscalingFn, data.jobs, 'GetItem', 'PutItem', 'UpdateItem', 'Query');
    grants.allowQueue(upscalingFn, data.jobs);
    grants.allowActive(upscalingFn, data.jobs);
    grants.allowTable(upscalingFn, data.lanes, 'GetItem', 'UpdateItem', 'Query');
    grants.allowSend(upscalingFn, workflows.later.queue);
    grants.allowTable(upscalingFn, data.requests, 'GetItem', 'PutItem');
    grants.allowObjects(upscalingFn, data.bucket, 'users/', 'GetObject', 'PutObject');
    // What it signs links to has to be readable for it.
    grants.allowObjects(upscalingFn, data.bucket, 'samples/', 'GetObject');
    grants.allowObjects(upscalingFn, data.bucket, 'builtin/', 'GetObject');
    grants.allowInvoke(upscalingFn, tasks.mosaic);
    addArea(api, 'Upscaling', upscaling, upscalingFn);

    const liveFn = this.area('Live', 'live/http', { WEBSOCKET_URL: socket.url, CONNECTIONS_TABLE: data.connections.tableName });
    grants.allowTable(liveFn, data.connections, 'PutItem');
    addArea(api, 'Live', live, liveFn);

    addArea(api, 'Tiles', tiles, this.area('Tiles', 'upscaling/tiles/http', {}));

    const workspaceFn = this.area('Workspace', 'workspace/http', { BUCKET: data.bucket.bucketName });
    grants.allowObjects(workspaceFn, data.bucket, 'users/', 'PutObject'); // by the URLs that it signs
    addArea(api, 'Workspace', workspace, workspaceFn);

    const identityFn = this.area('Identity', 'identity/http', {});
    grants.allowTable(identityFn, data.tokens, 'PutItem', 'DeleteItem', 'Query');
    addArea(api, 'Identity', identity, identityFn);

    this.output({ ApiId: api.apiId, ApiUrl: this.url });
  }

  /** The function of an area: it verifies tokens itself, notes when personal ones were used, and limits rates. */
  private area(id: string, entry: string, environment: Record<string, string>, memorySize = 512): NodeLambda {
    const { pool, client } = this.identity;
    const fn = new NodeLambda(this, id, entry, {
      memorySize,
      environment: {
        API_URL: this.url,
        TOKENS_TABLE: this.tokens.tableName,
        RATES_TABLE: this.rates.tableName,
        RATE_LIMITS: JSON.stringify(this.config.rateLimits),
        USER_POOL_ID: pool.userPoolId,
        USER_POOL_CLIENT_ID: client.userPoolClientId,
        ROLES_CLAIM: this.config.rolesClaim,
        ISSUERS: JSON.stringify(this.config.issuers),
        ...environment,
      },
    });
    grants.allowTable(fn, this.tokens, 'GetItem', 'UpdateItem');
    grants.allowTable(fn, this.rates, 'UpdateItem');
    return fn;
  }

  private api(): HttpApi {
    const { config } = this;
    const api = new HttpApi(this, 'Http', {
      apiName: this.stackName,
      createDefaultStage: false,
      corsPreflight: config.endpoint ? undefined : { ...cors, maxAge: corsAge },
    });
    if (config.endpoint) {
      (api.node.defaultChild as CfnApi).addPropertyOverride('CorsConfiguration', { ...cors, maxAge: corsAge.toSeconds() });
      const reason = 'The emulator keeps the capital names of templates and then finds none of them.';
      Validations.of(api).acknowledge({ id: 'CloudFormation-Validate::F3002', reason });
    }
    const logs = new LogGroup(this, 'AccessLogs', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const { rate: rateLimit, burst: burstLimit } = config.throttle;
    new HttpStage(this, 'Stage', {
      httpApi: api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
      accessLogSettings: { destination: new LogGroupLogDestination(logs), format: accessLog },
    });
    return api;
  }
}

/** One JSON line a request; no token, no query string. */
const accessLog = AccessLogFormat.custom(
  JSON.stringify({
    time: '$context.requestTime',
    requestId: '$context.requestId',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    path: '$context.path',
    route: '$context.routeKey',
    status: '$context.status',
    bytes: '$context.responseLength',
    milliseconds: '$context.responseLatency',
    error: '$context.integrationErrorMessage',
  }),
);
