import { type Clock, iso } from '../../shared/time/clock.ts';
import type { Connection } from '../model.ts';
import type { Connections, Subjects, Tasks, Tickets } from '../ports.ts';
import { isTaskId, jobsOf, taskSubject } from '../rules/subjects.ts';

/** API Gateway ends every connection after 2 hours (its quotas, "Connection duration"); a quarter of an hour more is for clocks. */
const connectionSeconds = 2 * 3600 + 900;

/** The query string of the address that the client opened. */
export interface ConnectQuery {
  ticket?: string | undefined;
  mode?: string | undefined;
  since?: string | undefined;
  task?: string | undefined;
}

/** What is no number is no reason to refuse a client: it gets a full status. */
function wishes({ mode, since = '' }: ConnectQuery, subject: string): Pick<Connection, 'mode' | 'seen'> {
  if (mode === 'snapshot') return { mode };
  return /^\d{1,15}$/.test(since) ? { seen: { [subject]: Number(since) } } : {};
}

/**
 * Opens a connection for whoever holds the ticket, to their jobs or to one task of theirs. Refused when the ticket is no good
 * or they have no such task. From here on the subject has a
 * viewer, so every change shows, before the full status is read.
 */
export async function connect(
  deps: { tickets: Tickets; connections: Connections; subjects: Subjects; tasks: Pick<Tasks, 'read'>; clock: Clock },
  connectionId: string,
  query: ConnectQuery,
): Promise<'opened' | 'no ticket' | 'no task'> {
  const now = deps.clock.now();
  const seconds = Math.floor(now / 1000);
  const holder = query.ticket ? await deps.tickets.redeem(query.ticket, seconds) : undefined;
  if (!holder) return 'no ticket';
  const task = query.task !== undefined && isTaskId.test(query.task) ? await deps.tasks.read(query.task) : undefined;
  if (query.task !== undefined && task?.owner !== holder.owner) return 'no task';
  const connected = iso(now);
  const expires = seconds + connectionSeconds;
  const subject = task === undefined ? jobsOf(holder.owner) : taskSubject(task.taskId);
  const { mode, seen } = wishes(query, subject);
  // The connection last: it starts the greeting.
  const viewer = { connectionId, ...(mode && { mode }), ...(task && { incarnation: task.incarnation }), connected, expires };
  await deps.subjects.enter(subject, viewer, seconds);
  const what = { ...(mode && { mode }), ...(seen && { seen }) };
  await deps.connections.open({ connectionId, owner: holder.owner, subjects: [subject], ...what, connected, expires });
  return 'opened';
}
