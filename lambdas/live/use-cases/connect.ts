import { type Clock, iso } from '../../shared/time/clock.ts';
import type { Connection } from '../model.ts';
import type { Connections, Subjects, Tickets } from '../ports.ts';
import { jobsOf } from '../rules/subjects.ts';

/** API Gateway ends every connection after 2 hours (its quotas, "Connection duration"); a quarter of an hour more is for clocks. */
const connectionSeconds = 2 * 3600 + 900;

/** The query string of the address that the client opened. */
export interface ConnectQuery {
  ticket?: string | undefined;
  mode?: string | undefined;
  since?: string | undefined;
}

/** What is no number is no reason to refuse a client: it gets a full status. */
function wishes({ mode, since = '' }: ConnectQuery): Pick<Connection, 'mode' | 'since'> {
  if (mode === 'snapshot') return { mode };
  return /^\d{1,15}$/.test(since) ? { since: Number(since) } : {};
}

/**
 * Opens a connection for whoever holds the ticket; false when the ticket is no good. From here on the subject has a
 * viewer, so every change shows, before the full status is read.
 */
export async function connect(
  deps: { tickets: Tickets; connections: Connections; subjects: Subjects; clock: Clock },
  connectionId: string,
  query: ConnectQuery,
): Promise<boolean> {
  const now = deps.clock.now();
  const seconds = Math.floor(now / 1000);
  const holder = query.ticket ? await deps.tickets.redeem(query.ticket, seconds) : undefined;
  if (!holder) return false;
  const connected = iso(now);
  const expires = seconds + connectionSeconds;
  const { mode, since } = wishes(query);
  const subject = jobsOf(holder.owner);
  // The connection last: it starts the greeting.
  await deps.subjects.enter(subject, { connectionId, ...(mode && { mode }), connected, expires }, seconds);
  const what = { ...(mode && { mode }), ...(since !== undefined && { since }) };
  await deps.connections.open({ connectionId, owner: holder.owner, subjects: [subject], ...what, connected, expires });
  return true;
}
