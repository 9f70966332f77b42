import type { Job, Lane, Settings } from '../../lambdas/dispatch/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { tagged } from '../../lambdas/dispatch/rules/audit.ts';
import { itemPath, type StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import { eventsOf } from '../../lambdas/dispatch/rules/events.ts';
import { slotOf, tokensNow } from '../../lambdas/dispatch/rules/lane.ts';
import type { Platform } from '../../lambdas/platforms/model.ts';
import { isOver as isTaskOver, none, type Task } from '../../lambdas/upscaling/model.ts';
import { taskEventsOf } from '../../lambdas/upscaling/rules/events.ts';
import { ms } from '../../lambdas/shared/time/clock.ts';
import type { Cloud } from './cloud.ts';
import type { TaskCloud } from './tasks.ts';
import type { SimPlatform } from './platform.ts';
import { skewMs } from './process.ts';

/** What an invariant has found broken: its name begins with its number in docs/house.md's list. */
export interface Violation {
  invariant: string;
  what: string;
}
type Say = (what: string) => void;

const isOver = ({ rank }: Job): boolean => rank >= 90;

/** Its owner was told that nobody can tell whether it runs. */
const isUnknowable = (job: Job): boolean =>
  job.held !== undefined || /may run there|answer of the platform was lost/.test(job.message ?? '') || isSentAgain(job);

/** Its owner has said that it may run twice where nobody can tell. */
const isSentAgain = ({ onAmbiguous, platformId }: Job): boolean => onAmbiguous === 'resubmit' && platformId === 'ogc';

/** What is known of a write beside the items. */
export interface Circumstances {
  now: number;
  /** Whose write it is. */
  writer: string;
  files: ReadonlyMap<string, string>;
  settings: Settings;
}

/** Looked at with every write of a job. */
const atEachWrite: Record<string, (change: Change, say: Say, circumstances: Circumstances) => void> = {
  '2 results that are visible are there': ({ before, after }, say, { files }) => {
    if (after?.resultsAt === undefined || after.resultsAt === before?.resultsAt) return;
    const folder = `users/${after.owner}/workspace/`;
    const item = files.get(folder + itemPath(after.jobId));
    if (item === undefined) return say(after.jobId);
    const assets = Object.values((JSON.parse(item) as StacItem).assets);
    const copied = assets.filter(({ href }) => href.startsWith('s3://')).map(({ href }) => href.slice(href.indexOf('/users/') + 1));
    for (const key of copied) if (!files.has(key)) say(`${after.jobId}: ${key}`);
    const size = assets.reduce((sum, asset) => sum + (asset['file:size'] ?? 0), 0);
    if ((after.bytesStagedOut ?? 0) !== size) say(`${after.jobId}: ${after.bytesStagedOut} bytes copied, the item says ${size}`);
  },
  '2 one execution copies the results of a job': ({ before, after }, say, { now, writer }) => {
    const begins = writer.startsWith('collect') && after?.copyUntil !== undefined && after.copyUntil !== before?.copyUntil;
    if (begins && before?.copyUntil !== undefined && ms(before.copyUntil) > now + skewMs) say(`${after.jobId} by ${writer}`);
  },
  '2 a job is lost when it was missed twice, far enough apart': ({ before, after }, say, { now, settings }) => {
    if (before === undefined || after?.status !== 'failed' || !/was lost there/.test(after.message ?? '')) return;
    const since = before.missingSince === undefined ? now : ms(before.missingSince);
    if (now - since < settings.lostAfterSeconds * 1000 - skewMs) say(`${after.jobId} after ${(now - since) / 1000} s`);
  },
  '4 versions only grow': ({ before, after }, say) => {
    if (before && after && after.version !== before.version + 1) say(`${after.jobId}: version ${before.version} -> ${after.version}`);
  },
  '4 rank never falls but back to the queue': ({ before, after }, say) => {
    if (!before || !after || before.incarnation !== after.incarnation || after.rank >= before.rank) return;
    const inHand = before.status === 'submitting' || before.status === 'submitted' || (before.sync && before.status === 'running');
    const backToQueue = after.status === 'queued' && inHand;
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

const eachWrite = Object.entries(atEachWrite);
export function checkWrite(change: Change, circumstances: Circumstances, found: (violation: Violation) => void): void {
  for (const [invariant, check] of eachWrite) check(change, (what) => found({ invariant, what }), circumstances);
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
    if (reserves && before.closedUntil !== undefined && ms(before.closedUntil) > now + skewMs)
      say(`${after.laneId} closed until ${before.closedUntil}`);
  },
  '4 one runner serves a lane': ({ before, after }, now, say) => {
    const taken = after.runnerId !== undefined && after.runnerId !== before.runnerId;
    if (taken && before.runnerUntil !== undefined && ms(before.runnerUntil) > now + skewMs)
      say(`${after.runnerId} beside ${before.runnerId}`);
  },
  '6 one poller reads a lane': ({ before, after }, now, say) => {
    const taken = after.pollNumber !== before.pollNumber;
    if (taken && before.pollLeaseUntil !== undefined && ms(before.pollLeaseUntil) > now + skewMs)
      say(`${after.laneId}, poll ${after.pollNumber}`);
  },
};

const eachLaneWrite = Object.entries(atEachLaneWrite);
export function checkLane(change: LaneChange, now: number, found: (violation: Violation) => void): void {
  for (const [invariant, check] of eachLaneWrite) check(change, now, (what) => found({ invariant, what }));
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

function countOf(jobs: readonly Job[]): Task['counts'] {
  const counts = { ...none };
  for (const { status } of jobs) counts[status === 'submitting' ? 'queued' : status] += 1;
  return counts;
}

/** How a task has ended, from its jobs. Of a cancelled one some were never written. */
function endOf(jobs: readonly Job[], total: number, isCancelled: boolean): Task['status'] {
  const successful = jobs.filter(({ status }) => status === 'successful').length;
  if (successful > 0) return successful === total || jobs.length === successful ? 'successful' : 'partial';
  return isCancelled ? 'dismissed' : 'failed';
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
    for (const [tag, ids] of runs) {
      const owner = cloud.jobs.get(tagged(tag, 'sim')!.jobId);
      if (ids.length > 1 && !(owner && isSentAgain(owner))) say(`${tag} ran as ${ids.join(', ')}`);
    }
  },
  '2 every accepted job is there, and final or held': ({ cloud, accepted, deleted, rested }, say) => {
    for (const jobId of accepted) {
      const job = cloud.jobs.get(jobId);
      if (job === undefined && !deleted.has(jobId)) say(`${jobId} is gone`);
    }
    for (const job of cloud.jobs.values()) {
      if (!isOver(job) && !cloud.waits(job)) say(`${job.jobId} is ${job.status}${job.message ? ` (${job.message})` : ''}`);
      if (job.status === 'successful' && job.resultsAt === undefined) say(`${job.jobId} has no results`);
    }
    if (!rested) say('it never came to rest');
  },
  '3 no run is unknown to us': ({ cloud, changes }, say) => {
    const known = new Set(changes.flatMap(({ after }) => after?.platformJobId ?? []));
    for (const { job } of remoteJobs(cloud.platforms.values())) {
      if (job.runs === 0 || job.forgotten || known.has(job.id)) continue;
      const { jobId, incarnation } = tagged(job.tag, 'sim')!;
      const owner = cloud.jobs.get(jobId);
      // Of a synchronous call its answer alone tells; that it was made is written down before.
      if (job.called && changes.some(({ after }) => after?.jobId === jobId && after.incarnation === incarnation && after.callId)) continue;
      // Nobody can know what became of a post without an answer on a platform that cannot be searched: its owner is told.
      const told = changes.some(({ after }) => after?.jobId === jobId && after.incarnation === incarnation && isUnknowable(after));
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
      const counts = JSON.stringify(countOf(jobs));
      if (counts !== JSON.stringify(task.counts)) say(`${task.taskId}: ${JSON.stringify(task.counts)}, but its jobs are ${counts}`);
      const is = endOf(jobs, task.total, task.cancelRequested === true && !task.stopped);
      if (isTaskOver(task.status) && task.status !== is) say(`${task.taskId} is ${task.status}, by its jobs ${is}`);
      const waits = jobs.some(cloud.waits) || cloud.registry.now(task.platformId) === undefined;
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

/** Looked at when a call that may run a job leaves for its platform. */
const atEachPost: Record<string, (post: Post, say: Say) => void> = {
  '9 nothing is sent for a job whose cancel is older than a function': ({ job, tag, cancelledAt, now, settings }, say) => {
    if (cancelledAt !== undefined && now - cancelledAt > settings.functionSeconds * 1000 + skewMs) say(tag);
    if (job === undefined) say(`${tag}: there is no such job`);
  },
  '13 a call leaves to the platform of its job, while that is registered': ({ job, tag, platformId, isRegistered }, say) => {
    if (job && job.platformId !== platformId) say(`${tag} goes to ${platformId}`);
    if (!isRegistered) say(`${tag} goes to ${platformId}, which was removed`);
  },
  '13 nothing starts on a platform that was paused before a function began': ({ job, tag, pausedSince, now, settings }, say) => {
    // A synchronous call is ordered before, and made when its message comes.
    const late = pausedSince !== undefined && now - pausedSince > (settings.functionSeconds + 5) * 1000 + skewMs;
    if (late && job && !job.cancelRequested && !job.sync) say(`${tag}, since ${new Date(pausedSince).toISOString()}`);
  },
};
export interface Post {
  tag: string;
  platformId: string;
  isRegistered: boolean;
  /** Since when administrators let nothing start there. */
  pausedSince: number | undefined;
  job: Job | undefined;
  /** When a cancel of this incarnation was written. */
  cancelledAt: number | undefined;
  now: number;
  settings: Settings;
}
export function checkPost(post: Post, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atEachPost)) check(post, (what) => found({ invariant, what }));
}

export function checkRest(outcome: Outcome, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atRest)) check(outcome, (what) => found({ invariant, what }));
}
