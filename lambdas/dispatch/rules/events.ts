import { JobEvent } from '../../shared/events/events.ts';
import type { Job, JobStatus } from '../model.ts';

/** The event that says a job has come into a status. A claim is the submitter's own affair and makes none. */
const typeOf: Record<JobStatus, JobEvent['type'] | undefined> = {
  queued: 'job.queued',
  submitting: undefined,
  submitted: 'job.submitted',
  running: 'job.running',
  successful: 'job.successful',
  failed: 'job.failed',
  dismissed: 'job.dismissed',
};

/** One write changes the status or announces the results, never both: so a change makes one event at most, and `version` numbers it. */
function whatHappened(before: Job | undefined, after: Job): JobEvent['type'] | undefined {
  const isRetry = before !== undefined && before.incarnation !== after.incarnation;
  if (before?.status !== after.status || isRetry) {
    const isPutBack = after.status === 'queued' && before !== undefined && !isRetry;
    return isPutBack ? undefined : typeOf[after.status];
  }
  return after.resultsAt !== undefined && before.resultsAt === undefined ? 'job.results.ready' : undefined;
}

/**
 * The events that a change of a job makes; a deleted job makes none. A job put back into its queue makes none either: to
 * its owner it never left. The schema drops what the type's data does not hold; a job that lacks what it must hold throws.
 */
export function eventsOf(before: Job | undefined, after: Job | undefined): JobEvent[] {
  const type = after && whatHappened(before, after);
  if (!type) return [];
  return [
    JobEvent.parse({
      id: `${after.jobId}.${after.version}`,
      type,
      source: 'swath.dispatch',
      subject: after.jobId,
      time: after.updated,
      owner: after.owner,
      seq: after.version,
      data: after,
    }),
  ];
}
