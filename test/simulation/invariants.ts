import type { Job } from '../../lambdas/dispatch/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { tagged } from '../../lambdas/dispatch/rules/audit.ts';
import { isForHistory } from '../../lambdas/dispatch/rules/history.ts';
import { slotOf } from '../../lambdas/dispatch/rules/lane.ts';
import { isOver as isTaskOver, none, type Task } from '../../lambdas/upscaling/model.ts';
import { taskEventsOf } from '../../lambdas/upscaling/rules/events.ts';
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
const isUnknowable = (job: Job): boolean =>
  job.held !== undefined || /may run there|answer of the platform was lost|was lost there/.test(job.message ?? '') || isSentAgain(job);

/** Its owner has said that it may run twice where nobody can tell. */
const isSentAgain = ({ onAmbiguous, platformId }: Job): boolean =>
  onAmbiguous === 'resubmit' && (platformId === 'ogc' || platformId === 'batch');

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
  '1 at most one run per job and incarnation': ({ cloud, changes }, say) => {
    const sentAgain = new Set(changes.flatMap(({ after }) => (after && isSentAgain(after) ? after.jobId : [])));
    const runs = new Map<string, string[]>();
    for (const { job } of remoteJobs(cloud.platforms.values()))
      // Nobody can know of a run that the platform has forgotten before it answered.
      for (let n = job.forgotten ? 1 : 0; n < job.runs; n += 1) runs.set(job.tag, [...(runs.get(job.tag) ?? []), job.id]);
    for (const [tag, ids] of runs) {
      if (ids.length > 1 && !sentAgain.has(tagged(tag, 'sim')!.jobId)) say(`${tag} ran as ${ids.join(', ')}`);
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
    // A job that is held may still be found to be this one.
    const held = new Set([...cloud.jobs.values()].flatMap((job) => (job.held === undefined ? [] : `[swath:sim/${slotOf(job)}]`)));
    for (const { shape, jobs } of cloud.platforms.values())
      for (const { phase, id, tag } of shape.hasList && cloud.registry.now(shape.id) ? jobs : [])
        // of one that is removed nobody can ask
        if (phase === 'created' && !pointed.has(id) && !held.has(tag)) say(`${id} (${tag})`);
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
    for (const change of changes)
      for (const event of cloud.eventsOf(change))
        if (!cloud.published.has(event.id)) say(`${event.type} of ${event.subject} (${event.id})`);
    for (const job of cloud.jobs.values()) {
      const kept = cloud.history.get(`${job.jobId}.${job.incarnation}`);
      const isKept = job.taskId === undefined || isOver(job); // a task's jobs are kept when they end
      if (isKept && (kept === undefined || isForHistory(kept, job)) && !deleted.has(job.jobId))
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
      const lanes = [...cloud.lanes.values()].filter(({ platformId }) => platformId === shape.id).length; // each has the limit for itself
      if (cloud.registry.limits(shape.id).running === undefined) continue; // nobody told us how many may run
      if (mostRunning > shape.running * lanes + unknown.size) say(`${shape.id}: ${mostRunning} ran at once, ${shape.running} may`);
    }
  },
};

export function checkRest(outcome: Outcome, found: (violation: Violation) => void): void {
  for (const [invariant, check] of Object.entries(atRest)) check(outcome, (what) => found({ invariant, what }));
}
