import type { Job } from '../../lambdas/dispatch/model.ts';
import { watchLane } from '../../lambdas/dispatch/use-cases/watch-lane.ts';
import type { Connection, Frame, JobChange, Recheck, TaskChange } from '../../lambdas/live/model.ts';
import type { Subjects } from '../../lambdas/live/ports.ts';
import { bySubject } from '../../lambdas/live/rules/changes.ts';
import { subjectOf, taskSubject } from '../../lambdas/live/rules/subjects.ts';
import { taskNews } from '../../lambdas/live/rules/task-frames.ts';
import { answer } from '../../lambdas/live/use-cases/answer.ts';
import { close } from '../../lambdas/live/use-cases/close.ts';
import { connect, type ConnectQuery } from '../../lambdas/live/use-cases/connect.ts';
import { greet } from '../../lambdas/live/use-cases/greet.ts';
import { noteChanges } from '../../lambdas/live/use-cases/note-changes.ts';
import { noteTasks } from '../../lambdas/live/use-cases/note-tasks.ts';
import { sendFrame } from '../../lambdas/live/use-cases/send-frame.ts';
import { recheckStatus } from '../../lambdas/live/use-cases/send-status.ts';
import { issueTicket } from '../../lambdas/live/use-cases/tickets.ts';
import type { Task } from '../../lambdas/upscaling/model.ts';
import { liveWorld } from '../support/live-world.ts';
import type { Cloud } from './cloud.ts';
import { Posts } from './live-invariants.ts';
import type { Violation } from './invariants.ts';
import { Process, runs, streams, strikes, type Stage } from './process.ts';
import type { TaskCloud } from './tasks.ts';

const functionSeconds = 30;
/** Of a stream's batch before it is parked, and of a message before it goes to the dead letters. */
const mostTries = 4;
const mostReceives = 5;
const batchSize = 25;
/** Longer than a function that noted something may be about to say so, with what is sent again. */
const silentMs = 150_000;
/** The index of a user's jobs is seldom late; in the first minute of watching less than the pause before the second look. */
const latestMs = { first: 9_000, later: 55_000 };

type Message = { subject: string } | { recheck: Recheck };

/** Who is at the other end of a connection. */
export interface Socket {
  owner: string;
  isOpen: boolean;
  take: (frame: Frame, text: string) => void;
}

/** What happens elsewhere is not changed by what happens here but by what it asks of others. */
function stageOf(stage: Stage): Stage {
  const draw = streams(Math.floor(stage.draw('live') * 2 ** 32));
  return Object.create(stage, {
    draw: { value: draw },
    overtaken: { value: undefined },
    writer: { get: () => stage.writer, set: (name: string) => (stage.writer = name) },
  }) as Stage;
}

/** The part of the deployment that serves live status: streams, the queue of frames, and sockets that lose what is posted. */
export class LiveCloud {
  readonly sockets = new Map<string, Socket>();
  /** Jobs and tasks whose last change that viewers see was parked: people look at it, and do not drive it again. */
  readonly parked = new Set<string>();
  /** When something last changed. */
  changedAt = 0;
  private readonly stage: Stage;
  private readonly cloud: Cloud;
  private readonly tasks: TaskCloud;
  private readonly posts: Posts;
  private readonly world = liveWorld();
  private readonly memory = this.world.deps;
  private readonly expiries = new Map<string, number>();
  private readonly recent: { at: number; change: JobChange }[] = [];
  private stream: JobChange[] = [];
  private streamIsRead = false;
  private processes = 0;
  private readonly dead: Message[] = [];
  /** Subjects to when something was last noted of them, while it waits; and the messages for them that are on their way. */
  private readonly noted = new Map<string, number>();
  private readonly underway = new Map<string, number>();
  private readonly orphans = new Set<string>();

  constructor(stage: Stage, cloud: Cloud, tasks: TaskCloud, found: (violation: Violation) => void) {
    [this.stage, this.cloud, this.tasks, this.posts] = [stageOf(stage), cloud, tasks, new Posts(found)];
    cloud.hasViewers = (jobs) => this.hasViewers(jobs);
    this.lookForSilence(found);
    const { onRedrive } = cloud;
    cloud.onRedrive = () => {
      onRedrive();
      for (const message of this.dead.splice(0)) this.send(message, 0);
    };
  }

  private invoke<T>(name: string, body: (process: Process) => Promise<T>): Promise<T> {
    const process = new Process(this.stage, `${name}#live${(this.processes += 1)}`, functionSeconds);
    return runs(this.stage, process, functionSeconds, () => body(process));
  }

  /**
   * What comes when its function has ended already: what is noted is told by the next try, or was parked with it; a mark may be one
   * without a message, and of its subject nothing is asked.
   */
  private noting(process: Process): Pick<Subjects, 'note' | 'gather' | 'mark'> {
    const { subjects } = this.memory;
    const waits = (subject: string) => {
      if (!process.isOver) this.noted.set(subject, this.stage.time.now);
    };
    return {
      note: (subject, ...what) =>
        process.call('subjects.note', () => {
          waits(subject);
          return subjects.note(subject, ...what);
        }),
      gather: (subject, ...what) =>
        process.call('subjects.gather', () => {
          waits(subject);
          return subjects.gather(subject, ...what);
        }),
      mark: (subject, ...what) =>
        process.call('subjects.mark', () => {
          if (process.isOver) this.orphans.add(subject);
          return subjects.mark(subject, ...what);
        }),
    };
  }

  /** A mark whose message never left would keep its subject silent. */
  private lookForSilence(found: (violation: Violation) => void): void {
    const { time } = this.stage;
    time.plan(60_000, () => {
      this.lookForSilence(found);
      for (const [subject, at] of this.noted) {
        const { changes, bundles, until, beganAt } = this.world.state(subject);
        // Whoever came to watch later was told by a status.
        const waits = changes.size + bundles.size > 0 && until > time.now / 1000 && at >= beganAt * 1000;
        if (waits && time.now < at + silentMs) continue;
        this.noted.delete(subject);
        // A recheck, too, notes changes and marks.
        const isOf = (message: Message) => 'recheck' in message || message.subject === subject;
        const isAsked = [subject, ''].some((of) => (this.underway.get(of) ?? 0) > 0) || this.dead.some(isOf);
        if (waits && !isAsked && !this.orphans.has(subject))
          found({ invariant: '7 what waits to be told has a message', what: `${subject} since ${new Date(at).toISOString()}` });
      }
    });
  }

  private async hasViewers(jobs: readonly Pick<Job, 'owner' | 'taskId'>[]): Promise<boolean> {
    const now = this.stage.time.now / 1000;
    for (const subject of new Set(jobs.map(subjectOf))) if ((await this.memory.subjects.watch(subject)).until > now) return true;
    return false;
  }

  /** The ports of a function as its entry composes them; each has more than it needs. */
  private deps(process: Process) {
    const { stage, cloud, tasks } = this;
    return {
      tickets: process.wrapped(this.memory.tickets, 'tickets'),
      connections: process.wrapped(this.connections, 'connections'),
      subjects: Object.assign(process.wrapped(this.subjects, 'subjects'), this.noting(process)),
      tasks: {
        read: (taskId: string) => process.call('readTask', () => this.readTask(taskId)),
        chunks: (taskId: string) => process.call('readChunks', () => tasks.store.chunks(taskId)),
        jobs: (taskId: string, chunk: number) => process.call('chunkJobs', () => cloud.jobStore.children(taskId, chunk)),
      },
      jobs: { page: (owner: string) => process.call('listJobs', () => this.listJobs(owner)) },
      lanes: {
        watch: async (laneIds: Iterable<string>) => {
          for (const laneId of laneIds)
            await process.call('watch', () => cloud.invoke('watch', functionSeconds, (deps) => watchLane(deps, laneId)));
        },
      },
      push: { post: (connectionId: string, text: string) => process.call('post', () => this.post(connectionId, text)) },
      frames: {
        send: (subject: string) => process.call('sendFrame', () => this.send({ subject }, 1)),
        recheck: (recheck: Recheck, seconds: number) => process.call('recheck', () => this.send({ recheck }, seconds)),
      },
      pause: { wait: (ms: number) => process.pause(ms) },
      clock: process.clock,
      report: (what: string, error: unknown) => stage.note(process.name, `REPORTS ${what} ${String(error)}`),
    };
  }

  /** What its stream tells follows. */
  private readonly connections = {
    ...this.memory.connections,
    open: async (connection: Connection) => {
      await this.memory.connections.open(connection);
      this.join(connection, 'greeting', 1);
    },
    ask: async (connection: Connection, now: number) => {
      const isFirst = await this.memory.connections.ask(connection, now);
      if (isFirst) this.join(connection, 'status', 1);
      return isFirst;
    },
  };

  /** Frames of the log end; the rest is as it is in memory. */
  private readonly subjects: Subjects = {
    ...this.memory.subjects,
    writeFrame: (subject, n, text, expires) => {
      this.expiries.set(`${subject} ${n}`, expires);
      return this.memory.subjects.writeFrame(subject, n, text, expires);
    },
    frames: async (subject, from, to) => {
      const now = this.stage.time.now / 1000;
      const hasEnded = (n: number) => (this.expiries.get(`${subject} ${n}`) ?? now + 1) <= now;
      let first = from;
      while (first <= to && hasEnded(first)) first += 1;
      return this.memory.subjects.frames(subject, first, to);
    },
  };

  private async readTask(taskId: string): Promise<Task | undefined> {
    const task = await this.tasks.store.get(taskId);
    return task?.deleted ? undefined : task;
  }

  /** The owners' index may be late. */
  private async listJobs(owner: string): Promise<{ items: Job[] }> {
    const { stage } = this;
    const { beganAt } = await this.memory.subjects.watch(`jobs:${owner}`);
    const isFirst = stage.time.now - beganAt * 1000 < 70_000;
    const asOf = stage.time.now - (strikes(stage, 'stale') ? stage.draw('stale') * latestMs[isFirst ? 'first' : 'later'] : 0);
    const jobs = new Map(this.cloud.jobs);
    for (const { at, change } of this.recent.toReversed()) {
      if (at <= asOf) break;
      const { jobId } = (change.after ?? change.before)!;
      if (change.before === undefined) jobs.delete(jobId);
      else jobs.set(jobId, change.before);
    }
    const items = [...jobs.values()].filter((job) => job.owner === owner && job.taskId === undefined);
    return { items: items.toSorted((a, b) => (a.jobId < b.jobId ? 1 : -1)) };
  }

  private post(connectionId: string, text: string): 'sent' | 'gone' {
    const socket = this.sockets.get(connectionId);
    if (!socket?.isOpen) return 'gone';
    const frame = JSON.parse(text) as Frame;
    this.posts.check(socket.owner, frame, text);
    socket.take(frame, text);
    return 'sent';
  }

  /** The stream of connections: what it cannot do is parked, and nobody drives it again. */
  private join(connection: Connection, what: 'greeting' | 'status', tries: number): void {
    const { time, draw } = this.stage;
    time.plan(50 + draw('latency') * 500, () => {
      this.invoke('on-connection', (process) => greet(this.deps(process), connection, what)).catch(() => {
        if (tries < mostTries) this.join(connection, what, tries + 1);
      });
    });
  }

  job(change: JobChange): void {
    const { time } = this.stage;
    this.posts.job(change);
    this.changedAt = time.now;
    this.recent.push({ at: time.now, change });
    while (this.recent[0]!.at < time.now - latestMs.later) this.recent.shift();
    this.stream.push(change);
    if (!this.streamIsRead) this.readStream();
  }

  private readStream(): void {
    this.streamIsRead = true;
    this.stage.time.plan(1000 + this.stage.draw('latency') * 500, () => {
      const batch = this.stream.splice(0, batchSize);
      this.noteJobs(batch, () => {
        this.streamIsRead = false;
        if (this.stream.length > 0) this.readStream();
      });
    });
  }

  /** A batch comes until it is taken, or is parked. */
  private noteJobs(batch: JobChange[], then: () => void, tries = 1): void {
    const park = async ({ after, before }: JobChange) => this.park((after ?? before)!.jobId, subjectOf((after ?? before)!));
    for (const jobs of bySubject(batch).values()) for (const jobId of jobs.keys()) this.parked.delete(jobId);
    this.invoke('live/on-job-change', (process) => noteChanges({ ...this.deps(process), park }, batch)).then(then, () => {
      if (tries < mostTries) return this.stage.time.plan(1000, () => this.noteJobs(batch, then, tries + 1));
      for (const change of batch) void park(change);
      then();
    });
  }

  /** What was noted of its subject before waits for the next change. */
  private park(id: string, subject: string): void {
    this.stage.note('live', `parks a change of ${id}`);
    this.parked.add(id);
    this.noted.delete(subject);
  }

  task(change: TaskChange & { after: Task }): void {
    this.posts.task(change.after);
    this.changedAt = this.stage.time.now;
    const times = strikes(this.stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) this.stage.time.plan(1000 + this.stage.draw('latency') * 500, () => this.noteTask(change, 1));
  }

  private noteTask(change: TaskChange & { after: Task }, tries: number): void {
    const { taskId } = change.after;
    const park = async () => this.park(taskId, taskSubject(taskId));
    if (taskNews(change) !== undefined) this.parked.delete(taskId);
    this.invoke('live/on-task-change', (process) => noteTasks({ ...this.deps(process), park }, [change])).catch(() => {
      if (tries < mostTries) this.stage.time.plan(1000, () => this.noteTask(change, tries + 1));
      else void park();
    });
  }

  /** A message of the frames queue: at times twice or late, and after some receives in the dead letters. */
  private send(message: Message, seconds: number, receives = 1): void {
    const { stage, underway } = this;
    const subject = 'subject' in message ? message.subject : '';
    const count = (more: number) => underway.set(subject, (underway.get(subject) ?? 0) + more);
    const again = () => {
      count(-1);
      if (receives < mostReceives) this.send(message, functionSeconds, receives + 1);
      else this.dead.push(message);
    };
    const times = strikes(stage, 'duplicate') ? 2 : 1;
    for (let n = 0; n < times; n += 1) {
      const late = strikes(stage, 'delayed') ? stage.draw('delayed') * 300 : stage.draw('latency') * 0.2;
      count(1);
      stage.time.plan((seconds + late) * 1000, () => {
        this.invoke('on-frame', (process) =>
          'recheck' in message ? recheckStatus(this.deps(process), message.recheck) : sendFrame(this.deps(process), message.subject),
        ).then(() => count(-1), again);
      });
    }
  }

  ticket(owner: string): Promise<string> {
    const caller = { userId: owner, roles: new Set(['user']) } as unknown as Parameters<typeof issueTicket>[1];
    const secrets = { next: () => `ticket-${(this.processes += 1)}` };
    return this.invoke(
      'POST ticket',
      async (process) => (await issueTicket({ ...this.deps(process), secrets }, caller, 'wss://live')).ticket,
    );
  }

  /** A client opens a socket; throws when it is refused. */
  async open(connectionId: string, query: ConnectQuery, socket: Socket): Promise<void> {
    this.sockets.set(connectionId, socket);
    const opened = await this.invoke('$connect', (process) => connect(this.deps(process), connectionId, query));
    if (opened !== 'opened') throw new Error(opened);
  }

  /** What a client says; the gateway tells nobody when the function broke. */
  say(connectionId: string, text: string): void {
    this.invoke('$default', (process) => answer(this.deps(process), connectionId, text)).catch(() => undefined);
  }

  /** The gateway tells of it once, or never. */
  leave(connectionId: string): void {
    this.sockets.delete(connectionId);
    if (!strikes(this.stage, 'lost'))
      this.invoke('$disconnect', (process) => close(this.deps(process), connectionId)).catch(() => undefined);
  }
}
