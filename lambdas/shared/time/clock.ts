/** Time as a port: milliseconds since the epoch. */
export interface Clock {
  now(): number;
}

/** RFC 3339 in UTC with milliseconds; sorts as text, which conditions on stored times rely on. */
export const iso = (ms: number): string => new Date(ms).toISOString();

/** Milliseconds since the epoch of an RFC 3339 time. */
export const ms = (time: string): number => Date.parse(time);
