import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { type DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoConnections, dynamoTickets } from '../../lambdas/live/dynamo-connections.ts';
import { dynamoSubjects } from '../../lambdas/live/dynamo-subjects.ts';
import type { Bundle, Connection, Noted, Viewer } from '../../lambdas/live/model.ts';
import type { Connections, Subjects, Tickets } from '../../lambdas/live/ports.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';
import { liveWorld } from '../support/live-world.ts';
import { aws } from '../support/local.ts';
import { copyOf } from '../support/table-copy.ts';

/** Has something happen between what the next call reads and what it updates; where a call is one step, before it. */
type Amid = (act: () => Promise<unknown>) => Promise<unknown>;
interface Stores {
  tickets: Tickets;
  connections: Connections;
  subjects: Subjects;
  amid: Amid;
}

const table = copyOf('ConnectionsTable');
function inDynamo(): Stores {
  const db = aws.dynamo();
  let due: (() => Promise<unknown>) | undefined;
  const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]) => {
    const act = command instanceof UpdateCommand ? due : undefined;
    if (act) due = undefined;
    await act?.();
    return db.send(command);
  };
  const client = Object.assign(Object.create(db) as DynamoDBDocumentClient, { send });
  return {
    tickets: dynamoTickets(db, table),
    connections: dynamoConnections(db, table),
    subjects: dynamoSubjects(client, table),
    amid: async (act) => (due = act),
  };
}

/** The ports' contract, on memory and on the emulator's DynamoDB: what holds in one holds in the other. */
const stores: [string, () => Stores][] = [
  ['memory', () => ({ ...liveWorld().deps, amid: (act) => act() })],
  ['DynamoDB', inDynamo],
];
const count = (answers: readonly unknown[]) => answers.filter(Boolean).length;

describe.each(stores)('tickets in %s', (_, open) => {
  const { tickets } = open();
  const holder = { owner: 'ana', roles: ['user'] };
  const issued = async (expires: number) => {
    const ticket = randomUUID();
    await tickets.issue(ticket, holder, expires);
    return ticket;
  };

  it('are used up by one, of many at once', async () => {
    const ticket = await issued(100);
    const used = await Promise.all([1, 2, 3, 4].map(() => tickets.redeem(ticket, 99)));
    expect(used.filter(Boolean)).toEqual([holder]);
    expect(await tickets.redeem(ticket, 99)).toBeUndefined();
    expect(await tickets.redeem(randomUUID(), 99)).toBeUndefined();
  });

  it('are over at the second that they name', async () => {
    expect(await tickets.redeem(await issued(100), 100)).toBeUndefined();
  });
});

describe.each(stores)('connections in %s', (_, open) => {
  const { connections } = open();
  const opened = async (): Promise<Connection> => {
    const connection = { connectionId: randomUUID(), owner: 'ana', subjects: ['jobs:ana'], connected: iso(0), expires: 100 };
    await connections.open({ ...connection, seen: { 'jobs:ana': 3 } });
    return { ...connection, seen: { 'jobs:ana': 3 } };
  };

  it('are read back as they were until they are removed', async () => {
    const connection = await opened();
    expect(await connections.get(connection.connectionId)).toEqual(connection);
    await connections.remove(connection.connectionId);
    expect(await connections.get(connection.connectionId)).toBeUndefined();
    await connections.remove(connection.connectionId);
  });

  it('watch each subject once, and nothing when they are gone', async () => {
    const connection = await opened();
    const { connectionId } = connection;
    for (const subject of ['task:t', 'task:t', 'jobs:ana']) await connections.add(connectionId, subject);
    expect(await connections.get(connectionId)).toEqual({ ...connection, subjects: ['jobs:ana', 'task:t'] });
    await connections.remove(connectionId);
    await connections.add(connectionId, 'task:t');
    expect(await connections.get(connectionId)).toBeUndefined();
  });

  it('ask once a second', async () => {
    const [one, other] = [await opened(), await opened()];
    expect([await connections.ask(one, 7), await connections.ask(one, 7)]).toEqual([true, false]);
    expect([await connections.ask(one, 8), await connections.ask(other, 7)]).toEqual([true, true]);
  });
});

describe.each(stores)('subjects in %s', (_, open) => {
  const { subjects, amid } = open();
  const aSubject = () => `jobs:${randomUUID()}`;
  const viewer = (connectionId: string, expires: number, more: Partial<Viewer> = {}): Viewer => {
    return { connectionId, connected: iso(0), expires, ...more };
  };
  const idsOf = async (subject: string, now = 0) =>
    (await subjects.viewers(subject, now)).map(({ connectionId }) => connectionId).toSorted();
  const never = { last: 0, began: 0, beganAt: 0, framedAt: 0, until: 0 };

  it('that nobody ever watched are empty, and rest', async () => {
    const subject = aSubject();
    await subjects.unmark(subject);
    await subjects.leave(subject, 'nobody');
    await subjects.rest(subject, 10, 130);
    expect(await subjects.watch(subject)).toEqual(never);
    expect([await subjects.changes(subject, 9), await subjects.bundles(subject, 9), await idsOf(subject)]).toEqual([[], [], []]);
  });

  it('leave a number out when they come to be watched, and go on as long as the last may stay', async () => {
    const subject = aSubject();
    await subjects.enter(subject, viewer('a', 100), 10);
    await subjects.enter(subject, viewer('b', 50), 20);
    expect(await subjects.watch(subject)).toEqual({ ...never, last: 1, began: 1, beganAt: 10, until: 100 });
    await subjects.enter(subject, viewer('a', 200, { mode: 'snapshot' }), 99);
    expect(await subjects.watch(subject)).toEqual({ ...never, last: 1, began: 1, beganAt: 10, until: 200 });
    expect(await subjects.viewers(subject, 50)).toEqual([viewer('a', 200, { mode: 'snapshot' })]);
    expect(await idsOf(subject, 49)).toEqual(['a', 'b']);
    await subjects.enter(subject, viewer('c', 300), 200);
    expect(await subjects.watch(subject)).toEqual({ ...never, last: 2, began: 2, beganAt: 200, until: 300 });
  });

  it.each(['never', 'before', 'still'])('leave one number out for two who come at once (watched: %s)', async (watched) => {
    const subject = aSubject();
    if (watched !== 'never') await subjects.enter(subject, viewer('a', watched === 'still' ? 25 : 20), 10);
    const last = watched === 'before' ? 2 : 1;
    await amid(() => subjects.enter(subject, viewer('b', 200), 20));
    await subjects.enter(subject, viewer('c', 100), 20);
    expect(await subjects.watch(subject)).toMatchObject({ last, began: last, until: 200 });
    expect(await idsOf(subject, 30)).toEqual(['b', 'c']);
  });

  it('rest when nobody is there, and no later than they would', async () => {
    const subject = aSubject();
    await subjects.enter(subject, viewer('a', 100), 10);
    await subjects.rest(subject, 20, 50);
    expect(await subjects.watch(subject)).toMatchObject({ until: 100 });
    await subjects.leave(subject, 'a');
    await subjects.rest(subject, 20, 50);
    await subjects.rest(subject, 30, 60);
    expect(await subjects.watch(subject)).toMatchObject({ until: 50 });
  });

  it('do not rest when somebody enters meanwhile', async () => {
    const subject = aSubject();
    await subjects.enter(subject, viewer('a', 100), 10);
    await subjects.leave(subject, 'a');
    await amid(() => subjects.enter(subject, viewer('b', 90), 20));
    await subjects.rest(subject, 20, 50);
    expect(await subjects.watch(subject)).toMatchObject({ until: 100 });
    await subjects.leave(subject, 'b');
    await Promise.all([subjects.rest(subject, 20, 50), subjects.enter(subject, viewer('c', 100), 20)]);
    expect(await subjects.watch(subject)).toMatchObject({ until: 100 });
  });

  it('are left by who came for an incarnation that has ended', async () => {
    const subject = aSubject();
    for (const incarnation of [1, 2, 3]) await subjects.enter(subject, viewer(`${incarnation}`, 100, { incarnation }), 10);
    await subjects.enter(subject, viewer('any', 100), 10);
    for (const connectionId of ['1', '2', '3', 'any', 'nobody']) await subjects.leave(subject, connectionId, 2);
    expect(await idsOf(subject)).toEqual(['3']);
    await subjects.leave(subject, '3');
    expect(await idsOf(subject)).toEqual([]);
  });

  const change = (began: number, version: number, jobId = 'j'): Noted => ({ jobId, version, began });
  it.each([
    ['a later version', change(1, 2), change(1, 3), true],
    ['an earlier version', change(1, 2), change(1, 1), false],
    ['an earlier version of a later watching', change(1, 2), change(2, 1), true],
    ['a later version of an earlier watching', change(2, 2), change(1, 3), false],
  ])('keep the last change of a job: %s', async (_what, first, second, isKept) => {
    const subject = aSubject();
    await subjects.note(subject, first, 100);
    await subjects.note(subject, second, 100);
    expect(await subjects.changes(subject, 9)).toEqual([isKept ? second : first]);
  });

  it('keep changes until they are settled as they were read', async () => {
    const subject = aSubject();
    const noted = [change(2, 5, 'a'), change(2, 5, 'b'), change(2, 5, 'c')];
    for (const one of noted) await subjects.note(subject, one, 100);
    expect(await subjects.changes(subject, 2)).toHaveLength(2);
    await subjects.settle(subject, [change(2, 4, 'a'), change(1, 5, 'b'), change(2, 5, 'c'), change(2, 5, 'd')]);
    expect((await subjects.changes(subject, 9)).toSorted((a, b) => (a.jobId < b.jobId ? -1 : 1))).toEqual(noted.slice(0, 2));
  });

  it('gather the same news once, until it is cleared', async () => {
    const subject = aSubject();
    const bundle = (key: string, more: number): Bundle => ({ key, jobs: [], more });
    for (const one of [bundle('a', 1), bundle('b', 2), bundle('a', 3)]) await subjects.gather(subject, one, 100);
    expect(await subjects.bundles(subject, 1)).toHaveLength(1);
    expect((await subjects.bundles(subject, 9)).map(({ more }) => more).toSorted()).toEqual([2, 3]);
    await subjects.clear(subject, [bundle('a', 3)]);
    expect(await subjects.bundles(subject, 9)).toEqual([bundle('b', 2)]);
  });

  it('are marked by one, until the mark is old or taken away', async () => {
    const subject = aSubject();
    const mark = (now: number, stale: number, by: string) => subjects.mark(subject, iso(now), iso(stale), by);
    expect(count(await Promise.all(['a', 'b', 'c'].map((by) => mark(1000, 0, by))))).toBe(1);
    expect(await mark(1100, 0, 'd')).toBe(false);
    expect(await mark(6000, 1000, 'd')).toBe(false);
    expect(await mark(6001, 1001, 'd')).toBe(true);
    expect([await mark(6002, 1002, 'd'), await mark(6003, 1003, 'e')]).toEqual([true, false]);
    await subjects.unmark(subject);
    expect(await mark(6004, 1004, 'e')).toBe(true);
  });

  it('give each number to one', async () => {
    const subject = aSubject();
    expect(count(await Promise.all([1, 2, 3].map(() => subjects.claim(subject, 0, 5))))).toBe(1);
    expect([await subjects.claim(subject, 2, 6), await subjects.claim(subject, 0, 6)]).toEqual([false, false]);
    expect(await subjects.claim(subject, 1, 7)).toBe(true);
    expect(await subjects.watch(subject)).toEqual({ ...never, last: 2, framedAt: 7 });
    await subjects.enter(subject, viewer('a', 100), 10);
    expect([await subjects.claim(subject, 2, 8), await subjects.claim(subject, 3, 9)]).toEqual([false, true]);
    expect(await subjects.watch(subject)).toEqual({ last: 4, began: 3, beganAt: 10, framedAt: 9, until: 100 });
  });

  it('have a log of frames in the order of their numbers', async () => {
    const subject = aSubject();
    for (const n of [11, 9, 8, 12]) await subjects.writeFrame(subject, n, `frame ${n}`, 100);
    expect(await subjects.frames(subject, 9, 11)).toEqual(['frame 9', 'frame 11']);
    expect(await subjects.frames(subject, 10, 9)).toEqual([]);
  });
});
