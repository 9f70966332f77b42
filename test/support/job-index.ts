import { chunkOf, type Job } from '../../lambdas/dispatch/model.ts';
import { shareOf } from '../../lambdas/dispatch/rules/shares.ts';

export const byId = (a: Job, b: Job): number => (a.jobId < b.jobId ? -1 : 1);
export const byPlace = (a: Job, b: Job): number => (a.index ?? 0) - (b.index ?? 0) || byId(a, b);

export const isActive = (job: Job): boolean =>
  job.status !== 'queued' && (job.rank < 90 || (job.status === 'successful' && job.resultsAt === undefined));

/** Jobs in the order of a queue; what comes at its end, and goes at its front, is quick. */
class Ordered {
  readonly jobs: Job[] = [];

  /** Where the job is, or would be. */
  private at(job: Job): number {
    let [low, high] = [0, this.jobs.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (byPlace(this.jobs[middle]!, job) < 0 && this.jobs[middle]!.jobId !== job.jobId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  put(job: Job): void {
    const at = this.at(job);
    this.jobs.splice(at, this.jobs[at]?.jobId === job.jobId ? 1 : 0, job);
  }
  take(job: Job): void {
    const at = this.at(job);
    if (this.jobs[at]?.jobId !== job.jobId) return;
    if (at === 0) this.jobs.shift();
    else this.jobs.splice(at, 1);
  }
}

const of = <Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value => {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
};

/** What the table's indexes and partitions hold, kept with each write, so that a task of 100,000 jobs is no slower than one of ten. */
export class JobIndex {
  private readonly queues = new Map<string, Ordered>();
  private readonly lanes = new Map<string, Map<string, Job>>();
  private readonly chunks = new Map<string, Map<string, Job>>();

  queued = (laneId: string, share: string): readonly Job[] => this.queues.get(`${laneId} ${share}`)?.jobs ?? [];
  active = (laneId: string): Iterable<Job> => this.lanes.get(laneId)?.values() ?? [];
  chunk = (taskId: string, chunk: number): Iterable<Job> => this.chunks.get(`${taskId} ${chunk}`)?.values() ?? [];

  change(before: Job | undefined, after: Job | undefined): void {
    if (before?.status === 'queued') this.queues.get(`${before.laneId} ${shareOf(before)}`)?.take(before);
    if (after?.status === 'queued') of(this.queues, `${after.laneId} ${shareOf(after)}`, () => new Ordered()).put(after);
    if (before) this.lanes.get(before.laneId)?.delete(before.jobId);
    if (after && isActive(after)) of(this.lanes, after.laneId, () => new Map()).set(after.jobId, after);
    const child = after ?? before;
    if (child?.taskId === undefined) return;
    const siblings = of(this.chunks, `${child.taskId} ${chunkOf(child.index!)}`, () => new Map<string, Job>());
    if (after) siblings.set(after.jobId, after);
    else siblings.delete(child.jobId);
  }
}
