import { Settings } from '../../lambdas/dispatch/model.ts';
import { isOver } from '../../lambdas/upscaling/model.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { Platform, type RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import { Cloud } from './cloud.ts';
import { drawRates, faultKinds, type FaultKind } from './faults.ts';
import { checkLane, checkRest, checkWrite, type Violation } from './invariants.ts';
import { SimPlatform, type PlatformShape } from './platform.ts';
import type { Stage } from './process.ts';
import { TaskCloud } from './tasks.ts';
import { TaskUsers } from './task-users.ts';
import { randomOf, Time } from './time.ts';
import { Users } from './users.ts';

export interface Scenario {
  seed: number;
  /** Jobs in all; 20 to 40 by the seed where absent. */
  jobs?: number;
  /** Faults that may happen; all where absent. */
  faults?: readonly FaultKind[];
  /** Keeps what happened, line by line. */
  record?: boolean;
}

export interface Simulated {
  violations: Violation[];
  history: string[];
  jobs: number;
  events: number;
  /** Virtual hours until everything had come to rest. */
  hours: number;
}

const minute = 60_000;
const usual = Settings.parse({});
/** As tight as the schema allows: functions end and leases run out in the middle of things. */
const tight = Settings.parse({
  connectSeconds: 2,
  readSeconds: 5,
  claimSeconds: 4,
  functionSeconds: 19,
  leaseSeconds: 20,
  lateCommitSeconds: 20,
  quarantineSeconds: 41,
  pollMinSeconds: 5,
  pollMaxSeconds: 30,
  lostAfterSeconds: 40,
  closeSeconds: 2,
  closeMaxSeconds: 20,
});
/** More than this is no longer work but a loop. */
const mostEvents = 400_000;
const mostViolations = 20;

/** Plays one seed to its end, and says which invariants did not hold. */
export async function simulate({ seed, jobs, faults = faultKinds, record = false }: Scenario): Promise<Simulated> {
  const random = randomOf(seed);
  const time = new Time();
  const start = time.now;
  const settings = random() < 0.2 ? usual : tight;
  /** Where every time of the job core is shorter, so is all that happens around it. */
  const scale = settings === tight ? 0.2 : 1;
  const faultsEnd = start + (20 + random() * 70) * scale * minute;
  const history: string[] = [];
  const stage: Stage = {
    time,
    random,
    settings,
    rates: drawRates(randomOf(seed + 1_000_000), faults),
    faulty: () => time.now < faultsEnd,
    note: (who, what) => {
      if (record) history.push(`${((time.now - start) / 1000).toFixed(2).padStart(9)} ${who}: ${what}`);
    },
  };
  const violations: Violation[] = [];
  const found = (violation: Violation) => {
    if (violations.length < mostViolations) violations.push(violation);
    stage.note('INVARIANT', `${violation.invariant}: ${violation.what}`);
  };
  const platforms = new Map(
    shapes(random, start, scale, faults.includes('platformFails')).map((shape) => [shape.id, new SimPlatform(stage, shape)]),
  );
  const entries = new Map([...platforms.values()].map(({ shape }) => [shape.id, entryOf(shape, random)]));
  const changes: Change[] = [];
  for (const platform of platforms.values())
    platform.onDelete = (job) => {
      const owner = [...cloud.jobs.values()].find(({ platformJobId }) => platformJobId === job.id);
      if (owner && owner.rank < 90 && !owner.cancelRequested && time.now < Date.parse(owner.deadline))
        found({ invariant: '3 nothing that a live job points to is deleted', what: `${job.id} of ${owner.jobId}` });
    };
  const cloud: Cloud = new Cloud(
    stage,
    entries,
    platforms,
    (change) => {
      changes.push(change);
      if (record && change.after) stage.note('jobs', told(change));
      checkWrite(change, found);
    },
    (change) => {
      if (record && change.before.slots !== change.after.slots)
        stage.note(change.after.laneId, `slots ${[...(change.after.slots ?? [])].join(' ')}`);
      checkLane(change, time.now, found);
    },
  );
  const users = new Users(stage, cloud, [...entries.values()]);
  const wanted = jobs ?? 20 + Math.floor(random() * 20);
  users.begin({
    jobs: wanted,
    within: random() * 20 * scale * minute,
    scale,
    cancels: random() * 0.4,
    retries: random(),
    deletes: random() * 0.3,
  });
  const tasks = new TaskCloud(stage, cloud, entries);
  const taskUsers = new TaskUsers(stage, tasks, [...entries.values()]);
  taskUsers.begin(1 + Math.floor(random() * 2), random() * 10 * scale * minute, scale);
  cloud.startTicks();
  cloud.startAudits();
  time.plan(faultsEnd - time.now + minute, () => cloud.redrive());

  const resume = () => {
    taskUsers.resumeAll();
    time.plan(10 * minute, resume);
  };
  time.plan(faultsEnd - time.now + 3 * minute, resume);

  let events = 0;
  let restingSince: number | undefined;
  let looked = 0;
  let audits = 0;
  const isAtRest = () => {
    events += 1;
    if (time.now < faultsEnd + 5 * minute || time.now < looked + minute) return false;
    looked = time.now;
    const rests =
      users.busy + taskUsers.busy === 0 &&
      [...tasks.tasks.values()].every((task) => isOver(task.status) || heldIn(cloud, task.taskId)) &&
      [...cloud.jobs.values()].every((job) => (job.rank >= 90 && (job.status !== 'successful' || job.resultsAt)) || job.held);
    if (!rests) restingSince = undefined;
    else if (restingSince === undefined) {
      restingSince = time.now;
      audits = cloud.audits;
    }
    // What is on its way for minutes may still arrive, and an audit looks at what is an hour old.
    return restingSince !== undefined && time.now - restingSince > 80 * minute && cloud.audits > audits + 1;
  };
  const rested = (await time.run(() => isAtRest() || time.now - start > 72 * 60 * minute, mostEvents)) && restingSince !== undefined;
  const { accepted, deleted, byKey, leaks } = users;
  checkRest({ cloud, changes, accepted, deleted, byKey: new Map([...byKey, ...taskUsers.byKey]), tasks, rested }, found);
  for (const what of leaks) found({ invariant: '10 nobody sees what is not hers', what });
  return { violations, history, jobs: wanted, events, hours: ((restingSince ?? time.now) - start) / 3_600_000 };
}

/** A job of the task waits for its owner. */
const heldIn = (cloud: Cloud, taskId: string): boolean =>
  [...cloud.jobs.values()].some((job) => job.taskId === taskId && job.held !== undefined);

const told = ({ before, after }: Change): string => {
  const { jobId, incarnation, epoch, version, status, platformJobId, postedAt, startSentAt, held, message, cancelRequested, owner } =
    after!;
  const facts = { platformJobId, posted: postedAt?.slice(11, 19), started: startSentAt?.slice(11, 19), held, cancelRequested, message };
  const more = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${String(value)}`]));
  return `${jobId}.${incarnation} (${owner}) v${version} e${epoch} ${before?.status ?? '-'} -> ${status} ${more.join(' ')}`;
};

/** Two or three platforms of different dialects. */
function shapes(random: () => number, start: number, scale: number, mayFail: boolean): PlatformShape[] {
  const dialects = (['strict', 'vito', 'ogc'] as const).filter(() => random() < 0.8);
  if (dialects.length < 2) dialects.splice(0, dialects.length, 'vito', 'ogc');
  return dialects.map((dialect) => {
    const outageAt = start + random() * 60 * scale * minute;
    return {
      id: dialect,
      dialect,
      running: 1 + Math.floor(random() * 8),
      enforces: random() < 0.5,
      seconds: [2 + random() * 100 * scale, random() * 600 * scale],
      failing: random() * 0.2,
      hasList: random() < 0.7,
      ...(mayFail && random() < 0.15 ? { outage: [outageAt, outageAt + random() * 360 * scale * minute] as [number, number] } : {}),
    };
  });
}

function entryOf({ id, dialect, running }: PlatformShape, random: () => number): RegisteredPlatform {
  const entry = Platform.parse({
    id,
    kind: dialect === 'ogc' ? 'ogc-processes' : 'openeo',
    title: id,
    baseUrl: `https://${id}.example`,
    exclusive: dialect === 'ogc' && random() < 0.7,
    limits: {
      running,
      parallel: random() < 0.3 ? 41 : 1 + Math.floor(random() * 6),
      burst: 1 + Math.floor(random() * 10),
      ...(random() < 0.7 ? { startsPerMinute: 2 + Math.floor(random() * 60) } : {}),
    },
  });
  return { ...entry, state: 'active', version: 1 };
}
