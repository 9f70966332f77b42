import { describe, expect, it } from '@jest/globals';
import { answer } from '../../../lambdas/live/use-cases/answer.ts';
import { liveWorld } from '../../support/live-world.ts';

async function setting() {
  const world = liveWorld();
  await world.viewer('c1');
  return { ...world, says: (text: string) => answer(world.deps, 'c1', text) };
}

describe('what a client sends', () => {
  it('ping is answered by pong, which names the last frame', async () => {
    const { says, got, state } = await setting();
    state('jobs:ana').n = 7;
    await says('{"action":"ping"}');
    expect(got('c1')).toEqual([{ type: 'pong', data: null, message: null, subjects: { jobs: 7 } }]);
  });

  it('subscribe asks for the status since a frame, once a second at most', async () => {
    const { says, got, time, asked } = await setting();
    await says('{"action":"subscribe","subjects":{"jobs":12}}');
    expect(got('c1')).toEqual([]);
    await says('{"action":"subscribe","subjects":{"jobs":12}}');
    expect(got('c1').map(({ type }) => type)).toEqual(['error']);
    expect(asked()).toMatchObject([{ connectionId: 'c1', subjects: ['jobs:ana'], seen: { 'jobs:ana': 12 } }]);
    time.ms += 1000;
    await says('{"action":"subscribe","subjects":{"jobs":12}}');
    expect(got('c1')).toHaveLength(1);
  });

  it.each([
    'no json',
    '',
    'null',
    '[]',
    '{"action":"fly"}',
    '{"action":"subscribe"}',
    '{"action":"subscribe","subjects":{"jobs":-1}}',
    '{"action":"subscribe","subjects":{"jobs:bo":0}}',
  ])('%p is answered by an error that says what can be sent, and the connection stays', async (text) => {
    const { says, got, connections } = await setting();
    await says(text);
    expect(got('c1')).toEqual([{ type: 'error', data: null, message: expect.stringContaining('{"action":"ping"}') }]);
    expect(connections.has('c1')).toBe(true);
  });

  it('subscribe on a connection that is not known any more says what to do', async () => {
    const { says, got, connections } = await setting();
    connections.clear();
    await says('{"action":"subscribe","subjects":{"jobs":0}}');
    expect(got('c1')).toEqual([{ type: 'error', data: null, message: expect.stringContaining('new ticket') }]);
  });
});
