import type { Frame, LiveTask } from '../../lambdas/live/model.ts';
import { LiveState } from '../../scripts/live-state.ts';
import type { Violation } from './invariants.ts';
import type { LiveCloud, Socket } from './live.ts';
import { strikes, type Stage } from './process.ts';
import type { TaskCloud } from './tasks.ts';

const minute = 60_000;
/** The gateway ends a connection after two hours. */
const longestMs = 120 * minute;
const answerMs = 20_000;

export const isOver = ({ status }: Pick<LiveTask, 'status'>): boolean =>
  status === 'finished' || status === 'failed' || status === 'canceled';

/** Somebody's client: it watches her jobs and some tasks, goes away and comes back with the numbers that it has seen. */
export class Viewer {
  readonly name: string;
  readonly owner: string;
  private readonly stage: Stage;
  private readonly random = (): number => this.stage.draw('live');
  private readonly live: LiveCloud;
  private readonly tasks: TaskCloud;
  private readonly pingMs: number;
  private readonly found: (violation: Violation) => void;
  private readonly states = new Map<string, LiveState>();
  /** Subjects that it has asked about, or is to ask about, and has no answer yet. */
  private readonly unanswered = new Set<string>();
  private readonly ended = new Set<string>();
  private connections = 0;
  private connectionId: string | undefined;
  private socket: Socket | undefined;
  private asks = false;
  private hasPong = true;
  private arrivesAt = 0;
  private isGone = false;
  private until = 0;

  constructor(name: string, owner: string, stage: Stage, live: LiveCloud, tasks: TaskCloud, pingMs: number, found: Viewer['found']) {
    [this.name, this.owner, this.stage, this.live, this.tasks, this.pingMs, this.found] = [name, owner, stage, live, tasks, pingMs, found];
  }

  /** Begins after a while with her jobs or one task; goes away at times until `until`. */
  begin(afterMs: number, until: number): void {
    this.until = until;
    const { random, stage } = this;
    stage.time.plan(afterMs, () => {
      if (random() < 0.7) this.watch('jobs');
      this.watchSome();
      this.connect();
      this.leaveAtTimes(until);
      if (random() < 0.2) stage.time.plan(random() * (until - stage.time.now), () => this.end());
    });
  }

  private leaveAtTimes(until: number): void {
    const { random, stage } = this;
    const { time } = stage;
    const afterMs = (0.1 + random() * 4) * this.pingMs;
    if (time.now + afterMs > until) return;
    time.plan(afterMs, () => {
      const isSilent = random() < 0.4; // the gateway notices later, or never
      this.disconnect(isSilent);
      time.plan(random() * (random() < 0.7 ? 10_000 : 300_000), () => this.connect());
      this.leaveAtTimes(until);
    });
  }

  private end(): void {
    this.disconnect(false);
    this.isGone = true;
  }

  private watch(name: string): void {
    if (!this.states.has(name)) this.states.set(name, new LiveState(name));
    this.unanswered.add(name);
  }

  /** Now and then it watches a task more, or one that has ended anew; it may be another's. */
  private watchSome(): void {
    const ids = [...this.tasks.tasks.keys()];
    const taskId = ids[Math.floor(this.random() * ids.length)];
    if (taskId !== undefined) this.watch(`task:${taskId}`);
    else if (this.states.size === 0) this.watch('jobs');
  }

  get isHere(): boolean {
    return this.connectionId !== undefined && this.socket?.isOpen === true;
  }

  shown(): Iterable<[string, LiveState]> {
    return this.states;
  }

  private connect(): void {
    if (this.connectionId !== undefined || this.isGone) return;
    const connectionId = `${this.name}.${(this.connections += 1)}`;
    const [first] = [...this.states.keys()];
    const state = this.states.get(first!)!;
    const socket: Socket = { owner: this.owner, isOpen: false, take: (frame, text) => this.post(connectionId, frame, text) };
    [this.connectionId, this.socket, this.hasPong] = [connectionId, socket, true];
    for (const name of this.states.keys()) this.unanswered.add(name);
    this.stage.note(this.name, `connects as ${connectionId}, has seen ${state.since} of ${first}`);
    this.live
      .ticket(this.owner)
      .then((ticket) =>
        this.live.open(
          connectionId,
          {
            ticket,
            ...(state.since > 0 ? { since: String(state.since) } : {}),
            ...(first === 'jobs' ? {} : { task: first!.slice('task:'.length) }),
          },
          socket,
        ),
      )
      .then(
        () => this.stage.time.plan(20 + this.random() * (strikes(this.stage, 'slow') ? 3000 : 200), () => this.opened(connectionId)),
        (error: Error) => {
          if (error.message === 'no task') this.forget(first!);
          if (this.connectionId === connectionId) this.again();
        },
      );
  }

  private again(): void {
    this.disconnect(true);
    this.stage.time.plan(2000 + this.random() * 10_000, () => this.connect());
  }

  private opened(connectionId: string): void {
    if (this.connectionId !== connectionId) return this.live.leave(connectionId);
    this.socket!.isOpen = true;
    if (this.states.size > 1) this.ask();
    this.ping(connectionId);
    this.stage.time.plan(longestMs, () => {
      if (this.connectionId !== connectionId) return;
      this.disconnect(false);
      this.connect();
    });
  }

  private disconnect(isSilent: boolean): void {
    const { connectionId } = this;
    if (connectionId === undefined) return;
    this.socket!.isOpen = false;
    this.connectionId = undefined;
    if (isSilent) this.live.sockets.delete(connectionId);
    else this.live.leave(connectionId);
  }

  private forget(name: string): void {
    this.states.delete(name);
    this.unanswered.delete(name);
    if (this.states.size === 0) this.watch('jobs');
  }

  /** Every so often it pings, and asks again for what was not answered. */
  private ping(connectionId: string): void {
    const { random, stage } = this;
    stage.time.plan((0.5 + random()) * this.pingMs, () => {
      if (this.connectionId !== connectionId) return;
      this.hasPong = false;
      this.live.say(connectionId, '{"action":"ping"}');
      if (stage.time.now < this.until && random() < 0.1) this.watchSome();
      if (this.unanswered.size > 0) this.ask();
      stage.time.plan(answerMs, () => {
        if (this.connectionId !== connectionId || this.hasPong) return;
        this.again();
      });
      this.ping(connectionId);
    });
  }

  /** At most one request a second. */
  private ask(): void {
    if (this.asks) return;
    this.asks = true;
    this.stage.time.plan(1500, () => {
      this.asks = false;
      if (!this.isHere || this.unanswered.size === 0) return;
      const subjects = Object.fromEntries([...this.unanswered].map((name) => [name, this.states.get(name)!.since]));
      this.stage.note(this.name, `asks ${JSON.stringify(subjects)}`);
      this.live.say(this.connectionId!, JSON.stringify({ action: 'subscribe', subjects }));
    });
  }

  /** It was sent: it comes a little later, in order, or is lost on the way. */
  private post(connectionId: string, frame: Frame, text: string): void {
    const { stage } = this;
    if (strikes(stage, 'lostAnswer')) return stage.note(this.name, `LOSES ${text}`);
    const late = strikes(stage, 'slow') ? this.random() * 5000 : this.random() * 100;
    this.arrivesAt = Math.max(this.arrivesAt, stage.time.now + late);
    stage.time.plan(this.arrivesAt - stage.time.now, () => {
      if (this.connectionId !== connectionId) return;
      stage.note(this.name, `gets ${text}`);
      this.take(frame);
    });
  }

  private take(frame: Frame): void {
    if (frame.type === 'init') return;
    if (frame.type === 'error') {
      if (frame.subject?.startsWith('task:')) this.forget(frame.subject);
      else this.ask();
      return;
    }
    if (frame.type === 'pong') this.hasPong = true;
    else this.unanswered.delete(frame.subject);
    for (const [name, state] of this.states) {
      const { since, task } = state;
      const misses = state.take(frame);
      if (state.since < since) this.found({ invariant: '7 numbers only grow', what: `${this.name}: ${name} ${since} -> ${state.since}` });
      if (state.task !== task) this.tell(task, state.task!);
      const isOverThere = state.task !== undefined && isOver(state.task);
      if (!misses || (isOverThere && frame.type === 'pong')) continue;
      this.unanswered.add(name);
      this.ask();
    }
  }

  /** What it shows of a task changes. */
  private tell(before: LiveState['task'], task: LiveTask): void {
    const { id, status, incarnation } = task;
    const end = `${id}.${incarnation}`;
    if (!isOver(task)) {
      if (this.ended.has(end)) this.found({ invariant: '7 an end is an end', what: `${this.name}: ${end} is ${status}` });
      return;
    }
    const isSame = before?.status === status && before.incarnation === incarnation;
    if (this.ended.has(end) && !isSame) this.found({ invariant: '7 an end is told once', what: `${this.name}: ${end}` });
    this.ended.add(end);
  }
}

/** A part of the seeds has a few of them. */
export function viewersOf(stage: Stage, live: LiveCloud, tasks: TaskCloud, until: number, found: Viewer['found']): Viewer[] {
  const random = () => stage.draw('live');
  const within = until - stage.time.now;
  const count = 1 + Math.floor(random() * 3);
  return Array.from({ length: count }, (_, n) => {
    const pingMs = Math.min(300_000, Math.max(20_000, within / 40));
    const viewer = new Viewer(`viewer-${n}`, random() < 0.7 ? 'alice' : 'bob', stage, live, tasks, pingMs, found);
    viewer.begin(random() * 0.6 * within, until);
    return viewer;
  });
}
