import { type Clock, iso } from '../../shared/time/clock.ts';
import type { Connections, Tickets } from '../ports.ts';
import { jobsOf } from '../rules.ts';

/** API Gateway ends every connection after 2 hours (its quotas, "Connection duration"); a quarter of an hour more is for clocks. */
const connectionSeconds = 2 * 3600 + 900;

/**
 * Opens a connection for whoever holds the ticket; false when the ticket is no good. From here on the subject has a
 * viewer, so every change shows, before the full status is read.
 */
export async function connect(
  deps: { tickets: Tickets; connections: Connections; clock: Clock },
  connectionId: string,
  ticket: string | undefined,
): Promise<boolean> {
  const now = deps.clock.now();
  const seconds = Math.floor(now / 1000);
  const holder = ticket ? await deps.tickets.redeem(ticket, seconds) : undefined;
  if (!holder) return false;
  await deps.connections.open({
    connectionId,
    owner: holder.owner,
    subjects: [jobsOf(holder.owner)],
    connected: iso(now),
    expires: seconds + connectionSeconds,
  });
  return true;
}
