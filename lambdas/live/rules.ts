import { type Job, nativeStatus } from '../dispatch/model.ts';
import type { Change, Frame, JobChange, LiveJob, StatusData } from './model.ts';

/** API Gateway cuts WebSocket messages into frames of 32 KB (its quotas, "WebSocket frame size"); 24 KB leaves room. */
const frameBytes = 24 * 1024;
/** Type, message, numbers, times and brackets around the jobs of a frame. */
const envelopeBytes = 512;
/** A full status is for a screen; whoever wants more reads the list. */
export const mostJobs = 1000;

/** The subject that all jobs of a user are. */
export const jobsOf = (owner: string): string => `jobs:${owner}`;

const clip = (text: string, most: number): string => (text.length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`);

/** What a watcher sees of a job. */
function liveJob(job: Job): LiveJob {
  return {
    id: job.jobId,
    title: clip(job.title, 200),
    label: job.label,
    status: nativeStatus[job.status],
    phase: job.status,
    ...(job.progress === undefined ? {} : { progress: job.progress }),
    ...(job.message === undefined ? {} : { message: clip(job.message, 500) }),
    ...(job.resultsAt === undefined ? {} : { resultsAt: job.resultsAt }),
    updated: job.updated,
    version: job.version,
  };
}

const looks = (job: LiveJob): string => JSON.stringify({ ...job, updated: undefined, version: undefined });

/** The change as a watcher sees it; undefined for leases, intents and whatever else only the core needs. */
export function visibleChange({ before, after }: JobChange): (Change & { owner: string }) | undefined {
  if (after === undefined) return before && { owner: before.owner, jobId: before.jobId, version: before.version + 1 }; // after all that was written
  const job = liveJob(after);
  if (before !== undefined && looks(liveJob(before)) === looks(job)) return undefined;
  return { owner: after.owner, jobId: after.jobId, version: after.version, job };
}

/** As many of the items, from the first on, as one frame holds; at least one. */
function fitting<Item>(items: readonly Item[]): Item[] {
  let left = frameBytes - envelopeBytes;
  const end = items.findIndex((item, i) => {
    left -= Buffer.byteLength(JSON.stringify(item)) + 1;
    return left < 0 && i > 0;
  });
  return items.slice(0, end < 0 ? items.length : end);
}

/** The changes that go into the next frame; the rest waits for the one after it. */
export const nextFrame = (changes: readonly Change[]): Change[] => fitting(changes);

/** Everything a subject has, in frames of at most 24 KB; `seq` is the last delta's number from before the jobs were read. */
export function fullStatus(jobs: readonly Job[], seq: number, asOf: string, isTruncated: boolean): Frame[] {
  const pages: LiveJob[][] = [];
  for (let rest = jobs.map(liveJob); rest.length > 0 || pages.length === 0; rest = rest.slice(pages.at(-1)!.length))
    pages.push(fitting(rest));
  return pages.map((processing_jobs, i) => ({
    type: 'status',
    data: { upscaling_tasks: [], processing_jobs, ...(isTruncated ? { truncated: true } : {}), asOf },
    message: null,
    subject: 'jobs',
    seq,
    ...(pages.length > 1 ? { page: i + 1 } : {}),
    ...(i + 1 < pages.length ? { next: i + 2 } : {}),
  }));
}

/** Delta frame `seq`. */
export function delta(changes: readonly Change[], seq: number, asOf: string): Frame {
  const removed = changes.filter(({ job }) => job === undefined).map(({ jobId }) => jobId);
  const data: StatusData = {
    upscaling_tasks: [],
    processing_jobs: changes.flatMap(({ job }) => job ?? []),
    ...(removed.length > 0 ? { removed } : {}),
    asOf,
  };
  return { type: 'status', data, message: null, subject: 'jobs', seq, delta: true };
}

export const init: Frame = { type: 'init', data: null, message: 'Starting status stream', seq: 0 };
export const pong: Frame = { type: 'pong', data: null, message: null };
export const fault = (message: string): Frame => ({ type: 'error', data: null, message });
