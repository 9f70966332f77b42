import { log } from '../log.ts';
import type { Clock } from '../time/clock.ts';
import type { RateLimits } from './model.ts';

/** Where the theoretical arrival times are kept (GCRA), each in ms since the epoch. */
export interface ArrivalStore {
  /**
   * Moves the arrival time of `key` on by `cost` ms, from now at the earliest, unless that would take it beyond `latest`.
   * Answers the time as it is then, or as it stays.
   */
  advance(key: string, cost: number, now: number, latest: number): Promise<{ ok: boolean; at: number }>;
}

type Kind = keyof RateLimits;

export interface Verdict {
  kind: Kind;
  allowed: boolean;
  /** Requests that are left at once. */
  remaining: number;
  /** Seconds until one more may come (refused), or until all are back. */
  seconds: number;
}

export type Limiter = (userId: string, kind: Kind) => Promise<Verdict | undefined>;

/** A function takes requests of a user in lots of a twentieth of the burst, so that most of them cost no write; a lot is good for ten seconds. */
const lotsOfBurst = 20;
const lotMs = 10_000;
/** Users that a function remembers. */
const mostKept = 1000;

/** The generic cell rate algorithm for each user and kind. Undefined when the table fails: then everybody is let through. */
export function limiter(store: ArrivalStore, limits: RateLimits, clock: Clock): Limiter {
  const lots = new Map<string, { left: number; until: number; at: number }>();
  const refusedUntil = new Map<string, number>();
  return async (userId, kind) => {
    const { perMinute, burst } = limits[kind];
    const interval = 60_000 / perMinute;
    const key = `${kind}#${userId}`;
    const now = clock.now();
    const verdict = (at: number, left: number): Verdict => {
      const free = Math.max(0, Math.floor((now + burst * interval - Math.max(now, at)) / interval + 1e-6));
      return { kind, allowed: true, remaining: free + left, seconds: Math.ceil(Math.max(0, at - now) / 1000) };
    };
    const refused = (until: number): Verdict => ({
      kind,
      allowed: false,
      remaining: 0,
      seconds: Math.max(1, Math.ceil((until - now) / 1000)),
    });

    const lot = lots.get(key);
    if (lot !== undefined && lot.left > 0 && lot.until > now) {
      lot.left -= 1;
      return verdict(lot.at, lot.left);
    }
    const shut = refusedUntil.get(key);
    if (shut !== undefined && shut > now) return refused(shut);
    try {
      for (const size of new Set([Math.max(1, Math.floor(burst / lotsOfBurst)), 1])) {
        const { ok, at } = await store.advance(key, size * interval, now, now + burst * interval);
        if (ok) {
          keep(lots, key, { left: size - 1, until: now + lotMs, at });
          return verdict(at, size - 1);
        }
        if (size > 1) continue;
        const until = at + interval - burst * interval;
        keep(refusedUntil, key, until);
        return refused(until);
      }
    } catch (error) {
      log.error('rates cannot be limited', { error, metric: 'RateLimiterFailed' });
    }
    return undefined;
  };
}

function keep<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= mostKept) map.clear();
  map.set(key, value);
}
