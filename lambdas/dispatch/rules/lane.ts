import type { Platform, RegisteredPlatform } from '../../platforms/model.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Condition, Write } from '../../shared/table/write.ts';
import { serviceAccount, serviceLane, type Job, type Lane, type Settings } from '../model.ts';
import { told } from './writes.ts';

/** The lane of the user's own credential where jobs run as their users, else the one of the service account, which all users share. */
export const laneOf = ({ id, auth }: Pick<Platform, 'id' | 'auth'>, userId: string): string =>
  auth.method === 'user' ? `${id}~${userId}` : serviceLane(id);

/** Whose credential a lane is; undefined for the service account. */
export const userOf = (laneId: string): string | undefined => {
  const whose = laneId.slice(laneId.indexOf('~') + 1);
  return whose === serviceAccount ? undefined : whose;
};

/** What the ids of all lanes of a platform begin with. */
export const lanesBegin = (platformId: string): string => `${platformId}~`;

/** The credential of the lane does not work (`reason`), or works again. */
export const holdLane = (reason: string): Write => ({ when: [], set: { held: reason } });
export const freeLane = (reason: string): Write => ({ when: [{ attr: 'held', is: reason }], remove: ['held'] });

/** A job as it stands with its lane: what waits in a lane that is held is held, and nothing else is for that reason. */
export function inLane(job: Job, lane: Pick<Lane, 'held'> | undefined): Job {
  if (job.status !== 'queued' || job.held === 'ambiguous') return job;
  if (lane?.held !== undefined) return { ...job, held: 'credential', message: lane.held };
  if (job.held === undefined) return job;
  const free = { ...job };
  delete free.held;
  delete free.message;
  return free;
}

/** Jobs that are there may go on, or wait; more do not come. */
export const takesNoJobs = (state: RegisteredPlatform['state']): boolean => state === 'draining' || state === 'removing';

/** What takes a place on the platform: one incarnation of one job. */
export const slotOf = (job: Pick<Job, 'jobId' | 'incarnation'>): string => `${job.jobId}.${job.incarnation}`;

/** Requests that one worker keeps in flight at most; a lane gets ceil(parallel / this) workers. */
const workerParallel = 20;
export const workersOf = (parallel: number): number => Math.ceil(parallel / workerParallel);
/** Of the platform's requests at once, those of one worker. Where there are many, one is left to polls and results. */
export const placesOf = (parallel: number, worker: number): number => {
  const [workers, places] = [workersOf(parallel), parallel < 10 ? parallel : parallel - 1];
  return Math.floor((places + workers - 1 - worker) / workers);
};
/** Turns that a worker has under way beyond its requests: what a turn reads and writes takes a fifth of it. */
export const turnsAhead = (places: number): number => Math.floor(places / 4);

/** Platform ids remembered for the search by set difference. */
export const recentIds = 50;

type Limits = Platform['limits'];

/** Tokens in the bucket now: refilled at `startsPerMinute`, never more than `burst`. No rate: unlimited. */
export function tokensNow(lane: Lane, limits: Limits, now: number): number {
  if (limits.startsPerMinute === undefined) return Number.POSITIVE_INFINITY;
  if (lane.tokens === undefined || lane.tokensAt === undefined) return limits.burst;
  return Math.min(limits.burst, lane.tokens + (Math.max(0, now - ms(lane.tokensAt)) / 60_000) * limits.startsPerMinute);
}

export type Room =
  /** `probe`: the lane was closed and this one start tells whether it may open. */
  { count: number; probe?: true } | { count: 0; why: 'slots' | 'held' } | { count: 0; why: 'tokens' | 'closed'; nextAt: number };

/**
 * How many of `wanted` jobs the lane may let go now, and if none, why and when to look again. `holders` of them have
 * their slot already: a job whose create was lost keeps it, since it may be running.
 */
export function room(lane: Lane, limits: Limits, wanted: number, holders: number, now: number): Room {
  if (lane.held !== undefined) return { count: 0, why: 'held' };
  if (lane.nextAt !== undefined && ms(lane.nextAt) > now) return { count: 0, why: 'tokens', nextAt: ms(lane.nextAt) };
  if (lane.closedUntil !== undefined && ms(lane.closedUntil) > now) return { count: 0, why: 'closed', nextAt: ms(lane.closedUntil) };
  const free = limits.running === undefined ? wanted : Math.max(0, limits.running - (lane.slots?.size ?? 0)) + holders;
  if (free <= 0) return { count: 0, why: 'slots' };
  const tokens = tokensNow(lane, limits, now);
  if (tokens < 1) return { count: 0, why: 'tokens', nextAt: now + Math.ceil(((1 - tokens) * 60_000) / limits.startsPerMinute!) };
  if (lane.closedUntil !== undefined) return { count: 1, probe: true };
  return { count: Math.min(wanted, free, Math.floor(tokens)) };
}

/**
 * Takes tokens for these jobs, and slots for those that have none, in one write that is conditional on what was seen:
 * of two workers one is refused and looks again. A probe shuts the lane behind itself until it is answered or
 * `probeSeconds` are over.
 */
export function reserve(
  lane: Lane,
  limits: Limits,
  jobs: readonly string[],
  now: number,
  more: { probeSeconds?: number | undefined; virtual?: number | undefined } = {},
): Write {
  const { probeSeconds, virtual } = more;
  const slots = jobs.filter((slot) => !lane.slots?.has(slot));
  // Somebody may have given back the slot of a job that comes again, since the lane was read.
  const kept = limits.running === undefined ? [] : jobs.filter((slot) => lane.slots?.has(slot));
  return {
    when: [
      ...same('tokensAt', lane.tokensAt),
      ...same('tokens', lane.tokens),
      ...same('closedUntil', lane.closedUntil),
      ...(limits.running === undefined || slots.length === 0 ? [] : [{ attr: 'slots', sizeAtMost: limits.running - slots.length }]),
      ...kept.map((slot) => ({ attr: 'slots', contains: slot })),
    ],
    set: {
      reservedAt: iso(now),
      ...(limits.startsPerMinute === undefined ? {} : { tokens: tokensNow(lane, limits, now) - jobs.length, tokensAt: iso(now) }),
      ...(virtual === undefined ? {} : { virtual: Math.max(virtual, lane.virtual ?? 0) }),
      ...(probeSeconds === undefined ? {} : { closedUntil: iso(now + probeSeconds * 1000), probing: true }),
    },
    increment: { reservations: 1 },
    ...(limits.running === undefined || slots.length === 0 ? {} : { include: { slots } }),
  };
}
const same = (attr: string, value: string | number | undefined): Condition[] =>
  value === undefined ? [{ attr, absent: true }] : [{ attr, is: value }];

/** The platform has no room: nothing more starts before the time it gave (or a guess). */
export const emptyBucket = (now: number, retryAfterSeconds: number | undefined): Write => ({
  when: [],
  set: { nextAt: iso(now + Math.min(900, Math.max(1, retryAfterSeconds ?? 5)) * 1000) },
});

/**
 * After a technical failure: `closeAfterFailures` in a row close the lane for `closeSeconds`, doubled with each closing
 * in a row up to `closeMaxSeconds`, with full jitter (`random` in [0, 1)) above half of it.
 * 30 s, 60 s, 120 s, 240 s, 480 s, 900 s: a platform that is down for a day is asked about a hundred times.
 */
export function afterFailure(lane: Lane, settings: Settings, now: number, why: string, random: number, closes = false): Write {
  const failures = (lane.failures ?? 0) + 1;
  const reason = told(why);
  const when = [...same('failures', lane.failures), ...same('closedUntil', lane.closedUntil)];
  // Calls that were under way when the lane was closed say nothing new.
  if (!lane.probing && lane.closedUntil !== undefined && ms(lane.closedUntil) > now) return { when, set: { reason } };
  const closedBefore = lane.closedUntil !== undefined;
  if (!closes && !closedBefore && failures < settings.closeAfterFailures) return { when, set: { failures, reason } };
  const closings = (lane.closings ?? 0) + 1;
  const longest = Math.min(settings.closeMaxSeconds, settings.closeSeconds * 2 ** Math.min(closings - 1, 20));
  const seconds = longest / 2 + (random * longest) / 2;
  return { when, set: { failures, closings, reason, closedUntil: iso(now + seconds * 1000) }, remove: ['probing'] };
}

/** After any answer that shows the platform works. */
export const afterSuccess = (now: number): Write => ({
  when: [],
  set: { successAt: iso(now), lastSeenAt: iso(now) },
  remove: ['failures', 'closings', 'closedUntil', 'probing', 'reason'],
});

/** Whether `afterSuccess` would change what a user sees; saves a write per call on a healthy lane. */
export const needsSuccess = (lane: Lane, now: number): boolean =>
  lane.failures !== undefined || lane.closedUntil !== undefined || lane.successAt === undefined || now - ms(lane.successAt) > 10_000;

export const liveRunner = (lane: Lane, now: number): boolean => lane.runnerUntil !== undefined && ms(lane.runnerUntil) > now;

/**
 * One runner serves a lane: taken when nobody has it, or by the one that has it already. That one's earlier try may come
 * late, and does not shorten what its later one was promised.
 */
export const takeRunner = (runnerId: string, until: number, now: number): Write => ({
  when: [
    {
      anyOf: [
        { attr: 'runnerUntil', absent: true },
        { attr: 'runnerUntil', below: iso(now) },
        { attr: 'runnerId', is: runnerId },
      ],
    },
    {
      anyOf: [
        { attr: 'runnerUntil', absent: true },
        { attr: 'runnerUntil', below: iso(until + 1) },
      ],
    },
  ],
  set: { runnerId, runnerUntil: iso(until), takenAt: iso(now) },
  increment: { takes: 1 },
});

/** A runner leaves only if no work has come since it looked. */
export const leaveRunner = (runnerId: string, wanted: number): Write => ({
  when: [
    { attr: 'runnerId', is: runnerId },
    { attr: 'wanted', is: wanted },
  ],
  remove: ['runnerId', 'runnerUntil'],
});

/** A runner that met a fault gives the lane back whatever has come; the sweep starts another. */
export const dropRunner = (runnerId: string): Write => ({
  when: [{ attr: 'runnerId', is: runnerId }],
  remove: ['runnerId', 'runnerUntil'],
});

/** Jobs that may be running take their slots whatever the limit says. */
export const occupy = (slots: readonly string[]): Write => ({ when: [], include: { slots } });

/** The same for a job that waited in its queue, so that no release of what was seen to wait there takes its slot. */
export const occupyAdopted = (slot: string): Write => ({ ...occupy([slot]), increment: { reservations: 1 } });

/** Slots whose jobs are over are free. */
export const release = (slots: readonly string[]): Write => ({ when: [], exclude: { slots } });

/**
 * Slots of jobs that wait in the queue are leftovers of a dead worker, but only while nobody has reserved any since `seen` was read:
 * a release that comes late, or is sent again seconds later, would take the slots of what was let go meanwhile.
 */
export const releaseUnclaimed = (slots: readonly string[], seen: Lane): Write => ({
  when: [...same('reservations', seen.reservations)],
  exclude: { slots },
});

/** One poller at a time for a lane; the number says which poll brought a piece of news. */
export const takePoll = (until: number, now: number): Write => ({
  when: [
    {
      anyOf: [
        { attr: 'pollLeaseUntil', absent: true },
        { attr: 'pollLeaseUntil', below: iso(now) },
      ],
    },
  ],
  set: { pollLeaseUntil: iso(until), lastPollAt: iso(now) },
  increment: { pollNumber: 1 },
  remove: ['pollAt'],
});

/**
 * The poll is over. `seenAt`: when the platform last answered a read of it, which tells how old the lane's news is. It says
 * nothing about starts, so a closed lane stays closed. `jobSeconds`, `listFrom`: as the model says.
 */
export const leavePoll = (
  number: number,
  { seenAt, jobSeconds, listFrom }: { seenAt: number | undefined; jobSeconds: number | undefined; listFrom: string | undefined },
): Write => ({
  when: [{ attr: 'pollNumber', is: number }],
  set: {
    ...(seenAt === undefined ? {} : { lastSeenAt: iso(seenAt) }),
    ...(jobSeconds === undefined ? {} : { jobSeconds }),
    ...(listFrom === undefined ? {} : { listFrom }),
  },
  remove: ['pollLeaseUntil', ...(listFrom === undefined ? ['listFrom'] : [])],
});

/** When work last came or was served: ms since the epoch. What is claimed at this time may be missing in every index for a while. */
export const lastWork = ({ wantedAt, takenAt }: Lane): number => Math.max(ms(wantedAt), takenAt === undefined ? 0 : ms(takenAt));

/** Nothing queued, nothing unfinished, and no runner since that was seen: the lane sleeps until work comes. */
export const rest = (seen: Lane): Write => ({
  when: [{ attr: 'wanted', is: seen.wanted }, ...same('takes', seen.takes)],
  remove: ['due', 'pollAt'],
});

/** Plans a poll; only whoever makes it earlier sends the message. */
export const planPoll = (at: number, now: number): Write => ({
  when: [
    {
      anyOf: [
        { attr: 'pollAt', absent: true },
        { attr: 'pollAt', below: iso(now) },
        { attr: 'pollAt', above: iso(at) },
      ],
    },
  ],
  set: { pollAt: iso(at) },
});
