import { type Clock, iso } from '../../shared/time/clock.ts';
import { isFinal } from '../../dispatch/model.ts';
import type { JobChange } from '../model.ts';
import type { FrameQueue, Lanes, Subjects } from '../ports.ts';
import { bySubject, type Seen } from '../rules/changes.ts';
import { taskOf } from '../rules/subjects.ts';
import { bundleOf } from '../rules/task-frames.ts';

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
export const changeSeconds = 900;

/**
 * Marks a subject. Only whoever marks sends the message that makes the next frame, so a second has one frame at most. `by`: the
 * same for what is tried again, since nobody knows whether the one before sent its message.
 */
export async function markSubject(deps: Pick<Deps, 'subjects' | 'frames' | 'clock'>, subject: string, by?: string): Promise<void> {
  const now = deps.clock.now();
  // Where nobody knows whether it is marked: a message too many finds nothing to tell, one too few would keep the subject silent.
  const isMine = await deps.subjects.mark(subject, iso(now), iso(now - staleMs), by ?? iso(now)).catch(() => true);
  if (!isMine) return;
  try {
    await deps.frames.send(subject);
  } catch (error) {
    await deps.subjects.unmark(subject);
    throw error;
  }
}

/** A task's jobs are many: what a batch tells of them is one item. They go only when their task goes. */
async function gather({ subjects }: Pick<Deps, 'subjects'>, subject: string, seen: readonly Seen[], expires: number): Promise<void> {
  const jobs = seen.flatMap(({ change }) => change.job ?? []);
  if (jobs.length > 0) await subjects.gather(subject, bundleOf(jobs), expires);
}

/**
 * Notes what changed for subjects that are watched: one look per subject and batch, then the change, then the mark (a frame
 * clears the mark before it reads, so nothing falls between). What fails is parked, the rest goes on.
 */
export async function noteChanges(deps: Deps, changes: readonly JobChange[]): Promise<void> {
  const now = Math.floor(deps.clock.now() / 1000);
  const noteAll = async (subject: string, jobs: readonly Seen[]): Promise<void> => {
    const park = ({ of }: Seen, error: unknown) => deps.park(of, `live: ${String(error)}`);
    try {
      const { until, began } = await deps.subjects.watch(subject);
      if (until <= now) return;
      if (taskOf(subject) === undefined)
        await Promise.all(
          jobs.map((job) =>
            deps.subjects.note(subject, { ...job.change, began }, now + changeSeconds).catch((error: unknown) => park(job, error)),
          ),
        );
      else await gather(deps, subject, jobs, now + changeSeconds);
      await markSubject(deps, subject, `${jobs[0]!.change.jobId}.${jobs[0]!.change.version}`);
      const unfinished = jobs.flatMap(({ of: { after } }) => (after === undefined || isFinal(after.status) ? [] : after.laneId));
      await deps.lanes.watch(new Set(unfinished)).catch(() => undefined); // the next change says it again
    } catch (error) {
      await Promise.all(jobs.map((job) => park(job, error)));
    }
  };
  await Promise.all([...bySubject(changes)].map(([subject, jobs]) => noteAll(subject, [...jobs.values()])));
}
