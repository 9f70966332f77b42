import type { Job, JobOrder, LogEntry, Spec } from '../dispatch/model.ts';
import type { RegisteredPlatform } from '../platforms/model.ts';
import type { ProcessSummary, ReadOutcome } from '../platforms/ports.ts';
import type { ResultItem } from './model.ts';

/** What the registered platforms offer. */
export interface Catalogue {
  platforms(): Promise<readonly RegisteredPlatform[]>;
  /** May be some minutes old; older where the platform does not answer. */
  list(platform: RegisteredPlatform): Promise<ReadOutcome<ProcessSummary[]>>;
  describe(platform: RegisteredPlatform, process: string): Promise<ReadOutcome<ProcessSummary>>;
}

/** Gets a credential of the sender at a platform that runs jobs as their users, where her request brings what it takes. */
export type Offer = (platform: RegisteredPlatform) => Promise<void>;

interface JobPage {
  items: Job[];
  cursor?: string;
}

/** The job core, where all jobs are: `look`, `results` and the rest throw its problems. */
export interface Jobs {
  create(
    owner: string,
    order: JobOrder,
    request: { key: string; fingerprint: string } | undefined,
    /** `sync`: by the platform's synchronous call, which is made once and not repeated. */
    how: 'async' | 'sync',
    offer: Offer,
  ): Promise<{ job: Job; replayed: boolean }>;
  look(owner: string, jobId: string): Promise<Job>;
  spec(job: Job): Promise<Spec | undefined>;
  list(owner: string, filter: { accepts(job: Job): boolean }, limit: number, cursor?: string): Promise<JobPage>;
  /** Everybody's, in no certain order. */
  listAll(filter: { accepts(job: Job): boolean }, limit: number, cursor?: string): Promise<JobPage>;
  logs(job: Job, limit: number): Promise<{ items: LogEntry[]; cursor?: string }>;
  cancel(job: Job): Promise<Job>;
  remove(job: Job): Promise<void>;
  results(job: Job, self: string, links?: 'working' | 'known'): Promise<ResultItem>;
  /** Whoever's job it is. */
  glance(jobId: string): Promise<Job | undefined>;
}

export interface Wait {
  /** Until `ms` have passed. */
  pause(ms: number): Promise<void>;
}

/** One POST that follows nothing: what it was answered, or why it was not. */
export type Post = (uri: string, headers: Record<string, string>, body: string) => Promise<{ status: number } | { failure: string }>;
