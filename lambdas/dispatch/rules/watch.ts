import { iso, ms } from '../../shared/time/clock.ts';
import type { Condition, Write } from '../../shared/table/write.ts';
import type { Lane } from '../model.ts';

/** How long a lane is watched after somebody looked, and how much of that has passed before a look is written down again. */
const watchMs = 120_000;
const renewMs = 60_000;

/** Until when the lane is watched (ms since the epoch); 0 if it never was. */
export const watchedUntil = (lane: Lane): number => (lane.watchedUntil === undefined ? 0 : ms(lane.watchedUntil));

/** Somebody looks: the lane is watched from now on. Undefined when that was written within the last minute. */
export function renewWatch(lane: Lane, now: number): Write | undefined {
  const fresh = now + watchMs - renewMs;
  if (watchedUntil(lane) > fresh) return undefined;
  const { watchedUntil: seen } = lane;
  const unchanged: Condition = seen === undefined ? { attr: 'watchedUntil', absent: true } : { attr: 'watchedUntil', is: seen };
  return { when: [unchanged], set: { watchedUntil: iso(now + watchMs) } };
}
