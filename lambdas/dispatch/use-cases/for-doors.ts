import { isFinal, type Job, type JobOrder, type LogEntry, type Spec } from '../model.ts';
import type { JobFilter, Page } from '../ports.ts';
import type { StacItem } from '../rules/stac.ts';
import type { How } from './create-job.ts';
import { createJobOnce } from './create-once.ts';
import type { Deps } from './deps.ts';
import { readLogs } from './logs.ts';
import { asTheyStand, cancelJob, deleteJob, ownedJob } from './owned-jobs.ts';
import { readResults } from './results.ts';
import { offering, type Find, type Offer } from './service.ts';
import { watchLane } from './watch-lane.ts';

/** The job core as other doors use it: they translate a dialect, and keep nothing of their own. */
export interface JobCore {
  /** Once for each `request`, however often it is sent. */
  create(
    owner: string,
    order: JobOrder,
    request: Parameters<typeof createJobOnce>[4],
    how: How,
    offer: Offer,
  ): Promise<{ job: Job; replayed: boolean }>;
  /** The owner's job; a 404 problem for any other. Who looks at an unfinished one watches its lane. */
  look(owner: string, jobId: string): Promise<Job>;
  spec(job: Job): Promise<Spec | undefined>;
  list(owner: string, filter: JobFilter, limit: number, cursor?: string): Promise<Page<Job>>;
  /** Everybody's, for administrators; in no certain order. */
  listAll(filter: JobFilter, limit: number, cursor?: string): Promise<Page<Job>>;
  /** What is known of its course until now, up to `limit` entries. */
  logs(job: Job, limit: number): Promise<Page<LogEntry>>;
  cancel(job: Job): Promise<Job>;
  remove(job: Job): Promise<void>;
  /** Whoever's job it is, without anything that follows from somebody's looking at it. */
  glance(jobId: string): Promise<Job | undefined>;
  /** The STAC Item of the results, its links signed now; with `known`, the platform is not asked for those that it signs. */
  results(job: Job, self: string, links?: 'working' | 'known'): Promise<StacItem>;
}

export const jobCore = (deps: Deps, find: Find): JobCore => ({
  create: (owner, order, request, how, offer) => createJobOnce(deps, owner, order, offering(find, offer), request, how),
  async look(owner, jobId) {
    const job = await ownedJob(deps, owner, jobId);
    if (!isFinal(job.status)) await watchLane(deps, job.laneId);
    return (await asTheyStand(deps, [job]))[0]!;
  },
  spec: (job) => deps.jobs.spec(job),
  async list(owner, filter, limit, cursor) {
    const page = await deps.jobs.listOwned(owner, filter, limit, cursor);
    return { ...page, items: await asTheyStand(deps, page.items) };
  },
  async listAll(filter, limit, cursor) {
    const page = await deps.jobs.listAll(filter, limit, cursor);
    return { ...page, items: await asTheyStand(deps, page.items) };
  },
  logs: (job, limit) => readLogs(deps, job, { level: 'debug', limit }),
  cancel: (job) => cancelJob(deps, job),
  remove: (job) => deleteJob(deps, job),
  glance: (jobId) => deps.jobs.get(jobId),
  results: (job, self, links) => readResults(deps, job, self, links && { links }),
});
