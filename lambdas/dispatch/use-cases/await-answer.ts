import { Problem } from '../../shared/problem.ts';
import { isFinal, type Job } from '../model.ts';
import { inLane } from '../rules/lane.ts';
import { answerPath } from '../rules/stac.ts';
import type { Deps } from './deps.ts';
import { noSuchJob } from './owned-jobs.ts';

/** Largest answer that goes out directly, in bytes: a function answers 6 MB, and bytes grow by a third on the way. */
const mostBytes = 4 * 1024 * 1024;

/** Pauses between looks at a job, in milliseconds: soon at first, then every half second. */
const looks = [100, 100, 150, 150, 250, 250];
const later = 500;

/** How a request for a synchronous answer ends: with the answer, with results that are too large for one, or with a job that goes on. */
export type Awaited = { contentType: string; bytes: Uint8Array } | 'elsewhere' | 'goes on';

/**
 * Waits for the end of a synchronous job, at most until `until`. A job that failed is a problem with the platform's own
 * words: 422, since sending the same again would run it again.
 */
export async function awaitAnswer(
  deps: Deps,
  job: Job,
  until: number,
  pause: (ms: number) => Promise<void>,
): Promise<{ job: Job; end: Awaited }> {
  let seen: Job | undefined = job;
  for (let look = 0; !isOver(seen); look += 1) {
    const left = until - deps.clock.now();
    if (left <= 0 || (await waitsForOwner(deps, seen))) return { job: seen, end: 'goes on' };
    await pause(Math.min(looks[look] ?? later, left));
    seen = await deps.jobs.get(job.jobId);
    if (seen === undefined) throw noSuchJob(job.jobId);
  }
  if (seen.status === 'dismissed') throw new Problem(409, 'NO_RESULTS', 'The job was canceled before it had a result.');
  if (seen.status === 'failed') throw new Problem(422, 'JOB_FAILED', seen.message ?? 'The job failed, and the platform does not tell why.');
  const answer = await deps.workspace.load(job.owner, answerPath(job.jobId), mostBytes);
  return { job: seen, end: answer?.bytes === undefined ? 'elsewhere' : { contentType: answer.contentType, bytes: answer.bytes } };
}

const isOver = (job: Job): boolean => isFinal(job.status) && (job.status !== 'successful' || job.resultsAt !== undefined);

/** Nothing will come of it before its owner has done something. */
const waitsForOwner = async (deps: Pick<Deps, 'lanes'>, job: Job): Promise<boolean> =>
  job.status === 'queued' && inLane(job, await deps.lanes.get(job.laneId)).held !== undefined;
