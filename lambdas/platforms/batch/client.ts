import type { Clock } from '../../shared/time/clock.ts';
import { readPackageProcess } from '../packages/model.ts';
import type {
  AssetOutcome,
  CallOutcome,
  Executed,
  JobPage,
  PlatformClient,
  PlatformNews,
  PlatformResults,
  ProcessSummary,
  ReadOutcome,
  Search,
  Submission,
} from '../ports.ts';
import { resultsPrefix, tagNames, type BatchJob } from './model.ts';
import type { Batch, LogStreams } from './ports.ts';
import { containerOf, prepare, type PrepareDeps } from './prepare.ts';
import { nameOf } from './rules/definition.ts';
import { notDone } from './rules/faults.ts';
import { logPage, mostLines, wantedLines } from './rules/logs.ts';
import { newsOf, stopReason } from './rules/news.ts';
import { jobFolder, listKey, mostValue, outputsOf, resultFiles, valueFiles } from './rules/outputs.ts';

export interface BatchDeps extends PrepareDeps {
  batch: Batch;
  logs: LogStreams;
  clock: Clock;
}

const missing = { kind: 'missing' } as const;
const refused = (message: string): { kind: 'refused'; message: string } => ({ kind: 'refused', message });
const dayMs = 24 * 3600 * 1000;
/** Jobs older than this are not listed: AWS Batch keeps those that have ended for seven days. */
const listedDays = 8;
/** Bytes of the list of a job's results: 500 lines. */
const mostList = 1024 * 1024;
/** AWS's name of the tag: its letters do not include the brackets. */
const tagValue = (tag: string): string => tag.replace(/^\[|\]$/g, '');

/** Containers of deployed processes, run by AWS Batch on Fargate. One request runs a job; jobs are found by name and tag. */
export class BatchClient implements PlatformClient {
  readonly twoPhase = false;
  readonly searchable = true;
  private readonly deps: BatchDeps;

  constructor(deps: BatchDeps) {
    this.deps = deps;
  }

  /** Up to the last request nothing has happened that counts. */
  async create(submission: Submission): Promise<CallOutcome<{ platformJobId: string }>> {
    const prepared = await prepare(this.deps, submission).catch((error: unknown) => notDone(error, false));
    if ('kind' in prepared) return prepared;
    const tag = tagValue(submission.tag);
    const tags = { [tagNames.job]: tag, [tagNames.process]: submission.process };
    try {
      return { kind: 'done', platformJobId: await this.deps.batch.submit({ jobName: nameOf(tag), ...prepared, tags }) };
    } catch (error) {
      return notDone(error, true);
    }
  }

  async start(): Promise<CallOutcome<object>> {
    return refused('A container runs from its creation.');
  }

  /** A container takes longer than an answer may: it becomes a job. */
  async execute(submission: Submission): Promise<CallOutcome<Executed>> {
    return this.create(submission);
  }

  async status(platformJobId: string): Promise<ReadOutcome<PlatformNews>> {
    return this.ofJob(platformJobId, async (job) => ({ kind: 'found', value: newsOf(job) }));
  }

  /** Exact: names do not tell small letters from capital ones, and tags do. Oldest first. */
  async find({ tag }: Search): Promise<ReadOutcome<PlatformNews[]>> {
    return this.read(async () => {
      const value = tagValue(tag);
      const ids = await this.deps.batch.named(this.deps.service().queue, nameOf(value));
      const jobs = (await this.described(ids)).filter(({ tags }) => tags[tagNames.job] === value);
      return { kind: 'found', value: jobs.toSorted((a, b) => (a.createdAt ?? 0) - (b.createdAt ?? 0)).map(newsOf) };
    });
  }

  async list(next?: string): Promise<ReadOutcome<JobPage>> {
    return this.read(async () => {
      const { batch, clock } = this.deps;
      // A whole day, so that the pages of one list are asked for by the same words.
      const since = (Math.floor(clock.now() / dayMs) - listedDays) * dayMs;
      const page = await batch.since(this.deps.service().queue, since, next);
      const jobs = (await this.described(page.ids)).map((job) => {
        const tag = job.tags[tagNames.job];
        return {
          ...newsOf(job),
          ...(tag === undefined ? {} : { tag: `[${tag}]` }),
          ...(job.createdAt === undefined ? {} : { created: job.createdAt }),
        };
      });
      return { kind: 'found', value: { jobs, ...(page.next === undefined ? {} : { next: page.next }) } };
    });
  }

  /** One that has ended stays as it is. */
  async cancel(platformJobId: string): Promise<ReadOutcome<object>> {
    return this.ofJob(platformJobId, async ({ status }) => {
      if (status !== 'SUCCEEDED' && status !== 'FAILED') await this.deps.batch.terminate(platformJobId, stopReason);
      return { kind: 'found', value: {} };
    });
  }

  async results(platformJobId: string): Promise<ReadOutcome<PlatformResults>> {
    return this.ofJob(platformJobId, async (job) => {
      if (newsOf(job).phase !== 'successful') return { kind: 'unavailable', message: 'The job has no results.' };
      const store = this.deps.files();
      const list = await store.read(listKey(platformJobId), mostList);
      if (list === undefined) return missing;
      const described = (await containerOf(this.deps, job.tags[tagNames.process] ?? ''))?.description.outputs ?? [];
      const files = resultFiles(list);
      const texts = new Map<string, string>();
      for (const { file } of valueFiles(files, described)) {
        const text = await store.read(jobFolder(platformJobId) + file, mostValue);
        if (text !== undefined) texts.set(file, text);
      }
      return { kind: 'found', value: { outputs: outputsOf(platformJobId, store.bucket, files, texts, described) } };
    });
  }

  async logs(platformJobId: string, page: { limit: number; after?: string }) {
    return this.ofJob(platformJobId, async ({ containers }) => {
      const streams = containers.filter(({ logStreamName }) => logStreamName !== undefined);
      const most = wantedLines(page);
      const lines = await Promise.all(
        streams.map(({ logStreamName }) => this.deps.logs.head(this.deps.service().logGroup, logStreamName!, Math.min(mostLines, most))),
      );
      return {
        kind: 'found',
        value: logPage(
          streams.map(({ name }, i) => ({ name, lines: lines[i]! })),
          page,
        ),
      };
    });
  }

  async openAsset(href: string): Promise<AssetOutcome> {
    try {
      const store = this.deps.files();
      const folder = `s3://${store.bucket}/`;
      const key = href.startsWith(folder) ? href.slice(folder.length) : '';
      if (!key.startsWith(resultsPrefix) || key.includes('..')) return refused('It is no file of a container.');
      return await store.open(key);
    } catch {
      return { kind: 'unavailable', message: 'The bucket did not answer.' };
    }
  }

  async describe(process: string): Promise<ReadOutcome<ProcessSummary>> {
    if (readPackageProcess(process) === undefined) return missing;
    return this.read(async () => {
      const found = await containerOf(this.deps, process);
      return found === undefined ? missing : { kind: 'found', value: found.description };
    });
  }

  /** Deployed processes are listed by the door that deploys them, which knows who sees them. */
  async listProcesses(): Promise<ReadOutcome<ProcessSummary[]>> {
    return { kind: 'found', value: [] };
  }

  private async described(ids: readonly string[]): Promise<BatchJob[]> {
    return ids.length === 0 ? [] : this.deps.batch.describe(ids);
  }

  private ofJob<Value>(id: string, work: (job: BatchJob) => Promise<ReadOutcome<Value>>): Promise<ReadOutcome<Value>> {
    return this.read(async () => {
      const [job] = await this.deps.batch.describe([id]);
      return job === undefined ? missing : work(job);
    });
  }

  private async read<Value>(work: () => Promise<ReadOutcome<Value>>): Promise<ReadOutcome<Value>> {
    return work().catch((error: unknown): ReadOutcome<Value> => ({ kind: 'unavailable', message: notDone(error, false).message }));
  }
}
