import type { Clock } from '../../shared/time/clock.ts';
import { type Connection, type Frame, Message, mostSubjects } from '../model.ts';
import type { Connections, Push, Subjects, Tasks } from '../ports.ts';
import { fault, noSuchTask, pong } from '../rules/frames.ts';
import { nameOf, subjectNamed, taskOf } from '../rules/subjects.ts';

interface Deps {
  connections: Connections;
  subjects: Pick<Subjects, 'watch' | 'enter'>;
  tasks: Pick<Tasks, 'read'>;
  clock: Clock;
}

const howTo =
  'Send {"action":"ping"} or {"action":"subscribe","subjects":{"jobs":<number of the last frame seen>,"task:<id>":<the same>}}.';

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function lastOf({ subjects }: Deps, connection: Connection): Promise<Record<string, number>> {
  const last = connection.subjects.map(async (subject) => [nameOf(subject), (await subjects.watch(subject)).last] as const);
  return Object.fromEntries(await Promise.all(last));
}

/** From here on the connection is among the viewers. The subscription of a task may have ended: it begins anew. */
async function enter(
  deps: Deps,
  { connectionId, mode, connected, expires, subjects }: Connection,
  subject: string,
  incarnation: number | undefined,
): Promise<void> {
  if (!subjects.includes(subject)) await deps.connections.add(connectionId, subject); // first: whoever closes it knows what to leave
  const viewer = { connectionId, ...(mode && { mode }), ...(incarnation !== undefined && { incarnation }), connected, expires };
  await deps.subjects.enter(subject, viewer, Math.floor(deps.clock.now() / 1000));
}

/** Nothing is entered before all is known to be the caller's. */
async function subscribe(deps: Deps, connection: Connection, named: Readonly<Record<string, number>>): Promise<Frame | undefined> {
  const seen = Object.fromEntries(Object.entries(named).map(([name, n]) => [subjectNamed(name, connection.owner), n]));
  const subjects = Object.keys(seen);
  const incarnations = new Map<string, number>();
  for (const subject of subjects) {
    const taskId = taskOf(subject);
    if (taskId === undefined) continue;
    const task = await deps.tasks.read(taskId);
    if (task?.owner !== connection.owner) return noSuchTask(taskId);
    incarnations.set(subject, task.incarnation);
  }
  if (new Set([...connection.subjects, ...subjects]).size > mostSubjects)
    return fault(`A connection watches ${mostSubjects} tasks at most. Get a new ticket for another connection.`);
  for (const subject of subjects) await enter(deps, connection, subject, incarnations.get(subject));
  const isAsked = await deps.connections.ask({ ...connection, subjects, seen }, Math.floor(deps.clock.now() / 1000));
  return isAsked ? undefined : fault('A status is sent once a second at most, and one is on its way.');
}

async function answerTo(deps: Deps, connectionId: string, text: string): Promise<Frame | undefined> {
  const message = Message.safeParse(read(text));
  if (!message.success) return fault(`This was not understood. ${howTo}`);
  const connection = await deps.connections.get(connectionId);
  if (!connection) return fault('This connection is over. Get a new ticket and connect again.');
  if (message.data.action === 'ping') return pong(await lastOf(deps, connection));
  return subscribe(deps, connection, message.data.subjects);
}

/** Answers what a client sent; the status after `subscribe` follows from the table's stream. It never closes the connection. */
export async function answer(deps: Deps & { push: Push }, connectionId: string, text: string): Promise<void> {
  const frame = await answerTo(deps, connectionId, text);
  if (frame) await deps.push.post(connectionId, JSON.stringify(frame));
}
