import { type Job, type JobStatus, ranks } from '../../lambdas/dispatch/model.ts';
import type { Chunk, Task } from '../../lambdas/upscaling/model.ts';
import type { Bundle, Connection, Holder, JobChange, Noted, Recheck, TaskChange, Viewer } from '../../lambdas/live/model.ts';
import type { Connections, JobsOf, Push, Subjects, Tasks, Tickets } from '../../lambdas/live/ports.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';

const start = Date.parse('2026-01-02T03:04:05.000Z');

export function aJob(more: Partial<Job> & { status?: JobStatus } = {}): Job {
  const status = more.status ?? 'queued';
  return {
    jobId: 'job-1',
    owner: 'ana',
    origin: 'request',
    laneId: 'p~service',
    platformId: 'p',
    process: 'ndvi',
    title: 'NDVI of Olinda',
    label: 'ogc_api_process',
    rank: ranks[status],
    incarnation: 1,
    epoch: 0,
    version: 1,
    pollNumber: 0,
    failures: 0,
    deadline: iso(start),
    created: iso(start),
    updated: iso(start),
    ...more,
    status,
  };
}

/** A task of three jobs. */
export const aTask = (more: Partial<Task> = {}): Task => ({
  ...{ taskId: 't1', owner: 'ana', title: 'Many', label: 'ogc_api_process', platformId: 'p', laneId: 'lane', process: 'ndvi' },
  ...{ deadline: iso(start), status: 'running', incarnation: 1, version: 1, dimension: 'tile', total: 3, offsets: [0, 9] },
  ...{ workNumber: 1, created: iso(start), updated: iso(start) },
  ...more,
});

interface State {
  n: number;
  began: number;
  beganAt: number;
  framedAt: number;
  until: number;
  marked?: string;
  markedBy?: string;
  viewers: Map<string, Viewer>;
  changes: Map<string, Noted>;
  bundles: Map<string, Bundle>;
  frames: Map<number, string>;
}

/** The owners' index in memory. */
export const jobsIn = (read: () => readonly Job[], pageSize = 1000): JobsOf => ({
  page: async (owner, limit, cursor = '0') => {
    const from = Number(cursor);
    const to = from + Math.min(limit, pageSize);
    const owned = read().filter((job) => job.owner === owner);
    return { items: owned.slice(from, to), ...(to < owned.length ? { cursor: String(to) } : {}) };
  },
});

/** The live area's ports in memory, with one clock; `sockets` says who is at the other end and what they got. */
export function liveWorld() {
  const time = { ms: start };
  const tickets = new Map<string, { holder: Holder; expires: number }>();
  const connections = new Map<string, Connection>();
  const states = new Map<string, State>();
  const asked = new Map<string, Connection>();
  const rechecks: Recheck[] = [];
  const sockets = new Map<string, Record<string, unknown>[]>();
  const queue: string[] = [];
  const watched: string[][] = [];
  const parked: { change: JobChange | TaskChange; reason: string }[] = [];
  const reports: string[] = [];
  const state = (subject: string): State => {
    const known = states.get(subject) ?? {
      n: 0,
      began: 0,
      beganAt: 0,
      framedAt: 0,
      until: 0,
      viewers: new Map(),
      changes: new Map(),
      bundles: new Map(),
      frames: new Map(),
    };
    states.set(subject, known);
    return known;
  };

  const ticketPort: Tickets = {
    issue: async (ticket, holder, expires) => void tickets.set(ticket, { holder, expires }),
    redeem: async (ticket, now) => {
      const held = tickets.get(ticket);
      if (!held || held.expires <= now) return undefined;
      tickets.delete(ticket);
      return held.holder;
    },
  };
  const connectionPort: Connections = {
    open: async (connection) => void connections.set(connection.connectionId, connection),
    get: async (connectionId) => connections.get(connectionId),
    remove: async (connectionId) => void connections.delete(connectionId),
    add: async (connectionId, subject) => {
      const known = connections.get(connectionId);
      if (known && !known.subjects.includes(subject)) connections.set(connectionId, { ...known, subjects: [...known.subjects, subject] });
    },
    ask: async (connection, now) => {
      const key = `${connection.connectionId} ${now}`;
      if (asked.has(key)) return false;
      asked.set(key, connection);
      return true;
    },
  };
  const subjectPort: Subjects = {
    watch: async (subject) => {
      const { n: last, began, beganAt, framedAt, until } = state(subject);
      return { last, began, beganAt, framedAt, until };
    },
    enter: async (subject, viewer, now) => {
      const known = state(subject);
      if (known.until <= now) Object.assign(known, { began: (known.n += 1), beganAt: now });
      known.until = Math.max(known.until, viewer.expires);
      known.viewers.set(viewer.connectionId, viewer);
    },
    leave: async (subject, connectionId, upTo = Number.MAX_SAFE_INTEGER) => {
      if ((state(subject).viewers.get(connectionId)?.incarnation ?? 0) <= upTo) state(subject).viewers.delete(connectionId);
    },
    rest: async (subject, now, until) => {
      const known = state(subject);
      if (![...known.viewers.values()].some(({ expires }) => expires > now)) known.until = Math.min(known.until, until);
    },
    viewers: async (subject, now) => [...state(subject).viewers.values()].filter(({ expires }) => expires > now),
    note: async (subject, change) => {
      const known = state(subject).changes.get(change.jobId);
      const isOlder = known && (known.began < change.began || (known.began === change.began && known.version < change.version));
      if (!known || isOlder) state(subject).changes.set(change.jobId, change);
    },
    gather: async (subject, bundle) => void state(subject).bundles.set(bundle.key, bundle),
    bundles: async (subject, limit) => [...state(subject).bundles.values()].slice(0, limit),
    clear: async (subject, bundles) => bundles.forEach(({ key }) => state(subject).bundles.delete(key)),
    mark: async (subject, now, stale, by) => {
      const { marked, markedBy } = state(subject);
      if (marked !== undefined && marked >= stale && markedBy !== by) return false;
      Object.assign(state(subject), { marked: now, markedBy: by });
      return true;
    },
    unmark: async (subject) => void delete state(subject).marked,
    changes: async (subject, limit) => [...state(subject).changes.values()].slice(0, limit),
    claim: async (subject, last, now) => {
      if (state(subject).n !== last) return false;
      Object.assign(state(subject), { n: last + 1, framedAt: now });
      return true;
    },
    writeFrame: async (subject, n, text) => void state(subject).frames.set(n, text),
    frames: async (subject, from, to) =>
      Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => state(subject).frames.get(from + i) ?? []).flat(),
    settle: async (subject, read) => {
      for (const { jobId, version, began } of read) {
        const known = state(subject).changes.get(jobId);
        if (known?.version === version && known.began === began) state(subject).changes.delete(jobId);
      }
    },
  };
  const tasks = new Map<string, Task>();
  const chunks = new Map<string, { chunk: Chunk; jobs: Job[] }>();
  const of = (taskId: string) => [...chunks.values()].filter(({ chunk }) => chunk.taskId === taskId);
  const taskPort: Tasks = {
    read: async (taskId) => tasks.get(taskId),
    chunks: async (taskId) => of(taskId).map(({ chunk }) => chunk),
    jobs: async (taskId, chunk) => of(taskId).find((one) => one.chunk.chunk === chunk)?.jobs ?? [],
  };
  const push: Push = {
    post: async (connectionId, text) => {
      const got = sockets.get(connectionId);
      if (!got) return 'gone';
      got.push(JSON.parse(text) as Record<string, unknown>);
      return 'sent';
    },
  };
  const deps = {
    tickets: ticketPort,
    connections: connectionPort,
    subjects: subjectPort,
    push,
    jobs: jobsIn(() => []),
    tasks: taskPort,
    frames: {
      send: async (subject: string) => void queue.push(subject),
      recheck: async (recheck: Recheck) => void rechecks.push(recheck),
    },
    pause: { wait: async () => undefined },
    lanes: { watch: async (laneIds: Iterable<string>) => void watched.push([...laneIds]) },
    clock: { now: () => time.ms },
    report: (what: string) => void reports.push(what),
    park: async (change: JobChange | TaskChange, reason: string) => void parked.push({ change, reason }),
  };
  return {
    deps,
    time,
    connections,
    /** Tasks and their chunks as they are. */
    tasks,
    chunks,
    state,
    sockets,
    queue,
    /** Full statuses to be read again. */
    rechecks,
    /** Connections as they asked for their status. */
    asked: () => [...asked.values()],
    /** Lanes said to be watched, call by call. */
    watched,
    parked,
    reports,
    /** A connection that has been open for a minute. */
    async viewer(
      connectionId: string,
      owner = 'ana',
      wishes: Pick<Connection, 'mode' | 'seen'> = {},
      seconds = 3600,
      subject = `jobs:${owner}`,
    ): Promise<Connection> {
      const now = Math.floor(time.ms / 1000);
      const viewer = { connectionId, connected: iso(time.ms - 60_000), expires: now + seconds };
      const connection = { ...viewer, owner, subjects: [subject], ...wishes };
      await subjectPort.enter(subject, { ...viewer, ...(wishes.mode && { mode: wishes.mode }) }, now);
      await connectionPort.open(connection);
      sockets.set(connectionId, []);
      return connection;
    },
    got: (connectionId: string) => sockets.get(connectionId) ?? [],
  };
}
