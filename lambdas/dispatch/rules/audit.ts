import type { ListedJob } from '../../platforms/ports.ts';
import type { Job } from '../model.ts';

/** Job and incarnation that a tag of this deployment names; undefined for any other tag. */
export function tagged(tag: string | undefined, deployment: string): { jobId: string; incarnation: number } | undefined {
  const prefix = `[swath:${deployment}/`;
  if (tag?.startsWith(prefix) !== true) return undefined;
  const [, jobId, incarnation] = /^(.+)\.(\d+)\]$/.exec(tag.slice(prefix.length)) ?? [];
  return jobId === undefined ? undefined : { jobId, incarnation: Number(incarnation) };
}

/**
 * What is to become of a platform job that bears our tag. `leave`: it is in order, over, or recovery's affair. `delete`: it
 * never ran, and nobody can adopt it any more. `adopt`: it runs, and our job waits without knowing. `alarm`: it runs, and
 * no job of ours is to have it; it is never stopped, since it may be somebody's work.
 */
export type Verdict = 'leave' | 'delete' | 'adopt' | 'alarm';

/** Decides from our job as it was read after the platform's list: what could adopt before that has done so by then. */
export function verdict({ phase, platformJobId }: ListedJob, incarnation: number, job: Job | undefined): Verdict {
  if (phase === 'successful' || phase === 'failed' || phase === 'dismissed') return 'leave';
  const lives = job !== undefined && job.incarnation === incarnation && job.rank < 90;
  if (lives && job.platformJobId === platformJobId) return 'leave';
  const mayAdopt = lives && job.platformJobId === undefined;
  if (phase === 'created') return mayAdopt ? 'leave' : 'delete';
  if (!mayAdopt) return 'alarm';
  return job.status === 'queued' && job.cancelRequested === undefined ? 'adopt' : 'leave';
}
