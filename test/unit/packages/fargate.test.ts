import { describe, expect, it } from '@jest/globals';
import { most, taskSize } from '../../../lambdas/platforms/packages/rules/fargate.ts';

describe('The task of a container', () => {
  it.each([
    ['nothing', {}, { vcpus: 1, memory: 3072, timeoutSeconds: 86_400 }],
    ['less than there is', { cpuMin: 0.25, memoryMin: 0.5, jobTimeout: 10 }, { vcpus: 1, memory: 2048, timeoutSeconds: 60 }],
    ['a size between two', { cpuMin: 3, memoryMin: 9.5 }, { vcpus: 4, memory: 11_264, timeoutSeconds: 86_400 }],
    ['more memory than its CPUs may have', { cpuMin: 1, memoryMin: 16 }, { vcpus: 4, memory: 17_408, timeoutSeconds: 86_400 }],
    ['steps of 4 GB', { cpuMin: 8, memoryMin: 17 }, { vcpus: 8, memory: 20_480, timeoutSeconds: 86_400 }],
    ['all that there is', { cpuMin: 16, memoryMin: most.memoryMin }, { vcpus: 16, memory: 122_880, timeoutSeconds: 86_400 }],
    ['the storage that every task has', { storageTempMin: 15, storageOutputsMin: 5 }, { vcpus: 1, memory: 3072, timeoutSeconds: 86_400 }],
    ['more storage', { storageTempMin: 20, storageOutputsMin: 0.5 }, { vcpus: 1, memory: 3072, storage: 21, timeoutSeconds: 86_400 }],
  ])('that asks for %s has the next size', (_, config, size) => expect(taskSize(config)).toEqual(size));

  it.each([
    { cpuMin: 17 },
    { memoryMin: most.memoryMin + 1 },
    { storageTempMin: 150, storageOutputsMin: 51 },
    { jobTimeout: most.jobTimeout + 1 },
  ])('is none for %j', (config) => expect(taskSize(config)).toBeUndefined());
});
