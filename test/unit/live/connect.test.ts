import { describe, expect, it } from '@jest/globals';
import { connect } from '../../../lambdas/live/use-cases/connect.ts';
import { noteChanges } from '../../../lambdas/live/use-cases/note-changes.ts';
import { issueTicket } from '../../../lambdas/live/use-cases/tickets.ts';
import { aJob, liveWorld } from '../../support/live-world.ts';

const ana = { userId: 'ana', issuer: 'i', subject: 's', roles: ['user'] as const };

async function withTicket() {
  const world = liveWorld();
  const answer = await issueTicket({ ...world.deps, secrets: { next: () => 'secret' } }, ana, 'wss://host/job_status');
  return { ...world, answer };
}

describe('a ticket', () => {
  it('comes with the address to open and the time until which it works', async () => {
    const { answer } = await withTicket();
    expect(answer).toEqual({ ticket: 'secret', url: 'wss://host/job_status?ticket=secret', expires: '2026-01-02T03:05:05.000Z' });
  });

  it('opens one connection, of its holder, and no second one', async () => {
    const { deps, connections } = await withTicket();
    expect(await connect(deps, 'c1', { ticket: 'secret' })).toBe('opened');
    expect(await connect(deps, 'c2', { ticket: 'secret' })).toBe('no ticket');
    expect([...connections.values()].map(({ connectionId, owner }) => [connectionId, owner])).toEqual([['c1', 'ana']]);
  });

  it('is over after 60 seconds', async () => {
    const { deps, time, connections } = await withTicket();
    time.ms += 60_000;
    expect(await connect(deps, 'c1', { ticket: 'secret' })).toBe('no ticket');
    expect(connections.size).toBe(0);
  });

  it.each([undefined, '', 'another'])('is needed: %p is refused', async (ticket) => {
    const { deps } = await withTicket();
    expect(await connect(deps, 'c1', { ticket })).toBe('no ticket');
  });
});

it('a change right after $connect waits for the new viewer, before its full status is read', async () => {
  const { deps, state, queue } = await withTicket();
  await connect(deps, 'c1', { ticket: 'secret' });
  await noteChanges(deps, [{ before: undefined, after: aJob() }]);
  expect([...state('jobs:ana').changes.keys()]).toEqual(['job-1']);
  expect(queue).toEqual(['jobs:ana']);
});

it('a connection is remembered for no more than the gateway keeps it, and a margin', async () => {
  const { deps, time, connections } = await withTicket();
  await connect(deps, 'c1', { ticket: 'secret' });
  const seconds = connections.get('c1')!.expires - time.ms / 1000;
  expect(seconds).toBeGreaterThan(7200);
  expect(seconds).toBeLessThan(9000);
});

it.each([
  [{ since: '17' }, { seen: { 'jobs:ana': 17 } }],
  [{ mode: 'snapshot', since: '17' }, { mode: 'snapshot' }],
  [{ since: '-1' }, {}],
  [{ since: 'x', mode: 'y' }, {}],
])('the address may say %p, and the connection knows %p', async (query, known) => {
  const { deps, connections } = await withTicket();
  await connect(deps, 'c1', { ticket: 'secret', ...query });
  const { mode, seen } = connections.get('c1')!;
  expect({ ...(mode && { mode }), ...(seen && { seen }) }).toEqual(known);
});
