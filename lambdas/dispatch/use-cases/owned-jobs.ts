import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import { isFinal, JobStatus, nativeStatus, summary, type Job, type JobDetail, type JobsStatus, type Spec } from '../model.ts';
import type { Page } from '../ports.ts';
import { inLane, userOf } from '../rules/lane.ts';
import { jobFolder } from '../rules/stac.ts';
import * as writes from '../rules/writes.ts';
import { queuePosition } from './create-job.ts';
import type { Deps } from './deps.ts';

export const noSuchJob = (jobId: string) => new Problem(404, 'JOB_NOT_FOUND', `You have no job ${jobId}.`);

/** The caller's job; anybody else's looks as if it did not exist. */
export async function ownedJob(deps: Deps, owner: string, jobId: string): Promise<Job> {
  const job = await deps.jobs.get(jobId);
  if (job === undefined || job.owner !== owner) throw noSuchJob(jobId);
  return job;
}

/** Core statuses behind a status word of the native door. */
const behind = (word: string) => JobStatus.options.filter((status) => nativeStatus[status] === word);

/** A page of the owner's jobs, newest first. */
export async function listJobs(
  deps: Pick<Deps, 'jobs' | 'lanes'>,
  owner: string,
  {
    status,
    platform,
    limit,
    cursor,
  }: { status?: string | undefined; platform?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<Job>> {
  const filter = { ...(status ? { status: behind(status) } : {}), ...(platform ? { platformId: platform } : {}) };
  const page = await deps.jobs.listOwned(owner, filter, limit, cursor);
  return { ...page, items: await asTheyStand(deps, page.items) };
}

/** Jobs as they stand with their lanes. Only a user's own lane can be held. */
export async function asTheyStand(deps: Pick<Deps, 'lanes'>, jobs: readonly Job[]): Promise<Job[]> {
  const waiting = jobs.filter(({ status, laneId }) => status === 'queued' && userOf(laneId) !== undefined);
  const laneIds = [...new Set(waiting.map(({ laneId }) => laneId))];
  const lanes = new Map(await Promise.all(laneIds.map(async (laneId) => [laneId, await deps.lanes.get(laneId)] as const)));
  return jobs.map((job) => inLane(job, lanes.get(job.laneId)));
}

/** A page of the owner's jobs with what was asked for, as the APEx Dispatch API tells of them. */
export async function jobsStatus(
  deps: Pick<Deps, 'jobs' | 'lanes'>,
  owner: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<JobsStatus['processing_jobs'][number]>> {
  const page = await deps.jobs.listOwned(owner, {}, limit, cursor);
  const specs = await deps.jobs.specs(page.items.map(({ jobId }) => jobId));
  return {
    ...page,
    items: (await asTheyStand(deps, page.items)).map((job) => ({ ...summary(job), ...askedFor(job, specs.get(job.jobId)) })),
  };
}

/** What was asked for; a job that is deleted at this very moment has no spec. */
const askedFor = (job: Job, spec: Spec | undefined): Pick<JobDetail, 'service' | 'parameters'> => ({
  service: spec?.service ?? { endpoint: job.platformId, application: job.process },
  parameters: spec?.parameters ?? {},
});

/** A job in full, with what belongs to its lane joined in. */
export async function jobDetail(deps: Deps, job: Job): Promise<JobDetail> {
  const [spec, lane, queue] = await Promise.all([deps.jobs.spec(job), deps.lanes.get(job.laneId), queuePosition(deps, job)]);
  return {
    ...summary(inLane(job, lane)),
    ...askedFor(job, spec),
    format: spec?.format ?? 'json',
    ...(job.onAmbiguous ? { onAmbiguous: job.onAmbiguous } : {}),
    incarnation: job.incarnation,
    ...(lane?.lastSeenAt && !isFinal(job.status) ? { lastSeenAt: lane.lastSeenAt } : {}),
    ...(queue ? { queue } : {}),
  };
}

/**
 * Cancels: what was never sent is dismissed at once; what may exist on the platform is flagged, and from this write on
 * no start is sent. Twice is success, and a finished job stays as it is.
 */
export async function cancelJob(deps: Deps, job: Job): Promise<Job> {
  const { job: seen, look } = await writeCancel(deps, job);
  if (look !== undefined) await deps.wakers.later(seen.laneId, look, 0);
  return seen;
}

/**
 * The write of a cancel. `look`: the lane has to look at the job before it ends. It is due before that is written, since nobody looks at a
 * lane in which every share was closed.
 */
export async function writeCancel(deps: Pick<Deps, 'jobs' | 'lanes' | 'clock'>, job: Job): Promise<{ job: Job; look?: 'run' | 'poll' }> {
  let seen = job;
  for (let tries = 0; tries < 5 && !isFinal(seen.status) && !seen.cancelRequested; tries += 1) {
    const now = iso(deps.clock.now());
    const unsent = seen.status === 'queued' && seen.postedAt === undefined && seen.platformJobId === undefined;
    const ends = unsent || seen.held === 'ambiguous'; // nothing was sent, or nobody can tell any more what became of it
    const cancel = unsent ? writes.cancelQueued : ends ? writes.cancelHeld : writes.requestCancel;
    if (!ends && seen.status === 'queued') await deps.lanes.want(seen.laneId, seen.platformId);
    const written = await deps.jobs.update(seen, cancel(seen, now));
    if (written.ok) return { job: written.item, ...(ends ? {} : { look: seen.status === 'queued' ? 'run' : 'poll' }) };
    if (written.item === undefined) throw noSuchJob(job.jobId);
    seen = written.item;
  }
  return { job: seen };
}

/**
 * Deletes a finished job and, unless `keepResults`, its results; its history row stays. An unfinished one is cancelled
 * first: 409 until it is.
 */
export async function deleteJob(deps: Deps, job: Job, keepResults = false): Promise<void> {
  if (job.taskId !== undefined)
    throw new Problem(409, 'JOB_OF_TASK', `The job belongs to task ${job.taskId} and goes with it: DELETE /upscale_tasks/${job.taskId}.`);
  const seen = isFinal(job.status) ? job : await cancelJob(deps, job);
  if (!isFinal(seen.status))
    throw new Problem(409, 'JOB_NOT_FINISHED', 'The job is being cancelled on its platform: delete it again when it is canceled.', {
      headers: { 'retry-after': '5' },
    });
  // The record first: a job that is retried at this moment stays whole.
  if (await deps.jobs.delete(job.jobId)) {
    if (!keepResults) await deps.workspace.remove(job.owner, jobFolder(job.jobId));
  } else if ((await deps.jobs.get(job.jobId)) !== undefined)
    throw new Problem(409, 'JOB_NOT_FINISHED', 'The job was started again meanwhile: cancel it first.');
}
