import { chunkOf, type Job, type Lane } from './model.ts';
import type { JobRef } from './ports.ts';
import { shareOf } from './rules/shares.ts';

/** Every key of the area's tables. `pk` and `sk` are generic; sparse index attributes are set and removed with the status. */
export const jobKey = (jobId: string) => {
  const [, taskId, index] = childId.exec(jobId) ?? [];
  return taskId === undefined ? { pk: jobId, sk: 'job' } : { pk: chunkKey(taskId, chunkOf(Number(index))), sk: childSort(Number(index)) };
};
/** Job `index` of a task, from 0: the task's UUID and the index. Jobs of a chunk lie together, so that one query reads them. */
const childId = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(0|[1-9]\d{0,5})$/;
export const chunkKey = (taskId: string, chunk: number): string => `${taskId}#${chunk}`;
/** Whether a sort key of the jobs table is that of a job, a task's or not. */
export const isJobKey = (sk: string): boolean => /^job(#|$)/.test(sk);
export const childSort = (index: number): string => `job#${String(index).padStart(6, '0')}`;
export const specKey = (jobId: string) => ({ pk: jobId, sk: 'spec' });
/** How far the jobs of a task have left its queue. */
export const passedKey = (taskId: string) => ({ pk: taskId, sk: 'passed' });
export const laneKey = (laneId: string) => ({ pk: laneId, sk: 'lane' });
export const postKey = (laneId: string, process: string) => ({ pk: laneId, sk: `post#${process}` });
export const historyKey = (job: Job) => ({ pk: job.owner, sk: `${job.created}#${job.jobId}#${job.incarnation}` });

export const shareKey = (laneId: string, share: string) => ({ pk: laneId, sk: `share#${share}` });

export const queueKey = (laneId: string, share: string): string => `${laneId}#${share}`;
/** One shard a lane for now. */
export const activeKey = (laneId: string): string => `${laneId}#0`;
export const createdKey = (job: Pick<Job, 'created' | 'jobId'>): string => `${job.created}#${job.jobId}`;

/** Lanes with work have this in the attribute `due`, which is the partition of their index. */
export const due = 'due' satisfies Lane['due'];

/**
 * Index attributes that follow from a status: `queue` only while queued (of jobs of tasks: once they were put back), `active` (of
 * jobs of tasks: `taskActive`) from the claim until the results are there (or the job ended without any).
 */
export function indexAttributes(
  ref: JobRef,
  job: { status?: unknown; resultsAt?: unknown },
): { set: Record<string, string>; remove: string[] } {
  const queued = { queueKey: queueKey(ref.laneId, shareOf(ref)), queueOrder: ref.index === undefined ? ref.jobId : childSort(ref.index) };
  const [own, other] = ref.taskId === undefined ? ['activeKey', 'taskActiveKey'] : ['taskActiveKey', 'activeKey'];
  const active = { [own!]: activeKey(ref.laneId) };
  const neither = ['activeKey', 'taskActiveKey'];
  if (job.resultsAt !== undefined) return { set: {}, remove: neither };
  switch (job.status) {
    case undefined:
      return { set: {}, remove: [] };
    case 'queued':
      return { set: queued, remove: neither };
    case 'failed':
    case 'dismissed':
      return { set: {}, remove: ['queueKey', 'queueOrder', ...neither] };
    default:
      return { set: active, remove: ['queueKey', 'queueOrder', other!] };
  }
}
