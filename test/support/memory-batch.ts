import { BatchClient } from '../../lambdas/platforms/batch/client.ts';
import type { BatchJob, ContainerService, JobDefinition, JobRequest } from '../../lambdas/platforms/batch/model.ts';
import type { Batch, LogLine } from '../../lambdas/platforms/batch/ports.ts';
import type { PackageRevision } from '../../lambdas/platforms/packages/model.ts';
import { definitionOf } from '../../lambdas/ogc/packages/use-cases/define.ts';
import { aPackage, packageWorld, type Json } from './packages.ts';

export const service: ContainerService = {
  queue: 'arn:aws:batch:eu-central-1:111122223333:job-queue/swath',
  executionRole: 'arn:aws:iam::111122223333:role/execution',
  jobRole: 'arn:aws:iam::111122223333:role/job',
  logGroup: 'containers',
  region: 'eu-central-1',
  image: 'registry.example.org/staging:1',
  maxVcpus: 8,
};
export const bucket = 'files';

/** An error as the AWS SDK throws it. */
export const sdkError = (name: string, httpStatusCode?: number, message = name): Error =>
  Object.assign(new Error(message), { name, ...(httpStatusCode === undefined ? {} : { $metadata: { httpStatusCode } }) });

/** AWS Batch in memory: what is submitted stays as it was told to be. */
class MemoryBatch implements Batch {
  readonly definitions: { name: string; arn: string; definition: JobDefinition }[] = [];
  readonly jobs = new Map<string, BatchJob & JobRequest>();
  readonly terminated: [string, string][] = [];
  /** Thrown by the next submission; `after`: although it took effect. */
  fails: { error: Error; after?: true } | undefined;
  /** Thrown by everything else. */
  down: Error | undefined;
  now = 1_700_000_000_000;

  private check(): void {
    if (this.down) throw this.down;
  }
  async definition(name: string): Promise<string | undefined> {
    this.check();
    return this.definitions.findLast((one) => one.name === name)?.arn;
  }
  async register(name: string, definition: JobDefinition): Promise<string> {
    this.check();
    const arn = `arn:definition/${name}:${this.definitions.length + 1}`;
    this.definitions.push({ name, arn, definition });
    return arn;
  }
  async submit(request: JobRequest): Promise<string> {
    const { fails } = this;
    this.fails = undefined;
    if (fails && !fails.after) throw fails.error;
    const jobId = `00000000-0000-4000-8000-${String(this.jobs.size + 1).padStart(12, '0')}`;
    this.jobs.set(jobId, { ...request, jobId, status: 'SUBMITTED', createdAt: (this.now += 1000), containers: [] });
    if (fails) throw fails.error;
    return jobId;
  }
  async describe(ids: readonly string[]): Promise<BatchJob[]> {
    this.check();
    return ids.flatMap((id) => this.jobs.get(id) ?? []);
  }
  /** As AWS does: letters count in either case. */
  async named(_queue: string, name: string): Promise<string[]> {
    this.check();
    return [...this.jobs.values()].filter((job) => job.jobName.toLowerCase() === name.toLowerCase()).map(({ jobId }) => jobId);
  }
  async since(_queue: string, time: number, next = '0'): Promise<{ ids: string[]; next?: string }> {
    this.check();
    const all = [...this.jobs.values()].filter(({ createdAt }) => createdAt! > time).reverse();
    const from = Number(next);
    return { ids: all.slice(from, from + 2).map(({ jobId }) => jobId), ...(all.length > from + 2 ? { next: String(from + 2) } : {}) };
  }
  async terminate(id: string, reason: string): Promise<void> {
    this.check();
    this.terminated.push([id, reason]);
    this.becomes(id, { status: 'FAILED', statusReason: reason });
  }
  becomes(id: string, change: Partial<BatchJob>): void {
    this.jobs.set(id, { ...this.jobs.get(id)!, ...change });
  }
}

/** Containers of deployed processes on an AWS Batch in memory. */
export function batchWorld() {
  const batch = new MemoryBatch();
  const objects = new Map<string, string>();
  const streams = new Map<string, LogLine[]>();
  const revisions = new Map<string, PackageRevision>();
  const state = { told: true };
  const client = new BatchClient({
    service: () => {
      if (!state.told) throw new Error('The environment variable CONTAINERS is not set.');
      return service;
    },
    deployment: () => 'swath-test',
    batch,
    logs: { head: async (_group, stream, most) => (streams.get(stream) ?? []).slice(0, most) },
    files: () => ({
      bucket,
      write: async (key, text) => void objects.set(key, text),
      read: async (key, mostBytes) => objects.get(key)?.slice(0, mostBytes),
      open: async (key) => {
        const text = objects.get(key);
        if (text === undefined) return { kind: 'missing' };
        return {
          kind: 'found',
          body: (async function* () {
            yield Buffer.from(text);
          })(),
          bytes: text.length,
        };
      },
      sign: async (key) => `https://signed.example/${key}`,
    }),
    packages: () => ({ revision: async (id, revision) => revisions.get(`${id}@${revision}`) }),
    clock: { now: () => batch.now },
  });
  return {
    ...{ batch, objects, streams, state, client },
    /** Deploys a package in the form of Part 2; answers what the job core calls it. */
    async deployed(more: Json = {}, unit: Json = {}, id = 'tile-ndvi'): Promise<string> {
      const definition = await definitionOf(packageWorld().deps, aPackage(id, more, unit), undefined);
      const number = [...revisions.values()].filter((one) => one.id === id).length + 1;
      revisions.set(`${id}@${number}`, {
        ...{ id, revision: number, deployed: '2026-03-01T10:00:00Z', deployedBy: 'dora', definition },
        original: { mediaType: 'application/ogcapppkg+json', text: '{}' },
      });
      return `package:${id}@${number}`;
    },
    /** A submission with every input that `aPackage` asks for. */
    submission: (process: string, inputs: Json = {}, tag = '[swath:swath-test/1.1]') => ({
      ...{ tag, process, title: 'NDVI' },
      inputs: { scene: { href: `s3://${bucket}/samples/scene 1.tif` }, bands: [4, 8], ...inputs },
    }),
    containers: () => batch.definitions[0]!.definition.ecsProperties.taskProperties[0].containers,
    plan: () =>
      [...objects]
        .find(([key]) => key.startsWith('batch-plans/'))?.[1]
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t')),
    command: (id: string) =>
      batch.jobs.get(id)!.ecsPropertiesOverride.taskProperties[0].containers.find(({ name }) => name === 'application')?.command,
  };
}
