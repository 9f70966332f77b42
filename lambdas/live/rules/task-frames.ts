import type { Job } from '../../dispatch/model.ts';
import { type Chunk, isOver, summary, type Task } from '../../upscaling/model.ts';
import type { Bundle, Frame, LiveJob, LiveTask, StatusData, TaskChange } from '../model.ts';
import { clip, envelopeBytes, fitting, frameBytes, liveJob } from './frames.ts';
import { taskSubject } from './subjects.ts';

/** News of a batch of changes is kept up to this size; about 25 jobs. */
const bundleBytes = 8 * 1024;

/** What a watcher sees of a task. */
export const liveTask = (task: Task): LiveTask => ({
  ...summary(task),
  title: clip(task.title, 200),
  incarnation: task.incarnation,
  version: task.version,
});

const looks = (task: Task | undefined): string =>
  JSON.stringify(task && !task.deleted ? { ...liveTask(task), updated: undefined, asOf: undefined, version: undefined } : undefined);

/** News of a task itself; undefined for what only its state machine needs. Its frame reads the task as it is then. */
export function taskNews({ before, after }: TaskChange): Bundle | undefined {
  if (looks(before) === looks(after)) return undefined;
  return { key: `task.${after?.version ?? 'gone'}`, jobs: [], more: 0 };
}

/** Failed jobs are told before others where not all can be, then what changed last. */
const byInterest = (a: LiveJob, b: LiveJob): number =>
  Number(b.phase === 'failed') - Number(a.phase === 'failed') || (a.updated < b.updated ? 1 : a.updated > b.updated ? -1 : 0);

/** News of jobs that changed together: as many as fit, and how many more there were. */
export function bundleOf(changed: readonly LiveJob[]): Bundle {
  const jobs = fitting(changed.toSorted(byInterest), bundleBytes);
  return { key: `job.${jobs[0]!.id}.${jobs[0]!.version}.${changed.length}`, jobs, more: changed.length - jobs.length };
}

function dataOf(task: Task, changed: readonly LiveJob[], more: number, asOf: string): StatusData {
  const live = liveTask(task);
  const left = frameBytes - envelopeBytes - Buffer.byteLength(JSON.stringify(live));
  const jobs = changed.length === 0 ? [] : fitting(changed, left);
  const untold = more + changed.length - jobs.length;
  return { upscaling_tasks: [live], processing_jobs: jobs, ...(untold > 0 ? { truncated: true, more: untold } : {}), asOf };
}

const frameOf = (task: Task, data: StatusData, seq: number): Extract<Frame, { type: 'status' }> => ({
  ...{ type: 'status', data, message: null, subject: taskSubject(task.taskId), seq },
  ...(isOver(task.status) ? { finished: true } : {}),
});

/** Delta frame `seq`: the task as it is, and the jobs that changed: of each its highest version. */
export function taskDelta(task: Task, bundles: readonly Bundle[], seq: number, asOf: string): Frame {
  const latest = new Map<string, LiveJob>();
  for (const job of bundles.flatMap(({ jobs }) => jobs)) if ((latest.get(job.id)?.version ?? -1) < job.version) latest.set(job.id, job);
  const more = bundles.reduce((sum, bundle) => sum + bundle.more, 0);
  return { ...frameOf(task, dataOf(task, [...latest.values()].toSorted(byInterest), more, asOf), seq), delta: true };
}

/** Chunks whose jobs a full status shows: where something runs, else where something failed, else where something ended. */
export function chunksToShow(chunks: readonly Chunk[], most: number): number[] {
  const interest = ({ counts: { submitted, running, failed, successful, dismissed } }: Chunk): number =>
    submitted + running > 0 ? 3 : failed > 0 ? 2 : successful + dismissed > 0 ? 1 : 0;
  return chunks
    .filter((chunk) => interest(chunk) > 0)
    .toSorted((a, b) => interest(b) - interest(a) || a.chunk - b.chunk)
    .slice(0, most)
    .map(({ chunk }) => chunk);
}

const waits = ({ phase }: LiveJob): boolean => phase === 'queued' || phase === 'submitting';
const isOnPlatform = ({ phase }: LiveJob): boolean => phase === 'submitted' || phase === 'running';

/** A full status: the task, and as many of the jobs that wait no longer as one frame holds, those on the platform first. */
export function taskStatus(task: Task, jobs: readonly Job[], seq: number, asOf: string): Frame {
  const changed = jobs.map(liveJob).filter((job) => !waits(job));
  const sorted = changed.toSorted((a, b) => Number(isOnPlatform(b)) - Number(isOnPlatform(a)) || byInterest(a, b));
  const known = Object.entries(task.counts ?? {}).reduce((sum, [status, count]) => sum + (status === 'queued' ? 0 : count), 0);
  return frameOf(task, dataOf(task, sorted, Math.max(0, known - changed.length), asOf), seq);
}
