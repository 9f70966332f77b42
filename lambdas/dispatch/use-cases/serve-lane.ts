import type { RegisteredPlatform } from '../../platforms/model.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Job } from '../model.ts';
import * as lanes from '../rules/lane.ts';
import { tickSeconds } from '../rules/poll.ts';
import { costs } from '../rules/shares.ts';
import type { Deps } from './deps.ts';
import { candidates, holders, waiting } from './candidates.ts';
import { followCredential } from './follow-credential.ts';
import { Places } from './places.ts';
import { submit, type Turn } from './submit.ts';

/** How often a lane is served by one execution before the next one takes over (an Express execution ends at five minutes). */
const longestServiceSeconds = 120;

export interface Taken {
  outcome: 'taken' | 'busy' | 'idle';
  laneId: string;
  runnerId: string;
  workers: { laneId: string; runnerId: string; worker: number }[];
}

/** Takes the lane for one runner, or says that another has it (`busy`) or that nothing may go now (`idle`). */
export async function takeLane(deps: Deps, laneId: string, runnerId: string): Promise<Taken> {
  const { settings, clock } = deps;
  const none = { laneId, runnerId, workers: [] };
  const lane = await deps.lanes.get(laneId);
  const platform = lane && (await deps.platform(lane.platformId));
  if (platform === undefined || lane?.held !== undefined) return { outcome: 'idle', ...none };
  // Jobs that were sent when the platform ran them under another account cannot go under this one.
  if ((platform.auth.method === 'user') !== (lanes.userOf(laneId) !== undefined)) {
    await followCredential(deps, laneId, platform);
    return { outcome: 'idle', ...none };
  }
  const now = clock.now();
  const until = now + (settings.claimSeconds + settings.leaseSeconds) * 1000;
  const taken = await deps.lanes.update(laneId, lanes.takeRunner(runnerId, until, now));
  if (!taken.ok) return { outcome: 'busy', ...none };
  const client = deps.client(platform, lanes.userOf(laneId));
  // Posts of a one-phase platform without searchable tags go one at a time, so that at most one outcome is unknown.
  const count = client.twoPhase || client.searchable ? lanes.workersOf(platform.limits.parallel) : 1;
  return { outcome: 'taken', laneId, runnerId, workers: Array.from({ length: count }, (_, worker) => ({ laneId, runnerId, worker })) };
}

export interface Worked {
  outcome: 'drained' | 'waiting';
  submitted: number;
}

/** One worker: claims small batches as it goes and submits them, until nothing may go or `claimSeconds` are over. */
export async function work(deps: Deps, laneId: string, runnerId: string, worker: number): Promise<Worked> {
  const { clock, settings } = deps;
  const first = await deps.lanes.get(laneId);
  const platform = first && (await deps.platform(first.platformId));
  if (platform === undefined) return { outcome: 'drained', submitted: 0 };
  const client = deps.client(platform, lanes.userOf(laneId));
  const oneAtATime = !client.twoPhase && !client.searchable;
  const parallel = oneAtATime ? 1 : lanes.placesOf(platform.limits.parallel, worker);
  const turns = parallel + lanes.turnsAhead(parallel);
  // The runner's lease outlasts every claim made under it, also by a worker that begins late.
  const runnerUntil = first?.runnerUntil === undefined ? 0 : ms(first.runnerUntil);
  const until = Math.min(clock.now() + settings.claimSeconds * 1000, runnerUntil - settings.leaseSeconds * 1000);
  const perRequest = settings.connectSeconds + settings.readSeconds;
  const places = new Places(parallel, clock, clock.now() + (settings.claimSeconds + perRequest) * 1000);
  const tried = new Set<string>();
  const underWay = new Set<Promise<void>>();
  const broken: unknown[] = [];
  let submitted = 0;
  let outcome: Worked['outcome'] | undefined;

  const turn = async (job: Job) => {
    const ended: Turn = await (oneAtATime ? postAlone(deps, platform, job) : submit(deps, platform, job, { places }));
    if (ended === 'submitted') submitted += 1;
    if (ended === 'waits') outcome ??= 'waiting';
  };
  const begin = (job: Job) => {
    const running = turn(job)
      .catch((error: unknown) => broken.push(error)) // an exception is a bug: nothing more is claimed, what is under way ends first
      .then(() => void underWay.delete(running));
    underWay.add(running);
  };
  try {
    while (outcome === undefined && broken.length === 0 && clock.now() < until) {
      const reserved = await reserveBatch(deps, laneId, runnerId, turns - underWay.size, { tried, begin });
      if (reserved !== 'reserved') {
        // Whoever is under way may still free a place, or find that there is none.
        if (underWay.size === 0) outcome = reserved;
        else await Promise.race(underWay);
        continue;
      }
      if (underWay.size >= turns) await Promise.race(underWay);
    }
  } finally {
    // A function that ends with a call under way is frozen, and the call goes on when its claim is long over.
    await Promise.all(underWay);
  }
  if (broken.length > 0) throw broken[0];
  return { outcome: outcome ?? 'waiting', submitted };
}

/** Begins the turns of jobs that may go now, with their tokens and slots taken; or says why there are none. */
async function reserveBatch(
  deps: Deps,
  laneId: string,
  runnerId: string,
  most: number,
  { tried, begin }: { tried: Set<string>; begin: (job: Job) => void },
): Promise<'reserved' | Worked['outcome']> {
  const now = deps.clock.now();
  const [lane, read] = await Promise.all([deps.lanes.get(laneId), waiting(deps, laneId)]);
  const platform = lane && (await deps.platform(lane.platformId));
  if (platform === undefined || lane === undefined || lane.runnerId !== runnerId) return 'drained';
  const { ready } = await candidates(deps, lane, platform, most, now, tried, read);
  if (ready.length === 0) return 'drained';
  const room = lanes.room(lane, platform.limits, ready.length, holders(lane, ready), now);
  if (room.count === 0) return 'waiting';
  const turns = ready.slice(0, room.count);
  const batch = turns.map(({ job }) => job);
  const reserved = await deps.lanes.update(
    laneId,
    lanes.reserve(lane, platform.limits, batch.map(lanes.slotOf), now, {
      probeSeconds: 'probe' in room ? deps.settings.connectSeconds + deps.settings.readSeconds : undefined,
      // Who comes back stands behind those who have waited: else one who comes and goes would always be first.
      virtual: Math.max(...turns.map(({ pass }) => pass)) + 1,
    }),
  );
  if (!reserved.ok) return 'reserved'; // by another worker, which was quicker: look again
  // Each job once a run: what comes back to the queue waits for the next look, and nothing spins.
  for (const job of batch) {
    tried.add(lanes.slotOf(job));
    begin(job);
  }
  await Promise.all([...costs(batch)].map(([share, jobs]) => deps.lanes.advanceShare(laneId, share, jobs)));
  return 'reserved';
}

/** The turn of a job whose posts must not overlap: only with the lane's one post of the process in hand. */
async function postAlone(deps: Deps, platform: RegisteredPlatform, job: Job): Promise<Turn> {
  const holder = { slot: lanes.slotOf(job), epoch: job.epoch };
  // Its place may be that of a turn of another worker by now: the poll frees it if nobody uses it.
  if (!(await deps.lanes.takePost(job.laneId, job.process, holder))) return 'left';
  const ended = await submit(deps, platform, job);
  const now = await deps.jobs.get(job.jobId);
  if (now === undefined || !mayBeUnknown(now)) await deps.lanes.endPost(job.laneId, job.process, holder);
  return ended;
}

/** An intent without an id: its post may still take effect. Of a held job nobody will ever know; it blocks nobody. */
export const mayBeUnknown = (job: Job): boolean =>
  job.rank < 90 && job.postedAt !== undefined && job.platformJobId === undefined && job.held === undefined;

/**
 * The runner leaves, or goes round again when work came meanwhile. What waits for tokens, a probe or a quarantine is
 * looked at by a delayed message; what waits for a slot, by the poll that frees it. After a fault the lane is given back.
 */
export async function leaveLane(
  deps: Deps,
  laneId: string,
  runnerId: string,
  run: { startedAt: number; results: readonly Worked[]; fault?: string },
): Promise<{ outcome: 'left' | 'again' }> {
  const { clock, settings } = deps;
  const lane = await deps.lanes.get(laneId);
  if (lane === undefined || lane.runnerId !== runnerId) return { outcome: 'left' };
  const now = clock.now();
  await planPoll(deps, laneId, now + settings.pollMinSeconds * 1000);
  if (run.fault !== undefined) {
    await deps.lanes.update(laneId, lanes.dropRunner(runnerId));
    return { outcome: 'left' };
  }
  const platform = await deps.platform(lane.platformId);
  const { ready, times } = await candidates(deps, lane, platform, 50, now);
  const room = platform && ready.length > 0 ? lanes.room(lane, platform.limits, ready.length, holders(lane, ready), now) : undefined;
  const goesOn = room !== undefined && room.count > 0 && run.results.some((result) => result.submitted > 0);
  const timeIsOver = now - run.startedAt >= longestServiceSeconds * 1000;
  if (timeIsOver) {
    await deps.lanes.update(laneId, lanes.dropRunner(runnerId));
    if (ready.length > 0 || times.length > 0) await deps.wakers.later(laneId, 'run', 1);
    return { outcome: 'left' };
  }
  if (goesOn) return { outcome: 'again' };
  const left = await deps.lanes.update(laneId, lanes.leaveRunner(runnerId, lane.wanted));
  if (!left.ok) return { outcome: left.item?.runnerId === runnerId ? 'again' : 'left' };
  if (room !== undefined && room.count > 0) times.push(now + 1000);
  if (room !== undefined && 'nextAt' in room) times.push(room.nextAt);
  if (times.length > 0) await deps.wakers.later(laneId, 'run', secondsUntil(Math.min(...times), now));
  return { outcome: 'left' };
}

/** Whole seconds of delay, as the queue takes them. */
export const secondsUntil = (at: number, now: number): number => Math.min(900, Math.max(0, Math.ceil((at - now) / 1000)));

/** Plans the lane's next poll where the minute's tick would come too late; the tick does the rest. */
export async function planPoll(deps: Pick<Deps, 'lanes' | 'wakers' | 'clock'>, laneId: string, at: number): Promise<void> {
  const now = deps.clock.now();
  if (at - now >= tickSeconds * 1000) return;
  if (!(await deps.lanes.update(laneId, lanes.planPoll(at, now))).ok) return;
  await deps.wakers.later(laneId, 'poll', secondsUntil(at, now), iso(at));
}

/** Starts a runner for a lane that has work, unless one is there, or nothing may go. */
export async function wakeLane(deps: Pick<Deps, 'lanes' | 'wakers' | 'clock'>, laneId: string): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  if (lane === undefined || lane.held !== undefined || lanes.liveRunner(lane, deps.clock.now())) return;
  await deps.wakers.startRunner(laneId);
}

/** The same where the lane may be held and its credential may be a new one. */
export async function wakeOrFree(deps: Deps, laneId: string): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  const platform = lane?.held === undefined ? undefined : await deps.platform(lane.platformId);
  if (platform !== undefined) await followCredential(deps, laneId, platform);
  await wakeLane(deps, laneId);
}
