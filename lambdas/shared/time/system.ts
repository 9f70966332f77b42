import type { Clock } from './clock.ts';

/** The machine's clock; only entry points and adapters bind it. */
export const systemClock: Clock = { now: () => Date.now() };
