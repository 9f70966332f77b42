import { isOver, type Task } from '../../lambdas/upscaling/model.ts';
import { tagged } from '../../lambdas/dispatch/rules/audit.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { Administrators } from './administrators.ts';
import { Bounds, pauseMs } from './bounds.ts';
import { Cloud } from './cloud.ts';
import { Credentials } from './credentials.ts';
import { drawRates, faultKinds, type FaultKind } from './faults.ts';
import { checkRest, type Violation } from './invariants.ts';
import { LiveCloud } from './live.ts';
import { checkViewers } from './live-invariants.ts';
import { Overtaken } from './overtaken.ts';
import { SimPlatform } from './platform.ts';
import { streams, type Stage } from './process.ts';
import { Registry } from './registry.ts';
import { Steps } from './steps.ts';
import { TaskCloud } from './tasks.ts';
import { TaskUsers } from './task-users.ts';
import { themed, themeOf, type Theme } from './themes.ts';
import { randomOf, Time } from './time.ts';
import { Users } from './users.ts';
import { viewersOf } from './viewers.ts';
import { entryOf, shapes, tight, usual } from './world.ts';

export interface Scenario {
  seed: number;
  /** Jobs in all; 20 to 39 by the seed where absent. */
  jobs?: number;
  /** Faults that may happen; all where absent. */
  faults?: readonly FaultKind[];
  /** The kind of writes (`kindOf`) that everything is after: it is overtaken nearly always, and everybody acts meanwhile. */
  focus?: number;
  /** What there is plenty of; as the seed says where absent. */
  theme?: Theme;
  /** Keeps what happened, line by line. */
  record?: boolean;
}

export interface Simulated {
  violations: Violation[];
  history: string[];
  jobs: number;
  /** What it had plenty of. */
  theme: Theme | undefined;
  events: number;
  /** Virtual hours until everything had come to rest. */
  hours: number;
}

const minute = 60_000;
/** Part of the seeds in which somebody watches. */
const watched = 0.15;
/** More than this is no longer work but a loop. */
const mostEvents = 400_000;
const mostViolations = 20;

/** Plays one seed to its end, and says which invariants did not hold. */
export async function simulate({ seed, jobs, faults = faultKinds, focus, theme: wanted, record = false }: Scenario): Promise<Simulated> {
  const draw = streams(seed);
  const random = () => draw('world');
  const time = new Time();
  const start = time.now;
  const settings = random() < 0.2 ? usual : tight;
  /** Where every time of the job core is shorter, so is all that happens around it. */
  const scale = settings === tight ? 0.2 : 1;
  const history: string[] = [];
  const theme = wanted ?? themeOf(() => draw('theme'));
  const faultsEnd = start + ((theme === 'strays' ? 60 : 20) + random() * 70) * scale * minute;
  const stage: Stage = {
    theme,
    time,
    draw,
    settings,
    rates: themed(drawRates(randomOf(seed), faults), theme, faults),
    faulty: () => time.now < faultsEnd,
    note: (who, what) => {
      if (record) history.push(`${((time.now - start) / 1000).toFixed(2).padStart(9)} ${who}: ${what}`);
    },
  };
  stage.overtaken = new Overtaken(stage, focus);
  const violations: Violation[] = [];
  const found = (violation: Violation) => {
    if (violations.length < mostViolations) violations.push(violation);
    stage.note('INVARIANT', `${violation.invariant}: ${violation.what}`);
  };
  const platforms = new Map(
    shapes(random, start, scale, faults.includes('platformFails'), theme).map((shape) => [shape.id, new SimPlatform(stage, shape)]),
  );
  const credentials = new Credentials(stage, () => cloud, found);
  const registry = new Registry(stage, credentials.own([...platforms.values()].map(({ shape }) => entryOf(shape, random, scale, theme))));
  const { entries } = registry;
  const changes: Change[] = [];
  for (const platform of platforms.values()) {
    platform.onPost = (process, call, tag, user) => {
      credentials.post(platform.shape.id, user, cloud.jobs.get(tagged(tag, 'sim')!.jobId)?.owner, tag);
      steps.post(platform, process, call, tag);
      // What is created there is not started yet.
      const { taskId } = cloud.jobs.get(tagged(tag, 'sim')!.jobId) ?? {};
      if (theme === 'meddlers' && call === 'create' && taskId !== undefined) taskUsers.meddle(taskId);
    };
    platform.refusal = (user) => credentials.refusal(platform.shape.id, user);
    platform.onAgain = (what) => found({ invariant: '1 nothing is sent again while it may still take effect', what });
    platform.onFind = (process, search) => steps.lookup(process, search);
    platform.onFetch = (href) => {
      if (!href.startsWith(`${platform.baseUrl}/`)) found({ invariant: '13 files come from where their platform said', what: href });
    };
    platform.onDelete = (job) => {
      const owner = [...cloud.jobs.values()].find(({ platformJobId }) => platformJobId === job.id);
      if (owner && owner.rank < 90 && !owner.cancelRequested && time.now < Date.parse(owner.deadline))
        found({ invariant: '3 nothing that a live job points to is deleted', what: `${job.id} of ${owner.jobId}` });
    };
  }
  const cloud: Cloud = new Cloud(
    stage,
    registry,
    platforms,
    (change) => {
      changes.push(change);
      if (change.before === undefined && change.after?.taskId !== undefined) users.ofTask(change.after, scale);
      if (change.after?.held !== undefined && change.before?.held === undefined) users.decide(change.after, scale);
      bounds.fairness(change);
      if (record && change.after) stage.note('jobs', told(change));
      steps.job(change);
      credentials.job(change);
      live?.job(change);
    },
    (change) => {
      if (record && change.before.slots !== change.after.slots)
        stage.note(change.after.laneId, `slots ${[...(change.after.slots ?? [])].join(' ')}`);
      steps.lane(change);
      credentials.lane(change);
    },
  );
  const steps: Steps = new Steps(stage, cloud, found);
  cloud.credentialFault = credentials.fault;
  credentials.begin(entries, faultsEnd - time.now);
  const users = new Users(stage, cloud, entries);
  const count = jobs ?? 20 + Math.floor(random() * 20);
  users.begin({
    jobs: count,
    within: random() * 20 * scale * minute,
    scale,
    cancels: random() * 0.4,
    retries: random(),
    deletes: random() * 0.3,
    onAmbiguous: random() < 0.6 || theme === 'strays' ? 'hold' : random() < 0.5 ? 'resubmit' : 'fail',
  });
  const tasks = new TaskCloud(stage, cloud);
  const taskUsers = new TaskUsers(stage, tasks, entries);
  taskUsers.begin(1 + Math.floor(random() * 2), random() * 10 * scale * minute, scale);
  stage.overtaken.onWaiting = (item, isFocus) => {
    const [table, id] = item.split(' ') as [string, string];
    if (table === 'lanes') credentials.meddle(id, isFocus);
    if (table === 'jobs') users.meddle(id, isFocus);
    const taskId = table === 'tasks' ? id : cloud.jobs.get(id)?.taskId;
    if (taskId !== undefined && (table === 'tasks' || isFocus)) taskUsers.meddle(taskId, isFocus);
    if (table === 'jobs' && isFocus) for (let n = 0; n < 3; n += 1) cloud.collectLater(id, draw('overtaken') * 60);
    const laneId = table === 'lanes' ? id : cloud.jobs.get(id)?.laneId;
    if (!isFocus || laneId === undefined) return;
    for (const kind of ['run', 'poll', 'run', 'poll', 'poll'] as const)
      cloud.send(draw('overtaken') * 60, kind === 'run' ? { kind, laneId } : { kind, laneIds: [laneId] });
  };
  tasks.onShareParked = (taskId) => steps.shareParked(taskId);
  tasks.onStranger = (what) => found({ invariant: '6 work is done by the execution that has its number', what });
  let taskChanged = 0;
  tasks.onChange = (change) => {
    taskChanged = time.now;
    steps.task(change);
    live?.task(change);
    const { taskId, workNumber } = change.after;
    if (tasks.isTakenFromLiving(change))
      found({ invariant: '6 nothing of an execution is under way when the next begins', what: `${taskId}: work ${workNumber}` });
  };
  const bounds: Bounds = new Bounds(stage, cloud, tasks, found);
  bounds.begin(faultsEnd + 2 * (settings.leaseSeconds + settings.quarantineSeconds) * 1000);
  new Administrators(stage, cloud).begin(faultsEnd - time.now);
  const live = draw('live') < watched ? new LiveCloud(stage, cloud, tasks, found) : undefined;
  const viewers = live === undefined ? [] : viewersOf(stage, live, tasks, faultsEnd + minute, found);
  cloud.startTicks();
  tasks.startSweeps();
  cloud.startAudits();
  time.plan(faultsEnd - time.now + minute, () => cloud.redrive());

  const resume = () => {
    taskUsers.resumeAll();
    time.plan(pauseMs, resume);
  };
  time.plan(faultsEnd - time.now + 3 * minute, resume);

  let events = 0;
  let restingSince: number | undefined;
  let drainsUntil: number | undefined;
  let looked = 0;
  let audits = 0;
  const isAtRest = () => {
    events += 1;
    if (time.now < faultsEnd + 5 * minute || time.now < looked + minute) return false;
    looked = time.now;
    const rests =
      users.busy + taskUsers.busy === 0 &&
      [...tasks.tasks.values()].every((task) => isOver(task.status) || waitsIn(cloud, task)) &&
      [...cloud.jobs.values()].every((job) => (job.rank >= 90 && (job.status !== 'successful' || job.resultsAt)) || cloud.waits(job));
    // Faults are over; once users and outages are too, what is left drains.
    const isQuiet = users.busy + taskUsers.busy === 0 && [...platforms.values()].every(({ isDown }) => !isDown());
    if (drainsUntil === undefined && isQuiet) drainsUntil = time.now + bounds.mostMs();
    if (!rests && drainsUntil !== undefined && time.now > drainsUntil) {
      found({ invariant: '12 all work drains', what: `not by ${new Date(drainsUntil).toISOString()}` });
      drainsUntil = Number.POSITIVE_INFINITY;
    }
    if (!rests) restingSince = undefined;
    else if (restingSince === undefined) {
      restingSince = time.now;
      audits = cloud.audits;
    }
    // What follows from a task that was resumed at last takes a moment.
    if (time.now < Math.max(taskChanged, live?.changedAt ?? 0) + minute) return false;
    // What is on its way for minutes may still arrive, and an audit looks at what is an hour old.
    return restingSince !== undefined && time.now - restingSince > (4 / 3) * settings.auditAgeSeconds * 1000 && cloud.audits > audits + 1;
  };
  const rested = (await time.run(() => isAtRest() || time.now - start > 72 * 60 * minute, mostEvents)) && restingSince !== undefined;
  const { accepted, deleted, byKey, leaks } = users;
  checkRest({ cloud, changes, accepted, deleted, byKey: new Map([...byKey, ...taskUsers.byKey]), tasks, rested }, found);
  if (rested && live) checkViewers(viewers, live, cloud, tasks, found);
  for (const what of leaks) found({ invariant: '10 nobody sees what is not hers', what });
  return { violations, history, jobs: count, theme, events, hours: ((restingSince ?? time.now) - start) / 3_600_000 };
}

/** A job of the task waits for its owner, or all of them for their platform. */
const waitsIn = (cloud: Cloud, { taskId, platformId }: Task): boolean =>
  cloud.registry.now(platformId) === undefined || [...cloud.jobs.values()].some((job) => job.taskId === taskId && cloud.waits(job));

const told = ({ before, after }: Change): string => {
  const { jobId, incarnation, epoch, version, status, platformJobId, postedAt, startSentAt, held, message, cancelRequested, owner } =
    after!;
  const facts = { platformJobId, posted: postedAt?.slice(11, 19), started: startSentAt?.slice(11, 19), held, cancelRequested, message };
  const more = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${String(value)}`]));
  return `${jobId}.${incarnation} (${owner}) v${version} e${epoch} ${before?.status ?? '-'} -> ${status} ${more.join(' ')}`;
};
