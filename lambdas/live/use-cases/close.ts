import type { Clock } from '../../shared/time/clock.ts';
import type { Connections, Subjects } from '../ports.ts';
import { lingerSeconds } from '../rules/subjects.ts';

/** A viewer leaves; the last one leaves the subject watched for a while. */
export async function leave(deps: { subjects: Subjects; clock: Clock }, subject: string, connectionId: string): Promise<void> {
  const now = Math.floor(deps.clock.now() / 1000);
  await deps.subjects.leave(subject, connectionId);
  await deps.subjects.rest(subject, now, now + lingerSeconds);
}

/**
 * Removes a connection and its viewers; one that is gone already is no error. The connection last: while it is there,
 * whoever tries again knows what else to remove.
 */
export async function close(deps: { connections: Connections; subjects: Subjects; clock: Clock }, connectionId: string): Promise<void> {
  const connection = await deps.connections.get(connectionId);
  for (const subject of connection?.subjects ?? []) await leave(deps, subject, connectionId);
  await deps.connections.remove(connectionId);
}
