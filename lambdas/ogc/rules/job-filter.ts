import type { Job } from '../../dispatch/model.ts';
import type { StatusInfo } from '../model.ts';
import { statusOf } from './status.ts';

/** What a list of jobs is asked for (Part 1, 11.2.2). Of several values of one parameter any may fit. */
export interface JobQuery {
  type?: readonly string[] | undefined;
  processID?: readonly string[] | undefined;
  status?: readonly StatusInfo['status'][] | undefined;
  datetime?: string | undefined;
  /** Seconds. */
  minDuration?: number | undefined;
  maxDuration?: number | undefined;
}

/** [from, to) in ms since the epoch. */
type Span = [from: number, to: number];

/** A day, or a time with its zone. */
function spanOf(text: string): Span | undefined {
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return [at, at + 86_400_000];
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return undefined;
  return [at, at + (/\.\d/.test(text) ? 1 : 1000)]; // as exact as it is written
}

/** `datetime` as a span: an instant, or an interval with `..` or nothing for an open end; undefined when it is neither. */
export function readDatetime(text: string): Span | undefined {
  const parts = text.split('/');
  if (parts.length === 1) return spanOf(text);
  if (parts.length !== 2 || parts.every((part) => part === '' || part === '..')) return undefined;
  const [from, to] = parts.map((part) => (part === '' || part === '..' ? 'open' : spanOf(part)));
  if (from === undefined || to === undefined) return undefined;
  const span: Span = [from === 'open' ? -Infinity : from[0], to === 'open' ? Infinity : to[1]];
  return span[0] < span[1] ? span : undefined;
}

/** Seconds that a job ran, or has been running; undefined for one that never did. */
function duration({ started, finished }: Job, now: number): number | undefined {
  if (started === undefined) return undefined;
  return ((finished === undefined ? now : Date.parse(finished)) - Date.parse(started)) / 1000;
}

/** Which jobs a query means; `idOf` is what this door calls a job's process. */
export function jobFilter(query: JobQuery, idOf: (job: Job) => string, now: number): (job: Job) => boolean {
  const span = query.datetime === undefined ? undefined : readDatetime(query.datetime);
  const { minDuration, maxDuration } = query;
  const timed = minDuration !== undefined || maxDuration !== undefined;
  return (job) => {
    if (query.type && !query.type.includes('process')) return false;
    if (query.processID && !query.processID.includes(idOf(job))) return false;
    const status = statusOf(job);
    if (query.status && !query.status.includes(status)) return false;
    const created = Date.parse(job.created);
    if (span && (created < span[0] || created >= span[1])) return false;
    if (!timed) return true;
    const seconds = duration(job, now);
    // Durations mean running and finished jobs, unless a status is asked for (requirements job-list/minDuration-response).
    if (seconds === undefined || (!query.status && status === 'accepted')) return false;
    return seconds >= (minDuration ?? 0) && seconds <= (maxDuration ?? Infinity);
  };
}
