import { Aws, type App } from 'aws-cdk-lib';
import { CfnComputeEnvironment, CfnJobQueue } from 'aws-cdk-lib/aws-batch';
import { GatewayVpcEndpointAwsService, SecurityGroup, SubnetType, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Rule, RuleTargetInput, EventField } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { plansPrefix, resultsPrefix, tagNames, type ContainerService } from '../../lambdas/platforms/batch/model.ts';
import type { Config } from '../config/schema.ts';
import * as grants from '../constructs/grants.ts';
import type { NodeLambda } from '../constructs/node-lambda.ts';
import { SwathStack } from '../constructs/swath-stack.ts';
import type { DataStack } from './data.ts';

/** States of a job on AWS Batch that are news for its owner. */
const newsworthy = ['RUNNING', 'SUCCEEDED', 'FAILED'];

/** Where containers of deployed processes run: AWS Batch on Fargate. Nothing in it costs while no container runs. */
export class ContainersStack extends SwathStack {
  private readonly data: DataStack;
  private readonly roles: Role[];
  private readonly logGroup: LogGroup;
  private readonly queue: CfnJobQueue;
  /** For functions that speak to AWS Batch. */
  readonly settings: { CONTAINERS: string };

  constructor(app: App, config: Config, data: DataStack, { maxVcpus, image }: NonNullable<Config['containers']>) {
    super(app, 'containers', config);
    this.data = data;
    this.logGroup = new LogGroup(this, 'Logs', { retention: config.logRetentionDays, removalPolicy: RemovalPolicy.DESTROY });
    const executionRole = this.taskRole('ExecutionRole');
    this.logGroup.grantWrite(executionRole);
    // Containers of one task share it, the package's own too. It may add files, and read, list or delete none.
    const jobRole = this.taskRole('JobRole');
    jobRole.addToPolicy(new PolicyStatement({ actions: ['s3:PutObject'], resources: [data.bucket.arnForObjects(`${resultsPrefix}*`)] }));
    this.roles = [executionRole, jobRole];
    this.queue = this.jobQueue(maxVcpus);
    const service: ContainerService = {
      queue: this.queue.attrJobQueueArn,
      executionRole: executionRole.roleArn,
      jobRole: jobRole.roleArn,
      logGroup: this.logGroup.logGroupName,
      region: config.region,
      image,
      maxVcpus,
    };
    this.settings = { CONTAINERS: JSON.stringify(service) };
    this.output({ JobQueue: this.queue.attrJobQueueArn });
  }

  /** A role that only tasks of this account take. */
  private taskRole(id: string): Role {
    const assumedBy = new ServicePrincipal('ecs-tasks.amazonaws.com', {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    });
    return new Role(this, id, { assumedBy });
  }

  /** A network of its own, where containers reach the Internet and nothing reaches them: public subnets need no gateway that is paid by the hour. */
  private jobQueue(maxVcpus: number): CfnJobQueue {
    const network = new Vpc(this, 'Network', {
      maxAzs: 2,
      natGateways: 0,
      subnetConfiguration: [{ name: 'Public', subnetType: SubnetType.PUBLIC, mapPublicIpOnLaunch: false }],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 } },
      restrictDefaultSecurityGroup: false, // nothing uses it, and restricting it takes a function
    });
    const group = new SecurityGroup(this, 'Outbound', { vpc: network, description: 'Containers call out; nobody calls them' });
    const compute = new CfnComputeEnvironment(this, 'Compute', {
      type: 'MANAGED',
      state: 'ENABLED',
      replaceComputeEnvironment: false,
      computeResources: {
        type: 'FARGATE',
        maxvCpus: maxVcpus,
        subnets: network.publicSubnets.map(({ subnetId }) => subnetId),
        securityGroupIds: [group.securityGroupId],
      },
    });
    return new CfnJobQueue(this, 'Queue', {
      priority: 1,
      state: 'ENABLED',
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: compute.attrComputeEnvironmentArn }],
    });
  }

  /** Runs containers and stops them: of this deployment only. */
  allowRuns(fn: NodeLambda): void {
    this.allowReads(fn);
    const { data } = this;
    const definitions = this.arn(`job-definition/${data.deployment}-*`);
    const jobs = this.arn('job/*');
    const policies: PolicyStatement[] = [
      new PolicyStatement({ actions: ['batch:RegisterJobDefinition'], resources: [definitions] }),
      new PolicyStatement({ actions: ['batch:SubmitJob'], resources: [definitions, this.queue.attrJobQueueArn] }),
      // The tags of a job that is being submitted.
      new PolicyStatement({
        actions: ['batch:TagResource'],
        resources: [jobs],
        conditions: { StringLike: { [`aws:RequestTag/${tagNames.job}`]: `swath:${data.deployment}/*` } },
      }),
      new PolicyStatement({
        actions: ['batch:TerminateJob'],
        resources: [jobs],
        conditions: { StringLike: { [`aws:ResourceTag/${tagNames.job}`]: `swath:${data.deployment}/*` } },
      }),
      // These know no resources (Service Authorization Reference, "AWS Batch").
      new PolicyStatement({ actions: ['batch:ListJobs', 'batch:DescribeJobDefinitions'], resources: ['*'] }),
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: this.roles.map(({ roleArn }) => roleArn),
        conditions: { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } },
      }),
    ];
    for (const policy of policies) fn.addToRolePolicy(policy);
    grants.allowObjects(fn, data.bucket, plansPrefix, 'PutObject', 'GetObject'); // it signs links to what it writes
  }

  /** Reads how containers are doing, what they say and what they made. */
  allowReads(fn: NodeLambda): void {
    fn.addEnvironment('CONTAINERS', this.settings.CONTAINERS);
    fn.addToRolePolicy(new PolicyStatement({ actions: ['batch:DescribeJobs'], resources: ['*'] }));
    fn.addToRolePolicy(new PolicyStatement({ actions: ['logs:GetLogEvents'], resources: [this.logGroup.logGroupArn] }));
    this.allowFiles(fn);
  }

  /** Reads, or signs links to, what containers made. */
  allowFiles(fn: NodeLambda): void {
    grants.allowObjects(fn, this.data.bucket, resultsPrefix, 'GetObject');
  }

  /** News of a job brings forward the poll of its lane, by a message that says when there was any; what the news is, the poll finds out. */
  tellNews(scope: Construct, later: IQueue, undelivered: IQueue, laneId: string): Rule {
    const message = RuleTargetInput.fromObject({ kind: 'poll', laneIds: [laneId], toldAt: EventField.time });
    return new Rule(scope, 'ContainerNews', {
      eventPattern: {
        source: ['aws.batch'],
        detailType: ['Batch Job State Change'],
        detail: { jobQueue: [this.queue.attrJobQueueArn], status: newsworthy },
      },
      targets: [new SqsQueue(later, { message, deadLetterQueue: undelivered })],
    });
  }

  private arn(resource: string): string {
    return `arn:${Aws.PARTITION}:batch:${this.region}:${Aws.ACCOUNT_ID}:${resource}`;
  }
}
