import type { Container, UnitConfig } from '../../packages/model.ts';
import { stagingShare, taskSize, type TaskSize } from '../../../platforms/packages/rules/fargate.ts';
import { containerNames, folders, type ContainerOfJob, type ContainerService, type JobDefinition } from '../model.ts';
import { stageIn, stageOut } from './scripts.ts';

const volumes = { inputs: 'inputs', results: 'results', plan: 'plan' } as const;

/** Where each volume is seen; only the containers of ours see the plan, which holds signed links. */
const mount = (volume: keyof typeof volumes, readOnly = false): ContainerOfJob['mountPoints'][number] => ({
  sourceVolume: volumes[volume],
  containerPath: folders[volume],
  ...(readOnly ? { readOnly } : {}),
});

const resources = (vcpus: number, memory: number): ContainerOfJob['resourceRequirements'] => [
  { type: 'VCPU', value: String(vcpus) },
  { type: 'MEMORY', value: String(memory) },
];

/** Why a container of this size cannot run in this deployment; undefined where it can. */
export function sizeFault(config: UnitConfig, { maxVcpus }: Pick<ContainerService, 'maxVcpus'>): string | undefined {
  const size = taskSize(config);
  if (size === undefined) return 'The container asks for more than there is for one.';
  if (size.vcpus <= maxVcpus) return undefined;
  return `The container needs ${size.vcpus} CPUs for what it asks for, and this deployment has ${maxVcpus} for all of them.`;
}

/**
 * A package's container between the two that bring its inputs and take its results away. CPUs of a task are shared by need, and one
 * runs after the other, so that the application has all of them; of the memory it has what is not theirs.
 */
export function jobDefinition(
  { image }: Pick<Container, 'image'>,
  size: TaskSize,
  service: ContainerService,
  bucketUrl: string,
): JobDefinition {
  const logConfiguration: ContainerOfJob['logConfiguration'] = {
    logDriver: 'awslogs',
    options: { 'awslogs-group': service.logGroup, 'awslogs-region': service.region, 'awslogs-stream-prefix': 'job' },
  };
  const ours = { image: service.image, resourceRequirements: resources(stagingShare.vcpus, stagingShare.memory), logConfiguration };
  const containers: ContainerOfJob[] = [
    {
      ...ours,
      name: containerNames.stageIn,
      essential: false,
      command: ['/bin/bash', '-c', stageIn(folders)],
      environment: [],
      mountPoints: [mount('inputs'), mount('results'), mount('plan')],
    },
    {
      name: containerNames.application,
      image,
      essential: false,
      environment: [
        { name: 'SWATH_INPUTS', value: folders.inputs },
        { name: 'SWATH_RESULTS', value: folders.results },
      ],
      dependsOn: [{ containerName: containerNames.stageIn, condition: 'SUCCESS' }],
      mountPoints: [mount('inputs', true), mount('results')],
      resourceRequirements: resources(size.vcpus - 2 * stagingShare.vcpus, size.memory - 2 * stagingShare.memory),
      logConfiguration,
    },
    {
      ...ours,
      name: containerNames.stageOut,
      // The last one: with its end the task ends.
      essential: true,
      command: ['/bin/bash', '-c', stageOut(folders)],
      environment: [
        { name: 'RESULTS_URL', value: bucketUrl },
        { name: 'RESULTS_REGION', value: service.region },
      ],
      // Also of an application that failed: its log tells why, and this container's nothing more.
      dependsOn: [{ containerName: containerNames.application, condition: 'COMPLETE' }],
      mountPoints: [mount('results', true), mount('plan', true)],
    },
  ];
  return {
    type: 'container',
    platformCapabilities: ['FARGATE'],
    timeout: { attemptDurationSeconds: size.timeoutSeconds },
    retryStrategy: { attempts: 1 },
    ecsProperties: {
      taskProperties: [
        {
          containers,
          executionRoleArn: service.executionRole,
          taskRoleArn: service.jobRole,
          ...(size.storage === undefined ? {} : { ephemeralStorage: { sizeInGiB: size.storage } }),
          // Its subnets have no other way to the registry of the image and to the hosts of inputs.
          networkConfiguration: { assignPublicIp: 'ENABLED' },
          runtimePlatform: { operatingSystemFamily: 'LINUX', cpuArchitecture: 'X86_64' },
          volumes: Object.values(volumes).map((name) => ({ name })),
        },
      ],
    },
  };
}

/** Names on AWS Batch: letters, digits, hyphens and underscores, at most 128. */
export const nameOf = (text: string): string => text.replaceAll(/[^\w-]+/g, '-').slice(0, 128);
