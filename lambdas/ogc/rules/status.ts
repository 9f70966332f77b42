import type { Job } from '../../dispatch/model.ts';
import type { Link, StatusInfo } from '../model.ts';

const json = 'application/json';
const rel = (name: string): string => `http://www.opengis.net/def/rel/ogc/1.0/${name}`;

/** What this door reads of a job. */
export type Seen = Pick<Job, 'jobId' | 'status' | 'created' | 'updated'> &
  Partial<Pick<Job, 'message' | 'progress' | 'started' | 'finished' | 'resultsAt' | 'cancelRequested'>>;

/**
 * The status in the words of Part 1, Table 12. A job is `successful` when its results can be read, and `dismissed` from the moment when
 * that was asked for: what its platform does until it has heard of it is no concern of the client.
 */
export function statusOf(job: Seen): StatusInfo['status'] {
  if (job.status === 'failed' || job.status === 'dismissed') return job.status;
  if (job.status === 'successful') return job.resultsAt === undefined ? 'running' : 'successful';
  if (job.cancelRequested) return 'dismissed';
  return job.status === 'running' ? 'running' : 'accepted';
}

function messageOf(job: Seen, status: StatusInfo['status']): string | undefined {
  if (status === 'running' && job.status === 'successful') return 'The results are being collected.';
  if (status === 'dismissed' && job.status !== 'dismissed') return 'The job is being cancelled on its platform.';
  return job.message;
}

function linksOf(job: Seen, status: StatusInfo['status'], url: string): Link[] {
  const self = `${url}/jobs/${job.jobId}`;
  const results = { href: `${self}/results`, type: json };
  return [
    { href: self, rel: 'self', type: json, title: 'This status' },
    { href: self, rel: 'monitor', type: json, title: 'Status of the job' },
    { href: `${url}/jobs`, rel: 'up', type: json, title: 'Your jobs' },
    { href: `${self}/runlog`, rel: 'runlog', type: 'text/plain', title: 'What happened until now' },
    // The TEP design's own relations, beside those of the standard.
    ...(status === 'successful' ? [rel('results'), 'results'].map((name) => ({ ...results, rel: name, title: 'Results' })) : []),
    ...(status === 'failed' ? [{ ...results, rel: rel('exceptions'), title: 'What went wrong' }] : []),
    status === 'accepted' || status === 'running'
      ? { href: self, rel: 'cancel', type: json, title: 'DELETE dismisses the job' }
      : { href: self, rel: 'edit', type: json, title: 'DELETE removes the job and its results' },
  ];
}

/** A job as this door tells of it; `processId` is the door's own, `url` the API's base. */
export function statusInfo(job: Seen, processId: string, url: string): StatusInfo {
  const status = statusOf(job);
  const message = messageOf(job, status);
  const progress = status === 'successful' ? 100 : job.progress;
  return {
    jobID: job.jobId,
    id: job.jobId,
    type: 'process',
    processingEntityType: 'ogc-api-processes',
    processID: processId,
    status,
    ...(message === undefined ? {} : { message }),
    ...(progress === undefined ? {} : { progress: Math.max(0, Math.min(100, Math.round(progress))) }),
    created: job.created,
    ...(job.started === undefined ? {} : { started: job.started }),
    ...(job.finished === undefined ? {} : { finished: job.finished }),
    updated: job.updated,
    links: linksOf(job, status, url),
  };
}
