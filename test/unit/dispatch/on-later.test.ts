import { expect, it, jest } from '@jest/globals';

let ended = false;
jest.unstable_mockModule('../../../lambdas/dispatch/bind.ts', () => ({ bind: () => ({ deps: {} }) }));
jest.unstable_mockModule('../../../lambdas/dispatch/use-cases/poll-lane.ts', () => ({
  pollLane: async (_: unknown, laneId: string) => {
    if (laneId === 'a') throw new Error('throttled');
    await new Promise((resolve) => setImmediate(resolve));
    ended = true;
  },
}));

it('on-later answers only when no lane is in flight: what is would freeze with a valid-looking claim', async () => {
  const { handler } = await import('../../../lambdas/dispatch/on-later.ts');
  await handler({ Records: [{ messageId: '1', body: JSON.stringify({ kind: 'poll', laneIds: ['a', 'b'] }) }] } as never);
  expect(ended).toBe(true);
});
