import type { Clock } from '../../shared/time/clock.ts';
import { type Frame, Message } from '../model.ts';
import type { Connections, Push, Subjects } from '../ports.ts';
import { fault, pong } from '../rules/frames.ts';

interface Deps {
  connections: Connections;
  subjects: Pick<Subjects, 'watch'>;
  clock: Clock;
}

const howTo = 'Send {"action":"ping"} or {"action":"subscribe","subjects":{"jobs":<number of the last frame seen>}}.';

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerTo(deps: Deps, connectionId: string, text: string): Promise<Frame | undefined> {
  const message = Message.safeParse(read(text));
  if (!message.success) return fault(`This was not understood. ${howTo}`);
  const connection = await deps.connections.get(connectionId);
  if (!connection) return fault('This connection is over. Get a new ticket and connect again.');
  if (message.data.action === 'ping') return pong((await deps.subjects.watch(connection.subjects[0]!)).last);
  const asked = { ...connection, since: message.data.subjects.jobs };
  const isAsked = await deps.connections.ask(asked, Math.floor(deps.clock.now() / 1000));
  return isAsked ? undefined : fault('A status is sent once a second at most, and one is on its way.');
}

/** Answers what a client sent; the status after `subscribe` follows from the table's stream. It never closes the connection. */
export async function answer(deps: Deps & { push: Push }, connectionId: string, text: string): Promise<void> {
  const frame = await answerTo(deps, connectionId, text);
  if (frame) await deps.push.post(connectionId, JSON.stringify(frame));
}
