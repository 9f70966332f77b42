import type { Change, JobChange } from '../model.ts';
import { liveJob } from './frames.ts';
import { subjectOf } from './subjects.ts';

const looks = (job: ReturnType<typeof liveJob>): string => JSON.stringify({ ...job, updated: undefined, version: undefined });

/** The change as a watcher sees it; undefined for leases, intents and whatever else only the core needs. */
function visibleChange({ before, after }: JobChange): Change | undefined {
  if (after === undefined) return before && { jobId: before.jobId, version: before.version + 1 }; // after all that was written
  const job = liveJob(after);
  if (before !== undefined && looks(liveJob(before)) === looks(job)) return undefined;
  return { jobId: after.jobId, version: after.version, job };
}

/** A change as a watcher sees it, and what it is of. */
export interface Seen {
  change: Change;
  of: JobChange;
}

/** What watchers see of the changes: by subject, the last change of each job. */
export function bySubject(changes: readonly JobChange[]): Map<string, Map<string, Seen>> {
  const subjects = new Map<string, Map<string, Seen>>();
  for (const of of changes) {
    const change = visibleChange(of);
    if (!change) continue;
    const subject = subjectOf((of.after ?? of.before)!);
    const jobs = subjects.get(subject) ?? new Map<string, Seen>();
    const known = jobs.get(change.jobId);
    if (!known || known.change.version < change.version) jobs.set(change.jobId, { change, of });
    subjects.set(subject, jobs);
  }
  return subjects;
}
