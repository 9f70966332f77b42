import * as z from 'zod';
import { resultsPrefixes } from '../model.ts';

/** What a deployment with containers tells its functions of them. */
export const ContainerService = z.strictObject({
  queue: z.string().describe('ARN of the job queue'),
  executionRole: z.string().describe('ARN: what starts containers and takes their logs'),
  jobRole: z.string().describe('ARN: what containers themselves may do'),
  logGroup: z.string(),
  region: z.string(),
  image: z.string().describe('Image with bash and curl in which inputs are fetched and results are put away'),
  maxVcpus: z.number().describe('CPUs of all running containers together'),
});
export type ContainerService = z.infer<typeof ContainerService>;

/** Files of results lie below this prefix of the bucket, in a folder named by the job's id on AWS Batch. */
export const resultsPrefix = resultsPrefixes.batch;
/** What containers are to fetch and to put away, readable by a signed link alone. */
export const plansPrefix = 'batch-plans/';

/** Names of the three containers of a job, in the order in which they run. */
export const containerNames = { stageIn: 'stage-in', application: 'application', stageOut: 'stage-out' } as const;

/** Where the application finds its inputs and leaves its results. */
export const folders = { inputs: '/swath/in', results: '/swath/out', plan: '/swath-plan' } as const;
export const parametersPath = `${folders.inputs}/parameters.json`;

/** A job as AWS Batch describes it (`DescribeJobs`), as far as it is read. */
export const BatchJob = z.object({
  jobId: z.string(),
  status: z.string(),
  statusReason: z.string().optional(),
  createdAt: z.number().optional().describe('ms since the epoch'),
  tags: z.record(z.string(), z.string()).default({}),
  containers: z
    .array(
      z.object({
        name: z.string(),
        exitCode: z.number().optional(),
        reason: z.string().optional(),
        logStreamName: z.string().optional(),
      }),
    )
    .default([]),
});
export type BatchJob = z.infer<typeof BatchJob>;

/** Tags of a job on AWS Batch: whose it is, and what it runs. */
export const tagNames = { job: 'swath:job', process: 'swath:process' } as const;

interface NamedValue {
  name: string;
  value: string;
}

/** A container of a job, in the words of AWS Batch (`TaskContainerProperties`). */
export interface ContainerOfJob {
  name: string;
  image: string;
  essential: boolean;
  command?: string[];
  environment: NamedValue[];
  dependsOn?: { containerName: string; condition: 'COMPLETE' | 'SUCCESS' }[];
  mountPoints: { sourceVolume: string; containerPath: string; readOnly?: boolean }[];
  resourceRequirements: { type: 'VCPU' | 'MEMORY'; value: string }[];
  logConfiguration: { logDriver: 'awslogs'; options: Record<string, string> };
}

/** What is registered of a package (`RegisterJobDefinition`), but its name. */
export interface JobDefinition {
  type: 'container';
  platformCapabilities: ['FARGATE'];
  timeout: { attemptDurationSeconds: number };
  /** A container runs once: whether it may run again is for the owner of the job to say. */
  retryStrategy: { attempts: 1 };
  ecsProperties: {
    taskProperties: [
      {
        containers: ContainerOfJob[];
        executionRoleArn: string;
        taskRoleArn: string;
        ephemeralStorage?: { sizeInGiB: number };
        networkConfiguration: { assignPublicIp: 'ENABLED' };
        runtimePlatform: { operatingSystemFamily: 'LINUX'; cpuArchitecture: 'X86_64' };
        volumes: { name: string }[];
      },
    ];
  };
}

/** What a job says of its containers (`EcsPropertiesOverride`). */
export interface Overrides {
  taskProperties: [{ containers: { name: string; command?: string[]; environment?: NamedValue[] }[] }];
}

/** What is submitted (`SubmitJob`). */
export interface JobRequest {
  jobName: string;
  jobQueue: string;
  /** ARN of the definition, with its revision. */
  jobDefinition: string;
  ecsPropertiesOverride: Overrides;
  tags: Record<string, string>;
}
