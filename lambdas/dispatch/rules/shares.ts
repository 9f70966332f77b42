import type { Share } from '../model.ts';

/** A job in its place of the fair order; `pass` is what its share's pass is when its turn comes. */
export interface Turn<Job> {
  job: Job;
  share: string;
  pass: number;
}

/** Smallest pass first; among equals by name, so that the order is one. */
const before = (a: { pass: number; share: string }, b: { pass: number; share: string }): number =>
  a.pass - b.pass || (a.share < b.share ? -1 : 1);

/**
 * The first `most` jobs in fair order (stride scheduling with equal weights): the share with the smallest pass gives its
 * next job, which costs it one. A user with one job behind a user with many waits for one job of each active user.
 */
export function fairOrder<Job>(shares: readonly (Pick<Share, 'share' | 'pass'> & { jobs: readonly Job[] })[], most: number): Turn<Job>[] {
  const turns = shares.flatMap(({ share, pass, jobs }) => jobs.slice(0, most).map((job, n) => ({ job, share, pass: pass + n })));
  return turns.toSorted(before).slice(0, most);
}

/** How many jobs of another share come before the job that is number `index` (from 0) in the share `mine`. */
export function jobsBefore(other: Pick<Share, 'share' | 'pass'>, mine: Pick<Share, 'share' | 'pass'>, index: number): number {
  const turn = mine.pass + index;
  const full = Math.max(0, Math.ceil(turn - other.pass));
  const ties = Number.isInteger(turn - other.pass) && turn >= other.pass && other.share < mine.share ? 1 : 0;
  return full + ties;
}
