import type { UnitConfig } from '../model.ts';

/**
 * Sizes of a task on AWS Fargate (Amazon ECS, "Task CPU and memory"): memory in MiB, from, to, in steps. The two below one CPU
 * are left out: the containers that bring inputs and take results away have a share of the task, too.
 */
const sizes = [
  { vcpus: 1, from: 2048, to: 8192, step: 1024 },
  { vcpus: 2, from: 4096, to: 16_384, step: 1024 },
  { vcpus: 4, from: 8192, to: 30_720, step: 1024 },
  { vcpus: 8, from: 16_384, to: 61_440, step: 4096 },
  { vcpus: 16, from: 32_768, to: 122_880, step: 8192 },
] as const;

/** What each of the two containers beside the package's own is given; memory in MiB. */
export const stagingShare = { vcpus: 0.25, memory: 512 } as const;

/** Storage of a task in GiB: what it has anyway, and between what it may be chosen ("Fargate task ephemeral storage"). */
const storage = { usual: 20, least: 21, most: 200 } as const;

/** Seconds: the shortest time-out that AWS Batch takes, and how long Fargate runs a task at most ("Job timeouts", "SubmitJob"). */
const timeout = { least: 60, most: 14 * 24 * 3600 } as const;
/** A package that says nothing of its time has a day. */
const usualTimeout = 24 * 3600;

/** What a package's container can have at most. */
export const most = {
  cpuMin: 16,
  memoryMin: 119,
  storageTempMin: storage.most,
  storageOutputsMin: storage.most,
  jobTimeout: timeout.most,
} as const;

export interface TaskSize {
  vcpus: number;
  /** MiB, of the whole task. */
  memory: number;
  /** GiB; absent: what every task has. */
  storage?: number;
  timeoutSeconds: number;
}

/** GB that a container needs for what it keeps for a while, and for its results. */
export const storageOf = ({ storageTempMin = 0, storageOutputsMin = 0 }: UnitConfig): number => storageTempMin + storageOutputsMin;

/** The smallest task that has what a package asks for; without a word of it 1 CPU and 2 GB. undefined for more than there is. */
export function taskSize(config: UnitConfig): TaskSize | undefined {
  const { cpuMin = 1, memoryMin = 2, jobTimeout = usualTimeout } = config;
  const wanted = Math.ceil(memoryMin * 1024) + 2 * stagingShare.memory;
  const size = sizes.find(({ vcpus, to }) => vcpus >= cpuMin && to >= wanted);
  const room = Math.ceil(storageOf(config));
  if (size === undefined || room > storage.most || jobTimeout > timeout.most) return undefined;
  return {
    vcpus: size.vcpus,
    memory: Math.max(size.from, size.from + Math.ceil((wanted - size.from) / size.step) * size.step),
    ...(room <= storage.usual ? {} : { storage: Math.max(storage.least, room) }),
    timeoutSeconds: Math.max(timeout.least, Math.ceil(jobTimeout)),
  };
}
