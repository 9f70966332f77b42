import { ms } from '../../shared/time/clock.ts';
import type { Job, Lane, Share } from '../model.ts';
import { slotOf } from '../rules/lane.ts';
import { fairOrder, jobsBefore, type Turn } from '../rules/shares.ts';
import type { Deps } from './deps.ts';

/** How long a share, like a lane, stays open after work came: an index may be a minute late in showing it. */
export const openForSeconds = 120;

export interface Candidates {
  /** Jobs that may go now: those that hold a slot already (their create was lost, they may be running), then in fair order. */
  ready: Turn<Job>[];
  /** Times at which others of them may. */
  times: number[];
  /** Shares that are open: while there is one, something may wait that an index does not show yet. */
  open: number;
}

/**
 * Queued jobs of a lane in fair order: at most `most` that may go now (without those in `tried`), and when others may.
 * Shares in which nothing has waited for a while are closed on the way.
 */
export async function candidates(
  deps: Pick<Deps, 'jobs' | 'lanes'>,
  lane: Lane,
  most: number,
  now: number,
  tried: ReadonlySet<string> = new Set(),
): Promise<Candidates> {
  const { laneId } = lane;
  const [shares, posts] = await Promise.all([deps.lanes.shares(laneId), deps.lanes.posts(laneId)]);
  // Each job costs its share one, so only the first `most` shares can be among the first `most` jobs; more are looked at
  // because some have nothing to give, and because a job that holds a slot goes first wherever it stands.
  const looked = shares.toSorted((a, b) => a.pass - b.pass).slice(0, most + 100);
  const queues = await Promise.all(
    looked.map(async (share) => ({ ...share, jobs: await deps.jobs.queued(laneId, share.share, most + tried.size + 20) })),
  );
  const closed = await closeIdle(deps, laneId, queues, now);
  const free = (job: Job) => posts.every((post) => post.process !== job.process || post.slot === slotOf(job));
  const open = (job: Job) => job.status === 'queued' && (job.held === undefined || job.cancelRequested === true);
  const waits = (job: Job) => job.notBefore !== undefined && ms(job.notBefore) > now;
  const ready = queues.map((queue) => ({
    ...queue,
    jobs: queue.jobs.filter((job) => open(job) && free(job) && !waits(job) && !tried.has(slotOf(job))),
  }));
  const inOrder = fairOrder(ready, Number.POSITIVE_INFINITY);
  const holds = ({ job }: Turn<Job>) => lane.slots?.has(slotOf(job)) === true;
  return {
    ready: [...inOrder.filter(holds), ...inOrder.filter((turn) => !holds(turn))].slice(0, most),
    times: queues.flatMap(({ jobs }) => jobs.filter((job) => open(job) && waits(job)).map((job) => ms(job.notBefore!))),
    open: shares.length - closed,
  };
}

/** How many of the jobs that may go hold a slot. */
export const holders = (lane: Lane, ready: Candidates['ready']): number => ready.filter(({ job }) => lane.slots?.has(slotOf(job))).length;

async function closeIdle(deps: Pick<Deps, 'lanes'>, laneId: string, queues: (Share & { jobs: Job[] })[], now: number): Promise<number> {
  const idle = queues.filter(({ jobs, wantedAt }) => jobs.length === 0 && now - ms(wantedAt) > openForSeconds * 1000);
  await Promise.all(idle.map(({ share, wantedAt }) => deps.lanes.closeShare(laneId, share, wantedAt)));
  return idle.length;
}

/** Waiting jobs are counted so far. */
const countedTo = 1000;

/** Place of a queued job in its lane's fair order: 1 is next; counted up to 1,000. */
export async function positionOf(deps: Pick<Deps, 'jobs' | 'lanes'>, job: Job): Promise<number> {
  const [shares, own] = await Promise.all([deps.lanes.shares(job.laneId), deps.jobs.queued(job.laneId, job.owner, countedTo)]);
  const at = own.findIndex(({ jobId }) => jobId === job.jobId);
  const index = at < 0 ? own.length : at;
  const mine = shares.find(({ share }) => share === job.owner) ?? { share: job.owner, pass: 0 };
  const others = await Promise.all(
    shares
      .filter(({ share }) => share !== job.owner)
      .map(async (other) => {
        const most = Math.min(countedTo, jobsBefore(other, mine, index));
        return most === 0 ? 0 : (await deps.jobs.queued(job.laneId, other.share, most)).length;
      }),
  );
  return Math.min(countedTo, 1 + index + others.reduce((sum, count) => sum + count, 0));
}
