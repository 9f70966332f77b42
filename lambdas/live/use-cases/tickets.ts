import type { Caller } from '../../shared/auth/caller.ts';
import { type Clock, iso } from '../../shared/time/clock.ts';
import type { Ticket } from '../model.ts';
import type { Secrets, Tickets } from '../ports.ts';

/** Long enough to open a socket, short enough that a ticket found in a log is worth nothing. */
const ticketSeconds = 60;

/** A ticket for the caller, with the address to open; browsers cannot send a token with a WebSocket. */
export async function issueTicket(
  deps: { tickets: Tickets; secrets: Secrets; clock: Clock },
  caller: Caller,
  webSocketUrl: string,
): Promise<Ticket> {
  const ticket = deps.secrets.next();
  const expires = Math.floor(deps.clock.now() / 1000) + ticketSeconds;
  await deps.tickets.issue(ticket, { owner: caller.userId, roles: [...caller.roles] }, expires);
  return { ticket, url: `${webSocketUrl}?ticket=${ticket}`, expires: iso(expires * 1000) };
}
