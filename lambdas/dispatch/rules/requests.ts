import { ms } from '../../shared/time/clock.ts';
import type { RequestRecord } from '../model.ts';

const keptSeconds = 7 * 24 * 3600;

/** When a record made at `created` stops to count, in seconds since the epoch. */
export const expiresAt = (created: string): number => Math.floor(ms(created) / 1000) + keptSeconds;

/** TTL deletes late: whether a record still counts is what it says, not that it is there. */
export const stillCounts = (record: RequestRecord, now: number): boolean => record.expires > Math.floor(now / 1000);
