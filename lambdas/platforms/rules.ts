import { ms } from '../shared/time/clock.ts';
import type { Platform, PlatformHealth, PlatformRecord, RegisteredPlatform } from './model.ts';
import type { LaneView } from './ports.ts';

/** What a lane's state says of its platform at `now` (ms since the epoch). */
export function healthOf(lane: LaneView | undefined, now: number): PlatformHealth {
  if (!lane) return { status: 'unknown' };
  const { lastSeenAt, reason, closedUntil, failures } = lane;
  const seen = lastSeenAt === undefined ? {} : { lastSeenAt };
  const why = reason === undefined ? {} : { reason };
  if (closedUntil !== undefined && ms(closedUntil) > now) return { status: 'closed', ...seen, ...why, nextAttemptAt: closedUntil };
  // A lane whose closing is over stays suspect until the platform has answered again, which clears it.
  if (failures > 0 || closedUntil !== undefined) return { status: 'degraded', ...seen, ...why };
  return { status: lastSeenAt === undefined ? 'unknown' : 'ok', ...seen };
}

const plainUrl = (url: string): string | undefined => (URL.canParse(url) ? new URL(url).href.replace(/\/+$/, '') : undefined);

/** The platform with this id or this base URL, with or without a slash at its end. */
export function findPlatform<P extends Platform>(platforms: readonly P[], idOrUrl: string): P | undefined {
  const url = plainUrl(idOrUrl);
  return platforms.find(({ id, baseUrl }) => id === idOrUrl || (url !== undefined && plainUrl(baseUrl) === url));
}

/** The platforms of these rows, without those that were removed. */
export const registered = (records: readonly PlatformRecord[]): RegisteredPlatform[] =>
  records.flatMap(({ entry, state, version }) => (state === 'removed' ? [] : [{ ...entry, state, version }]));
