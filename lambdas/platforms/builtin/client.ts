import type { Clock } from '../../shared/time/clock.ts';
import type {
  CallOutcome,
  Executed,
  PlatformClient,
  PlatformNews,
  PlatformResults,
  ProcessSummary,
  ReadOutcome,
  Search,
  Submission,
} from '../ports.ts';
import type { BuiltinRunner, BuiltinStore, OutputStore, Pause } from './ports.ts';
import { processes } from './processes.ts';
import * as rules from './rules.ts';
import { start } from './use-cases.ts';

export interface BuiltinDeps {
  store: BuiltinStore;
  runner: BuiltinRunner;
  outputs: OutputStore;
  clock: Clock;
  ids: { next(): string };
  pause: Pause;
  /** Where files of jobs lie. */
  bucket: string;
}

const missing = { kind: 'missing' } as const;
const silent = 'The builtin platform did not answer.';

/** The platform that runs in our own account: two-phase, and jobs are found by their tag. */
export class BuiltinClient implements PlatformClient {
  readonly twoPhase = true;
  readonly searchable = true;
  private readonly deps: BuiltinDeps;

  constructor(deps: BuiltinDeps) {
    this.deps = deps;
  }

  /** All faults of the inputs are named at once. */
  async create(submission: Submission): Promise<CallOutcome<{ platformJobId: string; news?: PlatformNews }>> {
    const process = processes.get(submission.process);
    if (process === undefined) return { kind: 'refused', message: `There is no process ${submission.process} here.` };
    if (Buffer.byteLength(JSON.stringify(submission.inputs)) > rules.maxInputBytes)
      return { kind: 'refused', message: `Inputs may have at most ${rules.maxInputBytes} bytes.` };
    const faults = process.faultsOf(submission.inputs);
    if (faults !== undefined) return { kind: 'refused', message: faults };
    return this.call(async () => {
      const job = rules.newJob(this.deps.ids.next(), submission, this.deps.clock.now());
      await this.deps.store.create(job);
      return { kind: 'done', platformJobId: job.id, news: rules.newsOf(job) };
    });
  }

  /** Starting a job again, whatever became of it, has no effect. */
  async start(platformJobId: string): Promise<CallOutcome<object>> {
    return this.call(async () => {
      const job = await start(this.deps, platformJobId);
      if (job === undefined) return { kind: 'refused', message: 'The job no longer exists.' };
      return job.status === 'canceled' ? { kind: 'refused', message: 'The job was canceled.' } : { kind: 'done' };
    });
  }

  /** A job of the platform, waited for; its outputs by name are the answer. */
  async execute(submission: Submission, signal: AbortSignal): Promise<CallOutcome<Executed>> {
    const made = await this.create(submission);
    if (made.kind !== 'done') return made;
    const { platformJobId } = made;
    const begun = await this.start(platformJobId);
    if (begun.kind !== 'done') return begun;
    for (let waited = 0.2; ; waited = Math.min(2, waited * 1.25)) {
      if (signal.aborted) {
        await this.cancel(platformJobId);
        return { kind: 'lost', message: 'The run was left before it ended.' };
      }
      await this.deps.pause.seconds(waited);
      const read = await this.status(platformJobId);
      const phase = read.kind === 'found' ? read.value.phase : undefined;
      if (read.kind === 'missing' || phase === 'failed' || phase === 'dismissed')
        return { kind: 'refused', message: (read.kind === 'found' ? read.value.message : undefined) ?? 'The run was cancelled.' };
      if (phase === 'successful') return this.answer(platformJobId);
    }
  }

  private async answer(platformJobId: string): Promise<CallOutcome<Executed>> {
    const read = await this.results(platformJobId);
    if (read.kind !== 'found') return { kind: 'lost', message: silent };
    const { outputs } = read.value;
    const json = Object.fromEntries(outputs.map((output) => [output.name, 'value' in output ? output.value : { href: output.href }]));
    return { kind: 'done', answer: { contentType: 'application/json', bytes: Buffer.from(JSON.stringify(json)) }, outputs, platformJobId };
  }

  async status(platformJobId: string): Promise<ReadOutcome<PlatformNews>> {
    return this.read(async () => {
      const job = await this.deps.store.get(platformJobId);
      return job === undefined ? missing : { kind: 'found', value: rules.newsOf(job) };
    });
  }

  /** Exact, so the times of the search are not needed; oldest first. */
  async find(search: Search): Promise<ReadOutcome<PlatformNews[]>> {
    return this.read(async () => {
      const jobs = await Promise.all((await this.deps.store.byTag(search.tag)).map((id) => this.deps.store.get(id)));
      const sorted = jobs
        .filter((job) => job !== undefined)
        .toSorted((a, b) => (a.created < b.created ? -1 : a.created > b.created ? 1 : 0));
      return { kind: 'found', value: sorted.map(rules.newsOf) };
    });
  }

  /** A job that is over stays as it is. */
  async cancel(platformJobId: string): Promise<ReadOutcome<object>> {
    return this.read(async () => {
      const { item } = await this.deps.store.update(platformJobId, rules.cancel(this.deps.clock.now()));
      return item === undefined ? missing : { kind: 'found', value: {} };
    });
  }

  async results(platformJobId: string): Promise<ReadOutcome<PlatformResults>> {
    return this.read(async () => {
      const job = await this.deps.store.get(platformJobId);
      if (job === undefined) return missing;
      if (job.status !== 'finished') return { kind: 'unavailable', message: `The job has no results: it is ${job.status}.` };
      const stored = job.outputKey === undefined ? undefined : await this.deps.outputs.read(job.outputKey);
      if (job.outputKey !== undefined && stored === undefined) return missing;
      const outputs = stored === undefined ? (job.outputs ?? {}) : (JSON.parse(stored) as Record<string, unknown>);
      const files = Object.entries(job.files ?? {}).map(([name, { key, type }]) => ({
        name,
        href: `s3://${this.deps.bucket}/${key}`,
        type,
      }));
      return { kind: 'found', value: { outputs: [...files, ...Object.entries(outputs).map(([name, value]) => ({ name, value }))] } };
    });
  }

  /** What its record tells: it is short, and one page. */
  async logs(platformJobId: string, { after }: { limit: number; after?: string }) {
    return this.read(async () => {
      const job = await this.deps.store.get(platformJobId);
      if (job === undefined) return missing;
      const entries = rules.logOf(job);
      return { kind: 'found', value: { entries: entries.slice(entries.findIndex(({ id }) => id === after) + 1), more: false } };
    });
  }

  async describe(process: string): Promise<ReadOutcome<ProcessSummary>> {
    const known = processes.get(process);
    return known === undefined ? missing : { kind: 'found', value: known.summary };
  }

  async listProcesses(): Promise<ReadOutcome<ProcessSummary[]>> {
    return { kind: 'found', value: [...processes.values()].map(({ summary }) => summary) };
  }

  /** Whether a request to AWS that failed took effect is not known; the tag tells later. */
  private async call<Done>(work: () => Promise<CallOutcome<Done>>): Promise<CallOutcome<Done>> {
    return work().catch((): CallOutcome<Done> => ({ kind: 'lost', message: silent }));
  }

  private async read<Value>(work: () => Promise<ReadOutcome<Value>>): Promise<ReadOutcome<Value>> {
    return work().catch((): ReadOutcome<Value> => ({ kind: 'unavailable', message: silent }));
  }
}
