import type { Job, Share } from '../model.ts';

/** The share in which a job waits: its task's, or its owner's own. */
export const shareOf = ({ owner, taskId }: { owner: string; taskId?: string | undefined }): string =>
  taskId === undefined ? owner : taskShare(owner, taskId);
export const taskShare = (owner: string, taskId: string): string => `${owner}#${taskId}`;
export const ownerOf = (share: string): string => share.split('#', 1)[0]!;
export const taskOf = (share: string): string => share.slice(share.indexOf('#') + 1);
export const isTaskShare = (share: string): boolean => share.includes('#');

/** A job in its place of the fair order; `pass` is what its owner's pass is when its turn comes. */
export interface Turn<Job> {
  job: Job;
  /** The owner's share. */
  share: string;
  pass: number;
}

/** Smallest pass first; among equals by name, so that the order is one. */
const before = (a: { pass: number; share: string }, b: { pass: number; share: string }): number =>
  a.pass - b.pass || (a.share < b.share ? -1 : 1);
export const byPass = <S extends Pick<Share, 'share' | 'pass'>>(shares: readonly S[]): S[] => shares.toSorted(before);

/**
 * The first `most` jobs in fair order (stride scheduling with equal weights): the share with the smallest pass gives its
 * next job, which costs it one. A user with one job behind a user with many waits for one job of each active user.
 */
export function fairOrder<Job>(shares: readonly (Pick<Share, 'share' | 'pass'> & { jobs: readonly Job[] })[], most: number): Turn<Job>[] {
  const turns = shares.flatMap(({ share, pass, jobs }) => jobs.slice(0, most).map((job, n) => ({ job, share, pass: pass + n })));
  return turns.toSorted(before).slice(0, most);
}

/** What waits in a share. */
export type Queue<Job> = Share & { jobs: Job[] };

/** One queue for each owner: her single jobs before those of her tasks, her tasks in turn. */
export function byOwner<J>(queues: readonly Queue<J>[], virtual: number): (Pick<Share, 'share' | 'pass'> & { jobs: J[] })[] {
  return [...Map.groupBy(queues, ({ share }) => ownerOf(share))].map(([owner, all]) => {
    const own = all.find(({ share }) => share === owner);
    const inTurn = fairOrder(
      all.filter((queue) => queue !== own),
      Number.POSITIVE_INFINITY,
    );
    return { share: owner, pass: own?.pass ?? virtual, jobs: [...(own?.jobs ?? []), ...inTurn.map(({ job }) => job)] };
  });
}

/** How many jobs of another share come before the job that is number `index` (from 0) in the share `mine`. */
export function jobsBefore(other: Pick<Share, 'share' | 'pass'>, mine: Pick<Share, 'share' | 'pass'>, index: number): number {
  const turn = mine.pass + index;
  const full = Math.max(0, Math.ceil(turn - other.pass));
  const ties = Number.isInteger(turn - other.pass) && turn >= other.pass && other.share < mine.share ? 1 : 0;
  return full + ties;
}

/** By how much each share moves on when these jobs are let go: a job of a task costs both the task and its owner one. */
export function costs(jobs: readonly Pick<Job, 'owner' | 'taskId'>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const job of jobs) for (const share of new Set([job.owner, shareOf(job)])) all.set(share, (all.get(share) ?? 0) + 1);
  return all;
}
