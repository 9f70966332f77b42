import type { RegisteredPlatform } from '../../platforms/model.ts';
import { ms } from '../../shared/time/clock.ts';
import type { Job, Lane, Share } from '../model.ts';
import type { Post } from '../ports.ts';
import { slotOf } from '../rules/lane.ts';
import { byOwner, byPass, fairOrder, isTaskShare, jobsBefore, ownerOf, shareOf, type Queue, type Turn } from '../rules/shares.ts';
import type { Deps } from './deps.ts';

/** How long a share, like a lane, stays open after work came: an index may be a minute late in showing it. */
export const openForSeconds = 120;

/** So far a share is looked through, and waiting jobs are counted. */
export const countedTo = 1000;

export interface Candidates {
  /** Jobs that may go now: those that hold a slot already (their create was lost, they may be running), then in fair order. */
  ready: Turn<Job>[];
  /** Times at which others of them may. */
  times: number[];
  /**
   * Shares that are open: while there is one, something may wait that an index does not show yet. One that is closed counts where it has
   * a job to be cancelled.
   */
  open: number;
  /** Posts that go one at a time and are not known to be over. */
  posts: number;
}

/** What waits in a lane, by share, and its posts that go one at a time. */
interface Waiting {
  shares: Share[];
  posts: Post[];
}
export async function waiting({ lanes }: Pick<Deps, 'lanes'>, laneId: string): Promise<Waiting> {
  const [shares, posts] = await Promise.all([lanes.shares(laneId), lanes.posts(laneId)]);
  return { shares, posts };
}

/**
 * Queued jobs of a lane in fair order: at most `most` that may go now (without those in `tried`), and when others may.
 * On a platform that is not active these are only cancelled ones, of which something may be left there. Shares in which nothing has waited for a while are closed on the way.
 */
export async function candidates(
  deps: Pick<Deps, 'jobs' | 'lanes'>,
  lane: Lane,
  platform: Pick<RegisteredPlatform, 'state'> | undefined,
  most: number,
  now: number,
  tried: ReadonlySet<string> = new Set(),
  read?: Waiting,
): Promise<Candidates> {
  const { laneId } = lane;
  const { shares, posts } = read ?? (await waiting(deps, laneId));
  const waits = (job: Job) => job.notBefore !== undefined && ms(job.notBefore) > now;
  const waitsForOwner = (job: Job) => job.held === 'ambiguous' && job.cancelRequested !== true;
  const stays = (job: Job) => waits(job) || waitsForOwner(job);
  const maybe = (job: Job) => !stays(job) && !tried.has(slotOf(job));
  const queues: Queue<Job>[] = await Promise.all(
    looked(shares, most).map(async (share) => ({ ...share, jobs: await firstOf(deps, laneId, share.share, most, { stays, tried }) })),
  );
  const closed = await closeIdle(deps, laneId, shares, queues, now);
  const toCancel = queues.filter((queue) => queue.closed !== undefined && queue.jobs.some(({ cancelRequested }) => cancelRequested));
  const free = (job: Job) => posts.every((post) => post.process !== job.process || post.slot === slotOf(job));
  const starts = platform?.state === 'active';
  // Jobs that wait for a credential go as soon as their lane is no longer held.
  const open = (job: Job) => job.status === 'queued' && ((starts && !waitsForOwner(job)) || job.cancelRequested === true);
  const ready = queues.map((queue) => ({
    ...queue,
    jobs: queue.jobs
      // From a closed share goes only what is to be cancelled: it may exist on the platform.
      .filter((job) => queue.closed === undefined || job.cancelRequested === true)
      .filter((job) => open(job) && free(job) && maybe(job)),
  }));
  const inOrder = fairOrder(byOwner(ready, lane.virtual ?? 0), Number.POSITIVE_INFINITY);
  const holds = ({ job }: Turn<Job>) => lane.slots?.has(slotOf(job)) === true;
  return {
    ready: [...inOrder.filter(holds), ...inOrder.filter((turn) => !holds(turn))].slice(0, most),
    times: queues.flatMap(({ jobs, closed }) =>
      jobs.filter((job) => closed === undefined && open(job) && waits(job)).map((job) => ms(job.notBefore!)),
    ),
    open: shares.filter((share) => share.closed === undefined).length - closed + toCancel.length,
    posts: posts.length,
  };
}

/**
 * The queue of a share from its beginning, as far as `most` jobs of it may go. It is read further only where others come first, seldom
 * many: an index shows for a while what was tried, and some wait for their time or their owner.
 */
async function firstOf(
  deps: Pick<Deps, 'jobs'>,
  laneId: string,
  share: string,
  most: number,
  { stays, tried }: { stays: (job: Job) => boolean; tried: ReadonlySet<string> },
): Promise<Job[]> {
  for (let limit = most + 20, atMost = limit; ; limit = Math.min(atMost, limit * 2)) {
    const jobs = await deps.jobs.queued(laneId, share, limit);
    const staying = jobs.filter(stays).length;
    const mayGo = jobs.filter((job) => !stays(job) && !tried.has(slotOf(job))).length;
    atMost = Math.min(countedTo, most + tried.size + staying + 20);
    if (mayGo >= most || jobs.length < limit || limit >= atMost) return jobs;
  }
}

/**
 * The shares that may have one of the first `most` jobs. Each job costs its share one, so of owners, and of the tasks of an
 * owner, only the first `most` can; more are looked at because some have nothing to give, and because a job that holds a
 * slot goes first wherever it stands.
 */
function looked(shares: readonly Share[], most: number): Share[] {
  const owners = byPass(shares.filter(({ share }) => !isTaskShare(share))).slice(0, most + 100);
  const tasks = Map.groupBy(byPass(shares.filter(({ share }) => isTaskShare(share))), ({ share }) => ownerOf(share));
  return [...owners, ...[...tasks.values()].flatMap((all) => all.slice(0, most + 20))];
}

/** How many of the jobs that may go hold a slot. */
export const holders = (lane: Lane, ready: Candidates['ready']): number => ready.filter(({ job }) => lane.slots?.has(slotOf(job))).length;

/** The share of an owner stays as long as a task of hers has one. */
async function closeIdle(
  deps: Pick<Deps, 'lanes'>,
  laneId: string,
  shares: readonly Share[],
  queues: readonly Queue<Job>[],
  now: number,
): Promise<number> {
  const withTasks = new Set(
    shares.filter(({ share, closed }) => isTaskShare(share) && closed === undefined).map(({ share }) => ownerOf(share)),
  );
  const idle = queues.filter(
    ({ share, jobs, closed, wantedAt }) =>
      jobs.length === 0 && closed === undefined && !withTasks.has(share) && now - ms(wantedAt) > openForSeconds * 1000,
  );
  await Promise.all(idle.map(({ share, wantedAt }) => deps.lanes.closeShare(laneId, share, wantedAt)));
  return idle.length;
}

/** Place of a queued job in its lane's fair order: 1 is next; counted up to 1,000. */
export async function positionOf(deps: Pick<Deps, 'jobs' | 'lanes'>, job: Job): Promise<number> {
  const shares = (await deps.lanes.shares(job.laneId)).filter(({ closed, share }) => closed === undefined || share === shareOf(job));
  const count = async (share: string, most: number) =>
    most <= 0 ? 0 : (await deps.jobs.queued(job.laneId, share, Math.min(most, countedTo))).length;
  const own = await deps.jobs.queued(job.laneId, shareOf(job), countedTo);
  const at = own.findIndex(({ jobId }) => jobId === job.jobId);
  const place = at < 0 ? own.length : at;
  const sum = async (of: readonly Share[], most: (share: Share) => number) =>
    (await Promise.all(of.map((share) => count(share.share, most(share))))).reduce((total, n) => total + n, 0);
  const inTask = shares.find(({ share }) => share === shareOf(job)) ?? { share: shareOf(job), pass: 0 };
  const siblings = shares.filter(({ share }) => isTaskShare(share) && ownerOf(share) === job.owner && share !== inTask.share);
  const index =
    job.taskId === undefined
      ? place
      : place + (await count(job.owner, countedTo)) + (await sum(siblings, (other) => jobsBefore(other, inTask, place)));
  const mine = shares.find(({ share }) => share === job.owner) ?? { share: job.owner, pass: 0 };
  const owners = shares.filter(({ share }) => !isTaskShare(share) && share !== job.owner);
  const others = await Promise.all(
    owners.map(async (other) => {
      const most = Math.min(countedTo, jobsBefore(other, mine, index));
      const theirs = shares.filter(({ share }) => ownerOf(share) === other.share);
      return Math.min(most, await sum(theirs, () => most));
    }),
  );
  return Math.min(countedTo, 1 + index + others.reduce((total, n) => total + n, 0));
}
