import type { Job, Lane } from '../../lambdas/dispatch/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { eventsOf } from '../../lambdas/dispatch/rules/events.ts';
import { slotOf, tokensNow } from '../../lambdas/dispatch/rules/lane.ts';
import type { Platform } from '../../lambdas/platforms/model.ts';
import { isOver as isTaskOver } from '../../lambdas/upscaling/model.ts';
import { taskEventsOf } from '../../lambdas/upscaling/rules/events.ts';
import { countJobs } from '../../lambdas/upscaling/rules/aggregate.ts';
import { ms } from '../../lambdas/shared/time/clock.ts';
import type { Cloud } from './cloud.ts';
import type { TaskCloud } from './tasks.ts';
import type { SimPlatform } from './platform.ts';

/** What an invariant has found broken: its name begins with its number in docs/house.md's list. */
export interface Violation {
  invariant: string;
  what: string;
}
type Say = (what: string) => void;

const isOver = ({ rank }: Job): boolean => rank >= 90;

/** Its owner was told that nobody can tell whether it runs. */
const isUnknowable = (job: Job): boolean => job.held !== undefined || /may run there/.test(job.message ?? '');

/** Looked at with every write of a job. */
const atEachWrite: Record<string, (change: Change, say: Say) => void> = {
  '4 versions only grow': ({ before, after }, say) => {
    if (before && after && after.version !== before.version + 1) say(`${after.jobId}: version ${before.version} -> ${after.version}`);
  },
  '4 rank never falls but back to the queue': ({ before, after }, say) => {
    if (!before || !after || before.incarnation !== after.incarnation || after.rank >= before.rank) return;
    const backToQueue = after.status === 'queued' && (before.status === 'submitting' || before.status === 'submitted');
    if (!backToQueue) say(`${after.jobId}: ${before.status} -> ${after.status}`);
  },
  '4 final is absorbing': ({ before, after }, say) => {
    if (!before || !after || !isOver(before) || before.incarnation !== after.incarnation) return;
    if (before.status !== after.status) say(`${after.jobId}: ${before.status} -> ${after.status}`);
  },
  '9 no start after a cancel': ({ before, after }, say) => {
    if (!before?.cancelRequested || !after || before.incarnation !== after.incarnation) return;
    if (after.startSentAt !== undefined && after.startSentAt !== before.startSentAt) say(`${after.jobId} at ${after.updated}`);
  },
};

export function checkWrite(change: Change, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atEachWrite)) check(change, (what) => found({ invariant, what }));
}

/** A write of a lane that took effect. */
export interface LaneChange {
  before: Lane;
  after: Lane;
  limits: Platform['limits'];
}

/** Looked at with every write of a lane, at the time of its effect. */
const atEachLaneWrite: Record<string, (change: LaneChange, now: number, say: Say) => void> = {
  '5 tokens are spent once': ({ before, after, limits }, _, say) => {
    if (
      after.tokensAt === undefined ||
      after.tokens === undefined ||
      (after.tokensAt === before.tokensAt && after.tokens === before.tokens)
    )
      return;
    const left = tokensNow(before, limits, ms(after.tokensAt)) - 1;
    if (after.tokens > left + 1e-6) say(`${after.laneId}: ${after.tokens} tokens are left, there were ${left + 1}`);
  },
  '14 a closed lane sends one probe at a time': ({ before, after }, now, say) => {
    const reserves = after.probing && after.closedUntil !== before.closedUntil;
    if (reserves && before.closedUntil !== undefined && ms(before.closedUntil) > now)
      say(`${after.laneId} closed until ${before.closedUntil}`);
  },
  '4 one runner serves a lane': ({ before, after }, now, say) => {
    const taken = after.runnerId !== undefined && after.runnerId !== before.runnerId;
    if (taken && before.runnerUntil !== undefined && ms(before.runnerUntil) > now) say(`${after.runnerId} beside ${before.runnerId}`);
  },
  '6 one poller reads a lane': ({ before, after }, now, say) => {
    const taken = after.pollNumber !== before.pollNumber;
    if (taken && before.pollLeaseUntil !== undefined && ms(before.pollLeaseUntil) > now) say(`${after.laneId}, poll ${after.pollNumber}`);
  },
};

export function checkLane(change: LaneChange, now: number, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atEachLaneWrite)) check(change, now, (what) => found({ invariant, what }));
}

/** What is known at the end beside the tables. */
export interface Outcome {
  cloud: Cloud;
  tasks: TaskCloud;
  changes: readonly Change[];
  /** Jobs that a user was told of, by id; and those she deleted. */
  accepted: ReadonlySet<string>;
  deleted: ReadonlySet<string>;
  /** Idempotency key to the jobs that its answers named. */
  byKey: ReadonlyMap<string, ReadonlySet<string>>;
  /** Whether everything came to rest. */
  rested: boolean;
}

const remoteJobs = (platforms: Iterable<SimPlatform>) =>
  [...platforms].flatMap((platform) => platform.all.map((job) => ({ platform, job })));

/** Looked at when nothing happens any more. */
const atRest: Record<string, (outcome: Outcome, say: Say) => void> = {
  '1 at most one run per job and incarnation': ({ cloud }, say) => {
    const runs = new Map<string, string[]>();
    for (const { job } of remoteJobs(cloud.platforms.values()))
      // Nobody can know of a run that the platform has forgotten before it answered.
      for (let n = job.forgotten ? 1 : 0; n < job.runs; n += 1) runs.set(job.tag, [...(runs.get(job.tag) ?? []), job.id]);
    for (const [tag, ids] of runs) if (ids.length > 1) say(`${tag} ran as ${ids.join(', ')}`);
  },
  '2 every accepted job is there, and final or held': ({ cloud, accepted, deleted, rested }, say) => {
    for (const jobId of accepted) {
      const job = cloud.jobs.get(jobId);
      if (job === undefined && !deleted.has(jobId)) say(`${jobId} is gone`);
    }
    for (const job of cloud.jobs.values()) {
      if (!isOver(job) && !job.held) say(`${job.jobId} is ${job.status}${job.message ? ` (${job.message})` : ''}`);
      if (job.status === 'successful' && job.resultsAt === undefined) say(`${job.jobId} has no results`);
    }
    if (!rested) say('it never came to rest');
  },
  '3 no run is unknown to us': ({ cloud, changes }, say) => {
    const known = new Set(changes.flatMap(({ after }) => after?.platformJobId ?? []));
    for (const { job } of remoteJobs(cloud.platforms.values())) {
      if (job.runs === 0 || job.forgotten || known.has(job.id)) continue;
      const [, jobId = '', incarnation = ''] = /\/(.+)\.(\d+)\]$/.exec(job.tag) ?? [];
      const owner = cloud.jobs.get(jobId);
      // Nobody can know what became of a post without an answer on a platform that cannot be searched: its owner is told.
      const told = changes.some(({ after }) => after?.jobId === jobId && after.incarnation === Number(incarnation) && isUnknowable(after));
      if (!told) say(`${job.id} (${job.tag}) is ${job.phase}; its job is ${owner?.status ?? 'gone'}`);
    }
  },
  '3 no created orphan is left': ({ cloud }, say) => {
    const pointed = new Set([...cloud.jobs.values()].flatMap(({ platformJobId }) => platformJobId ?? []));
    for (const { shape, jobs } of cloud.platforms.values())
      if (shape.hasList) for (const job of jobs) if (job.phase === 'created' && !pointed.has(job.id)) say(`${job.id} (${job.tag})`);
  },
  '6 a task is what a recount of its jobs says, and ends once an incarnation': ({ cloud, tasks }, say) => {
    for (const task of tasks.tasks.values()) {
      const jobs = [...cloud.jobs.values()].filter(({ taskId }) => taskId === task.taskId);
      const counts = JSON.stringify(countJobs(jobs).counts);
      if (counts !== JSON.stringify(task.counts)) say(`${task.taskId}: ${JSON.stringify(task.counts)}, but its jobs are ${counts}`);
      const waits = jobs.some(({ held }) => held !== undefined);
      if (!isTaskOver(task.status) && !waits) say(`${task.taskId} is ${task.status}${task.fault ? ` (${task.fault})` : ''}`);
      if (jobs.length !== task.total && !waits && task.status !== 'dismissed' && !task.cancelRequested)
        say(`${task.taskId}: ${jobs.length} of ${task.total} jobs`);
    }
    const ends = new Set<string>();
    for (const { before, after } of tasks.changes) {
      if (!taskEventsOf({ before, after }).some(({ type }) => type === 'task.finished')) continue;
      const incarnation = `${after.taskId}.${after.incarnation}`;
      if (ends.has(incarnation)) say(`${incarnation} ended twice`);
      ends.add(incarnation);
    }
    for (const { taskId, incarnation, status } of tasks.tasks.values())
      if (isTaskOver(status) && !ends.has(`${taskId}.${incarnation}`)) say(`${taskId}.${incarnation} ended without task.finished`);
  },
  '7 every event is published, and the history is what the table is': ({ cloud, changes, deleted, tasks }, say) => {
    for (const event of tasks.changes.flatMap(taskEventsOf))
      if (!tasks.published.has(event.id)) say(`${event.type} of ${event.subject} (${event.id})`);
    for (const { before, after } of changes)
      for (const event of eventsOf(before, after))
        if (!cloud.published.has(event.id)) say(`${event.type} of ${event.subject} (${event.id})`);
    for (const job of cloud.jobs.values()) {
      const kept = cloud.history.get(`${job.jobId}.${job.incarnation}`);
      const isKept = job.taskId === undefined || isOver(job); // a task's jobs are kept when they end
      if (isKept && kept?.version !== job.version && !deleted.has(job.jobId))
        say(`history of ${job.jobId}: ${kept?.version} of ${job.version}`);
    }
  },
  '11 the same key gives the same job': ({ byKey }, say) => {
    for (const [key, ids] of byKey) if (ids.size > 1) say(`${key}: ${[...ids].join(', ')}`);
  },
  '5 the running limit holds': ({ cloud, changes }, say) => {
    for (const { shape, mostRunning } of cloud.platforms.values()) {
      // A job of which nobody can ever tell whether it runs keeps no place: it would keep it for ever.
      const unknown = new Set(changes.flatMap(({ after }) => (after?.platformId === shape.id && isUnknowable(after) ? slotOf(after) : [])));
      if (mostRunning > shape.running + unknown.size) say(`${shape.id}: ${mostRunning} ran at once, ${shape.running} may`);
    }
  },
};

export function checkRest(outcome: Outcome, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atRest)) check(outcome, (what) => found({ invariant, what }));
}
