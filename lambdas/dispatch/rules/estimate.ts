import type { Platform } from '../../platforms/model.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Lane } from '../model.ts';
import { tokensNow } from './lane.ts';

/** Old jobs count for this many in the mean: it follows when jobs become longer or shorter. */
const remembered = 20;

/** The mean after further jobs; undefined where nothing changes. Seconds. */
export function meanSeconds(before: number | undefined, seen: readonly number[]): number | undefined {
  if (seen.length === 0) return undefined;
  const mean = seen.reduce((sum, seconds) => sum + seconds, 0) / seen.length;
  const weight = before === undefined ? 1 : seen.length / (seen.length + remembered);
  return Math.round(((before ?? 0) * (1 - weight) + mean * weight) * 10) / 10;
}

export interface Estimate {
  estimatedStart: string;
  basis: string;
}

/**
 * When the turn of the job at `position` (1 is next) may come: its token, or the place that is free after those before it have
 * ended, whichever is later. Undefined where the running limit decides and no job has ended yet that tells how long one takes.
 */
export function estimateStart(lane: Lane, limits: Platform['limits'], position: number, now: number): Estimate | undefined {
  const opens = Math.max(now, ...[lane.nextAt, lane.closedUntil].flatMap((time) => (time === undefined ? [] : ms(time))));
  const missing = Math.max(0, position - Math.floor(tokensNow(lane, limits, opens)));
  const byRate = limits.startsPerMinute === undefined ? 0 : (missing * 60_000) / limits.startsPerMinute;
  const waiting = limits.running === undefined ? 0 : position - Math.max(0, limits.running - (lane.slots?.size ?? 0));
  if (waiting > 0 && lane.jobSeconds === undefined) return undefined;
  const byPlace = waiting <= 0 ? 0 : (waiting / limits.running!) * lane.jobSeconds! * 1000;
  const basis =
    byPlace > byRate
      ? `Jobs that must end first: ${waiting}; ${limits.running} may run at once, and take ${Math.round(lane.jobSeconds!)} s each.`
      : byRate > 0
        ? `The platform allows ${limits.startsPerMinute} starts a minute.`
        : 'The platform has room.';
  return { estimatedStart: iso(opens + Math.max(byRate, byPlace)), basis };
}
