import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import { nativeStatus, type Job } from '../model.ts';
import { laneOf, takesNoJobs } from '../rules/lane.ts';
import { retry } from '../rules/writes.ts';
import { announce } from './create-job.ts';
import type { Deps } from './deps.ts';
import { noSuchJob } from './owned-jobs.ts';

const notRetriable = (why: string) => new Problem(409, 'JOB_NOT_RETRIABLE', why);

/**
 * Runs a failed or cancelled job again, or one that is held because it may have been sent (the owner takes it that it may run twice), from the queue of its lane, as a new incarnation; the table's stream wakes the
 * lane. Of two retries at the same moment one is refused: each asks for one more run, and there is one.
 */
export async function retryJob(deps: Deps, job: Job): Promise<Job> {
  if (job.taskId !== undefined && job.held !== 'ambiguous')
    throw notRetriable(`The job belongs to task ${job.taskId}: POST /upscale_tasks/${job.taskId}/retry runs its failed jobs again.`);
  if (job.status !== 'failed' && job.status !== 'dismissed' && job.held !== 'ambiguous')
    throw notRetriable(`The job is ${nativeStatus[job.status]}: only one that failed, was canceled or is held can be run again.`);
  if (job.held === 'ambiguous' && job.cancelRequested) throw notRetriable('The job is being canceled: look at it again when that is done.');
  const platform = await deps.platform(job.platformId);
  if (platform === undefined) throw notRetriable(`The platform of the job, ${job.platformId}, is no longer registered.`);
  if (takesNoJobs(platform.state)) throw notRetriable(`${platform.title} takes no jobs any more: it is being drained.`);
  if (laneOf(platform, job.owner) !== job.laneId)
    throw notRetriable(`${platform.title} runs jobs under another account now: send the job anew.`);
  await announce(deps, job);
  const now = deps.clock.now();
  const written = await deps.jobs.update(job, retry(job, iso(now), iso(now + platform.deadlineHours * 3_600_000)));
  if (written.ok) return written.item;
  if (written.item === undefined) throw noSuchJob(job.jobId);
  if (job.held !== undefined && written.item.incarnation === job.incarnation)
    throw notRetriable(`The job is ${nativeStatus[written.item.status]} meanwhile: look at it again before you have it run.`);
  throw notRetriable('Another request runs the job again already.');
}
