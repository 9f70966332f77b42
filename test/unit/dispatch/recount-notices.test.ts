import { expect, it } from '@jest/globals';
import { gathered } from '../../../lambdas/dispatch/recount-notices.ts';
import type { ChunksChanged } from '../../../lambdas/shared/events/events.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';

const time = { now: Date.parse('2026-03-01T12:00:00.000Z') };
const clock = { now: () => time.now };
const notice = (...chunks: number[]): ChunksChanged => ({ taskId: 'task', chunks, at: iso(time.now) });

it('A chunk is told of once as long as the recount that follows counts what has changed since', async () => {
  const sent: ChunksChanged[] = [];
  const tell = gathered(clock, async (one) => void sent.push(one));
  await tell(notice(0, 1));
  const at = iso(time.now + 1500);
  expect(sent).toEqual([{ taskId: 'task', chunks: [0, 1], at }]);
  time.now += 1499;
  await tell(notice(1));
  await tell(notice(0, 2));
  await tell({ ...notice(0), taskId: 'other' });
  expect(sent.slice(1).map(({ taskId, chunks }) => [taskId, ...chunks])).toEqual([
    ['task', 2],
    ['other', 0],
  ]);
  time.now += 1;
  await tell(notice(0, 1, 2));
  expect(sent.at(-1)).toEqual({ taskId: 'task', chunks: [0, 1], at: iso(time.now + 1500) });
});

it('A notice that could not be sent covers nothing', async () => {
  const sent: ChunksChanged[] = [];
  let works = false;
  const tell = gathered(clock, async (one) => (works ? void sent.push(one) : Promise.reject(new Error('throttled'))));
  await expect(tell(notice(0))).rejects.toThrow('throttled');
  works = true;
  await tell(notice(0));
  expect(sent).toHaveLength(1);
});
