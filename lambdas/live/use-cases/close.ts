import type { Clock } from '../../shared/time/clock.ts';
import type { Connections, Subjects } from '../ports.ts';
import { lingerSeconds } from '../rules/subjects.ts';

interface Deps {
  subjects: Subjects;
  clock: Clock;
}

/** Viewers leave (of a task that ended: who came for it, not for a later incarnation); the last one leaves the subject watched for a while. */
export async function leave(deps: Deps, subject: string, connectionIds: readonly string[], upTo?: number): Promise<void> {
  const now = Math.floor(deps.clock.now() / 1000);
  await Promise.all(connectionIds.map((connectionId) => deps.subjects.leave(subject, connectionId, upTo)));
  await deps.subjects.rest(subject, now, now + lingerSeconds);
}

/**
 * Removes a connection and its viewers; one that is gone already is no error. The connection last: while it is there,
 * whoever tries again knows what else to remove.
 */
export async function close(deps: Deps & { connections: Connections }, connectionId: string): Promise<void> {
  const connection = await deps.connections.get(connectionId);
  for (const subject of connection?.subjects ?? []) await leave(deps, subject, [connectionId]);
  await deps.connections.remove(connectionId);
}
