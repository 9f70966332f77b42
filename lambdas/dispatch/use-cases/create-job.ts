import type { RegisteredPlatform } from '../../platforms/model.ts';
import { Problem } from '../../shared/problem.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Job, JobDetail, JobOrder, Spec } from '../model.ts';
import { estimateStart } from '../rules/estimate.ts';
import { laneOf, room, takesNoJobs } from '../rules/lane.ts';
import { unreadable } from '../rules/references.ts';
import { as } from '../rules/transitions.ts';
import { countedTo, positionOf } from './candidates.ts';
import type { Deps } from './deps.ts';
import { openShares } from './open-shares.ts';
import { findService, type Find } from './service.ts';

/** `sync`: by the platform's synchronous call. */
export type How = 'async' | 'sync';

/** Accepts a job: checks everything that can be checked now, then stores it, queued in its lane. The table's stream does the rest. */
export async function createJob(deps: Deps, owner: string, request: JobOrder, find: Find, how: How = 'async'): Promise<Job> {
  const { job, spec } = await prepareJob(deps, owner, request, find, how);
  await announce(deps, job);
  await deps.jobs.create(job, spec);
  return job;
}

/** Before a job is written: its lane is due and its share is open, so that it is found whatever becomes of the wake-up. */
export async function announce(deps: Pick<Deps, 'lanes'>, job: Pick<Job, 'laneId' | 'platformId' | 'owner' | 'taskId'>): Promise<void> {
  await deps.lanes.want(job.laneId, job.platformId);
  await openShares(deps, job);
}

/** Where the job or jobs of a request would run, after everything that can be checked now. */
export async function placeOf(deps: Deps, owner: string, request: JobOrder, find: Find): Promise<RegisteredPlatform> {
  const { platform } = await findService(deps, owner, request, find);
  if (takesNoJobs(platform.state)) throw new Problem(409, 'PLATFORM_DRAINING', `${platform.title} takes no new jobs: it is being drained.`);
  const foreign = unreadable(request.parameters, deps.workspace.bucket, owner);
  if (foreign.length > 0)
    throw new Problem(403, 'FORBIDDEN', 'The parameters refer to files that you may not read: see details.', { errors: foreign });
  return platform;
}

/** The job that a request is to make, after all checks; nothing is stored yet. */
export async function prepareJob(
  deps: Deps,
  owner: string,
  request: JobOrder,
  find: Find,
  how: How = 'async',
): Promise<{ job: Job; spec: Spec }> {
  const platform = await placeOf(deps, owner, request, find);
  const now = deps.clock.now();
  const jobId = deps.ids.next();
  const job: Job = {
    jobId,
    owner,
    origin: 'request',
    ...(request.deployed === undefined ? {} : { deployed: request.deployed }),
    laneId: laneOf(platform, owner),
    platformId: platform.id,
    process: request.service.application,
    title: request.title,
    label: request.label,
    ...(how === 'sync' ? { sync: true } : {}),
    ...as('queued'),
    incarnation: 1,
    epoch: 0,
    version: 1,
    pollNumber: 0,
    failures: 0,
    ...(request.onAmbiguous === undefined ? {} : { onAmbiguous: request.onAmbiguous }),
    ...(request.wanted?.callbacks === undefined ? {} : { subscribed: true as const }),
    deadline: iso(now + platform.deadlineHours * 3_600_000),
    created: iso(now),
    updated: iso(now),
  };
  const spec: Spec = {
    jobId,
    format: request.format,
    ...(request.results === undefined ? {} : { results: request.results }),
    service: { endpoint: request.service.endpoint, application: request.service.application },
    parameters: request.parameters,
    ...(request.wanted ? { wanted: request.wanted } : {}),
  };
  return { job, spec };
}

/** Pauses between looks at a job that is about to be submitted, in milliseconds: soon at first, then every half second. */
const looks = [100, 100, 150, 150, 250, 250];
const later = 500;

/**
 * Waits until the platform has given its id (or the job went another way), at most until `until`, and only where the
 * lane is free: a job that has to queue is answered at once.
 */
export async function awaitSubmission(deps: Deps, job: Job, until: number, pause: (ms: number) => Promise<void>): Promise<Job> {
  const [lane, platform] = await Promise.all([deps.lanes.get(job.laneId), deps.platform(job.platformId)]);
  if (platform !== undefined && platform.state !== 'active') return job;
  if (lane !== undefined && platform !== undefined && room(lane, platform.limits, 1, 0, deps.clock.now()).count === 0) return job;
  let seen = job;
  for (let look = 0; deps.clock.now() < until; look += 1) {
    await pause(Math.min(looks[look] ?? later, Math.max(0, until - deps.clock.now())));
    const now = await deps.jobs.get(job.jobId);
    if (now === undefined) return seen;
    seen = now;
    const waits = seen.status === 'submitting' || (seen.status === 'queued' && seen.held === undefined && seen.message === undefined);
    if (!waits) return seen;
  }
  return seen;
}

const waitsFor = {
  paused: 'The platform is paused by an administrator: the job waits until it goes on.',
  draining: 'The platform is being drained by an administrator: the job waits until it goes on, or until you cancel it.',
  removing: 'The platform is being removed.',
  removed: 'The platform is no longer registered: the job waits until it is again, or until you cancel it.',
};

/** Position in the lane (1 is next), counted up to 1,000, and when its turn may come; absent when the job no longer waits. */
export async function queuePosition(deps: Deps, job: Job): Promise<JobDetail['queue']> {
  if (job.status !== 'queued') return undefined;
  const [position, lane] = await Promise.all([positionOf(deps, job), deps.lanes.get(job.laneId)]);
  const closed = lane?.closedUntil !== undefined && ms(lane.closedUntil) > deps.clock.now();
  const platform = await deps.platform(job.platformId);
  const state = platform?.state;
  const reason =
    state !== 'active'
      ? waitsFor[state ?? 'removed']
      : lane?.held !== undefined
        ? lane.held
        : closed
          ? `The platform does not answer (${lane.reason ?? 'no reason given'}); it is tried again at ${lane.closedUntil}.`
          : undefined;
  const moves = state === 'active' && lane?.held === undefined && job.held !== 'ambiguous' && position < countedTo;
  const estimate = lane && moves ? estimateStart(lane, platform!.limits, position, deps.clock.now()) : undefined;
  return { position, ...(reason ? { reason } : {}), ...estimate };
}
