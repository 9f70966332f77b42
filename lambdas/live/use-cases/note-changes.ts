import { type Clock, iso } from '../../shared/time/clock.ts';
import { isFinal } from '../../dispatch/model.ts';
import type { Change, JobChange } from '../model.ts';
import type { FrameQueue, Lanes, Subjects } from '../ports.ts';
import { jobsOf, visibleChange } from '../rules.ts';

interface Deps {
  subjects: Subjects;
  frames: FrameQueue;
  lanes: Lanes;
  clock: Clock;
  /** Keeps a change that could not be noted, for people to look at. */
  park(change: JobChange, reason: string): Promise<void>;
}

/** A mark this old belongs to a message that was lost: the next change sends another. */
const staleMs = 5_000;
/** Nobody waits for a change that no frame took up for so long. */
const changeSeconds = 900;

/** Marks a subject. Only whoever marks sends the message that makes the next frame, so a second has one frame at most. */
export async function markSubject(deps: Pick<Deps, 'subjects' | 'frames' | 'clock'>, subject: string): Promise<void> {
  const now = deps.clock.now();
  if (!(await deps.subjects.mark(subject, iso(now), iso(now - staleMs)))) return;
  try {
    await deps.frames.send(subject);
  } catch (error) {
    await deps.subjects.unmark(subject);
    throw error;
  }
}

/** The last change of each job, by owner. */
function byOwner(changes: readonly JobChange[]): Map<string, Map<string, { change: Change; of: JobChange }>> {
  const owners = new Map<string, Map<string, { change: Change; of: JobChange }>>();
  for (const of of changes) {
    const seen = visibleChange(of);
    if (!seen) continue;
    const { owner, ...change } = seen;
    const jobs = owners.get(owner) ?? new Map<string, { change: Change; of: JobChange }>();
    const known = jobs.get(change.jobId);
    if (!known || known.change.version < change.version) jobs.set(change.jobId, { change, of });
    owners.set(owner, jobs);
  }
  return owners;
}

/**
 * Notes what changed for subjects that somebody watches: one look for viewers per owner and batch, then the change, then
 * the mark (a frame clears the mark before it reads, so nothing falls between). What fails is parked, the rest goes on.
 */
export async function noteChanges(deps: Deps, changes: readonly JobChange[]): Promise<void> {
  const now = Math.floor(deps.clock.now() / 1000);
  const owned = async (owner: string, jobs: readonly { change: Change; of: JobChange }[]): Promise<void> => {
    const subject = jobsOf(owner);
    const parkAll = (error: unknown) => Promise.all(jobs.map(({ of }) => deps.park(of, `live: ${String(error)}`)));
    try {
      if ((await deps.subjects.viewers(subject, now)).length === 0) return;
      await Promise.all(
        jobs.map(({ change, of }) =>
          deps.subjects.note(subject, change, now + changeSeconds).catch((error: unknown) => deps.park(of, `live: ${String(error)}`)),
        ),
      );
      await markSubject(deps, subject);
      const unfinished = jobs.flatMap(({ of: { after } }) => (after === undefined || isFinal(after.status) ? [] : after.laneId));
      await deps.lanes.watch(new Set(unfinished)).catch(() => undefined); // the next change says it again
    } catch (error) {
      await parkAll(error);
    }
  };
  await Promise.all([...byOwner(changes)].map(([owner, jobs]) => owned(owner, [...jobs.values()])));
}
