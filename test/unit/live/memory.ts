import { type Job, type JobStatus, ranks } from '../../../lambdas/dispatch/model.ts';
import type { Change, Connection, Holder, JobChange, Viewer } from '../../../lambdas/live/model.ts';
import type { Connections, Push, Subjects, Tickets } from '../../../lambdas/live/ports.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';

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

interface State {
  n: number;
  marked?: string;
  viewers: Map<string, Viewer>;
  changes: Map<string, Change>;
  frames: Map<number, string>;
}

/** The live area's ports in memory, with one clock; `sockets` says who is at the other end and what they got. */
export function liveWorld() {
  const time = { ms: start };
  const tickets = new Map<string, Holder & { expires: number }>();
  const connections = new Map<string, Connection>();
  const states = new Map<string, State>();
  const asked = new Set<string>();
  const sockets = new Map<string, Record<string, unknown>[]>();
  const queue: string[] = [];
  const watched: string[][] = [];
  const parked: { change: JobChange; reason: string }[] = [];
  const reports: string[] = [];
  const state = (subject: string): State => {
    const known = states.get(subject) ?? { n: 0, viewers: new Map(), changes: new Map(), frames: new Map() };
    states.set(subject, known);
    return known;
  };

  const ticketPort: Tickets = {
    issue: async (ticket, holder, expires) => void tickets.set(ticket, { ...holder, expires }),
    redeem: async (ticket, now) => {
      const held = tickets.get(ticket);
      if (!held || held.expires <= now) return undefined;
      tickets.delete(ticket);
      return held;
    },
  };
  const connectionPort: Connections = {
    open: async (connection) => {
      const { connectionId, connected, expires } = connection;
      connections.set(connectionId, connection);
      for (const subject of connection.subjects) state(subject).viewers.set(connectionId, { connectionId, connected, expires });
    },
    get: async (connectionId) => connections.get(connectionId),
    close: async (connectionId) => {
      for (const subject of connections.get(connectionId)?.subjects ?? []) state(subject).viewers.delete(connectionId);
      connections.delete(connectionId);
    },
    ask: async ({ connectionId }, now) => {
      const key = `${connectionId} ${now}`;
      return !asked.has(key) && Boolean(asked.add(key));
    },
  };
  const subjectPort: Subjects = {
    viewers: async (subject, now) => [...state(subject).viewers.values()].filter(({ expires }) => expires > now),
    removeViewer: async (subject, connectionId) => void state(subject).viewers.delete(connectionId),
    note: async (subject, change) => {
      const known = state(subject).changes.get(change.jobId);
      if (!known || known.version < change.version) state(subject).changes.set(change.jobId, change);
    },
    mark: async (subject, now, stale) => {
      const { marked } = state(subject);
      if (marked !== undefined && marked >= stale) return false;
      state(subject).marked = now;
      return true;
    },
    unmark: async (subject) => void delete state(subject).marked,
    lastFrame: async (subject) => state(subject).n,
    changes: async (subject, limit) => [...state(subject).changes.values()].slice(0, limit),
    writeFrame: async (subject, n, text) => {
      const known = state(subject);
      const isNew = !known.frames.has(n);
      if (isNew) known.frames.set(n, text);
      known.n = Math.max(known.n, n);
      return isNew;
    },
    settle: async (subject, sent) => {
      for (const { jobId, version } of sent)
        if (state(subject).changes.get(jobId)?.version === version) state(subject).changes.delete(jobId);
    },
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
    frames: { send: async (subject: string) => void queue.push(subject) },
    lanes: { watch: async (laneIds: Iterable<string>) => void watched.push([...laneIds]) },
    clock: { now: () => time.ms },
    report: (what: string) => void reports.push(what),
    park: async (change: JobChange, reason: string) => void parked.push({ change, reason }),
  };
  return {
    deps,
    time,
    connections,
    state,
    sockets,
    queue,
    /** Lanes said to be watched, call by call. */
    watched,
    parked,
    reports,
    /** A connection that has been open for a minute. */
    async viewer(connectionId: string, owner = 'ana'): Promise<Connection> {
      const connection = {
        connectionId,
        owner,
        subjects: [`jobs:${owner}`],
        connected: iso(time.ms - 60_000),
        expires: Math.floor(time.ms / 1000) + 3600,
      };
      await connectionPort.open(connection);
      sockets.set(connectionId, []);
      return connection;
    },
    got: (connectionId: string) => sockets.get(connectionId) ?? [],
  };
}
