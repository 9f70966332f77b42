import { isFinal, type Job } from '../../dispatch/model.ts';
import { type Clock, iso } from '../../shared/time/clock.ts';
import type { JobsOf, Subjects, Tasks } from '../ports.ts';
import { type FullStatus, liveJob, merged, mostJobs, toldSince } from '../rules/frames.ts';
import { ownerOf } from '../rules/subjects.ts';

export interface StatusDeps {
  subjects: Subjects;
  jobs: JobsOf;
  tasks: Tasks;
  clock: Clock;
}

/** `began`, `beganAt`: as `Watch` has them. */
export interface StatusRead {
  status: FullStatus;
  laneIds: Set<string>;
  began: number;
  beganAt: number;
}

/** Frames that are read beside the index, at one a second: longer than the index is usually late. */
const overlapFrames = 60;
const overlapMs = 60_000;

async function readJobs(jobs: JobsOf, owner: string): Promise<{ read: Job[]; more: boolean }> {
  const read: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await jobs.page(owner, mostJobs + 1 - read.length, cursor); // one more tells whether there are more
    read.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && read.length <= mostJobs);
  return { read: read.slice(0, mostJobs), more: read.length > mostJobs };
}

/**
 * Everything a subject has, and the lanes of its unfinished jobs. The owners' index may be late, so what the log of
 * frames told within the last minute counts too. The log is read after the jobs: a frame that it does not have yet is
 * posted to whoever is a viewer by now.
 */
export async function readStatus(deps: StatusDeps, subject: string): Promise<StatusRead> {
  const now = deps.clock.now();
  const { last, began, beganAt } = await deps.subjects.watch(subject); // before the jobs: what later frames tell may be in them already
  const { read, more } = await readJobs(deps.jobs, ownerOf(subject));
  const from = Math.max(began, last - overlapFrames) + 1;
  const told = toldSince(await deps.subjects.frames(subject, from, last), iso(now - overlapMs));
  const jobs = merged(read.map(liveJob), told);
  return {
    status: { jobs: jobs.slice(0, mostJobs), seq: last, asOf: iso(now), more: more || jobs.length > mostJobs },
    began,
    beganAt,
    laneIds: new Set(read.filter(({ status }) => !isFinal(status)).map(({ laneId }) => laneId)),
  };
}
