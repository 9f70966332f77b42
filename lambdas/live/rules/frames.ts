import { type Job, nativeStatus } from '../../dispatch/model.ts';
import type { Change, Frame, LiveJob, Noted, Recheck, StatusData } from '../model.ts';

/** API Gateway cuts WebSocket messages into frames of 32 KB (its quotas, "WebSocket frame size"); 24 KB leaves room. */
export const frameBytes = 24 * 1024;
/** Type, message, numbers, times and brackets around the jobs of a frame. */
export const envelopeBytes = 512;
/** A full status is for a screen; whoever wants more reads the list. */
export const mostJobs = 1000;

export const clip = (text: string, most: number): string => (text.length <= most ? text : `${[...text].slice(0, most - 1).join('')}…`);

/** What a watcher sees of a job. */
export function liveJob(job: Job): LiveJob {
  return {
    id: job.jobId,
    title: clip(job.title, 200),
    label: job.label,
    ...(job.index === undefined ? {} : { index: job.index }),
    status: nativeStatus[job.status],
    phase: job.status,
    ...(job.progress === undefined ? {} : { progress: job.progress }),
    ...(job.message === undefined ? {} : { message: clip(job.message, 500) }),
    ...(job.resultsAt === undefined ? {} : { resultsAt: job.resultsAt }),
    updated: job.updated,
    version: job.version,
  };
}

/** As many of the items, from the first on, as one frame or so many bytes hold; at least one. */
export function fitting<Item>(items: readonly Item[], bytes = frameBytes - envelopeBytes): Item[] {
  let left = bytes;
  const end = items.findIndex((item, i) => {
    left -= Buffer.byteLength(JSON.stringify(item)) + 1;
    return left < 0 && i > 0;
  });
  return items.slice(0, end < 0 ? items.length : end);
}

/** The changes that go into the next frame; the rest waits for the one after it. */
export const nextFrame = (changes: readonly Noted[]): Noted[] => fitting(changes);

/** What a full status tells. */
export interface FullStatus {
  jobs: readonly LiveJob[];
  /** Number of the last delta from before the jobs were read. */
  seq: number;
  asOf: string;
  /** There are more jobs. */
  more: boolean;
}

const dataOf = (processing_jobs: readonly LiveJob[], asOf: string, more: boolean): StatusData => ({
  upscaling_tasks: [],
  processing_jobs: [...processing_jobs],
  ...(more ? { truncated: true } : {}),
  asOf,
});

/** Everything a subject has, in frames of at most 24 KB. */
export function fullStatus({ jobs, seq, asOf, more }: FullStatus): Frame[] {
  const pages: LiveJob[][] = [];
  for (let rest = jobs; rest.length > 0 || pages.length === 0; rest = rest.slice(pages.at(-1)!.length)) pages.push(fitting(rest));
  return pages.map((page, i) => ({
    type: 'status',
    data: dataOf(page, asOf, more),
    message: null,
    subject: 'jobs',
    seq,
    ...(pages.length > 1 ? { page: i + 1 } : {}),
    ...(i + 1 < pages.length ? { next: i + 2 } : {}),
  }));
}

const isOver = ({ status }: LiveJob): boolean => status === 'finished' || status === 'failed' || status === 'canceled';

/** The same in one frame, for clients that take each frame for the whole: what does not fit is left out, ended jobs first. */
export function snapshot({ jobs, seq, asOf, more }: FullStatus): Frame {
  const told = fitting([...jobs.filter((job) => !isOver(job)), ...jobs.filter(isOver)]);
  return { type: 'status', data: dataOf(told, asOf, more || told.length < jobs.length), message: null, subject: 'jobs', seq };
}

const gone = ({ id, version }: { id: string; version: number }): Change => ({ jobId: id, version });

/** What frames of the log told since `since` (RFC 3339). */
export function toldSince(texts: readonly string[], since: string): Change[] {
  return texts.flatMap((text) => {
    const { type, data } = JSON.parse(text) as Frame;
    if (type !== 'status' || data.asOf < since) return [];
    return [...data.processing_jobs.map((job) => ({ jobId: job.id, version: job.version, job })), ...(data.removed ?? []).map(gone)];
  });
}

/** Jobs as they are after the changes: of each the highest version counts. What was not among them comes first, it is new. */
export function merged(jobs: readonly LiveJob[], changes: readonly Change[]): LiveJob[] {
  const latest = new Map<string, Change>();
  for (const change of [...jobs.map((job) => ({ jobId: job.id, version: job.version, job })), ...changes])
    if ((latest.get(change.jobId)?.version ?? -1) < change.version) latest.set(change.jobId, change);
  const known = new Set(jobs.map(({ id }) => id));
  const added = [...latest.values()].filter(({ jobId }) => !known.has(jobId)).toReversed();
  return [...added, ...jobs.map(({ id }) => latest.get(id)!)].flatMap(({ job }) => job ?? []);
}

/**
 * What a second reading shows that the first one did not, nor any frame since: the index was late. What is gone from it
 * was deleted; no frame may ever have told, so the version is the one after the last that was seen.
 */
export function untold({ versions }: Recheck, { jobs, more }: FullStatus, told: readonly Change[]): Change[] {
  const known = new Map([...Object.entries(versions), ...told.map(({ jobId, version }) => [jobId, version] as const)]);
  const shown = new Set(jobs.map(({ id }) => id));
  const toldOf = new Set(told.map(({ jobId }) => jobId));
  const gone = more ? [] : Object.entries(versions).filter(([id]) => !shown.has(id) && !toldOf.has(id));
  return [
    ...jobs.filter(({ id, version }) => (known.get(id) ?? -1) < version).map((job) => ({ jobId: job.id, version: job.version, job })),
    ...gone.map(([jobId, version]) => ({ jobId, version: version + 1 })),
  ];
}

/** Delta frame `seq`. */
export function delta(changes: readonly Change[], seq: number, asOf: string, subject = 'jobs'): Frame {
  const removed = changes.filter(({ job }) => job === undefined).map(({ jobId, version }) => ({ id: jobId, version }));
  const data: StatusData = {
    upscaling_tasks: [],
    processing_jobs: changes.flatMap(({ job }) => job ?? []),
    ...(removed.length > 0 ? { removed } : {}),
    asOf,
  };
  return { type: 'status', data, message: null, subject, seq, delta: true };
}

export const init: Frame = { type: 'init', data: null, message: 'Starting status stream', seq: 0 };
/** With the numbers of the last frames, so that whoever missed it learns of it. */
export const pong = (last: Record<string, number>): Frame => ({ type: 'pong', data: null, message: null, subjects: last });
export const fault = (message: string, subject?: string): Frame => ({
  ...{ type: 'error', data: null, message },
  ...(subject === undefined ? {} : { subject }),
});
/** Somebody else's task is answered like one that never was. */
export const noSuchTask = (taskId: string): Frame => fault(`You have no upscaling task ${taskId}.`, `task:${taskId}`);
