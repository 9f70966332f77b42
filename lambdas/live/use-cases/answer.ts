import type { Clock } from '../../shared/time/clock.ts';
import { type Frame, Message } from '../model.ts';
import type { Connections, Push } from '../ports.ts';
import { fault, pong } from '../rules.ts';

const howTo = 'Send {"action":"ping"} or {"action":"subscribe","subjects":{"jobs":<number of the last frame seen>}}.';

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function answerTo(deps: { connections: Connections; clock: Clock }, connectionId: string, text: string): Promise<Frame | undefined> {
  const message = Message.safeParse(read(text));
  if (!message.success) return fault(`This was not understood. ${howTo}`);
  if (message.data.action === 'ping') return pong;
  const connection = await deps.connections.get(connectionId);
  if (!connection) return fault('This connection is over. Get a new ticket and connect again.');
  const isAsked = await deps.connections.ask(connection, Math.floor(deps.clock.now() / 1000));
  return isAsked ? undefined : fault('A full status is sent once a second at most, and one is on its way.');
}

/** Answers what a client sent; the full status after `subscribe` follows from the table's stream. It never closes the connection. */
export async function answer(
  deps: { connections: Connections; push: Push; clock: Clock },
  connectionId: string,
  text: string,
): Promise<void> {
  const frame = await answerTo(deps, connectionId, text);
  if (frame) await deps.push.post(connectionId, JSON.stringify(frame));
}
