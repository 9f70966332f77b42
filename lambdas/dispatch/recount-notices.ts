import type { ChunksChanged } from '../shared/events/events.ts';
import { iso, type Clock } from '../shared/time/clock.ts';

/** A recount comes so long after its notice ... */
export const recountSeconds = 2;
/** ... and counts what changes meanwhile, but for the last half second: clocks differ. */
const coveredMs = 1500;
/** Chunks that are remembered; of others a notice more is sent. */
const mostChunks = 10_000;

/**
 * Sends a notice of changed chunks, but for those of which one is on its way that was sent less than 1.5 s ago: its recount reads
 * their jobs when all of this is over. `at` of a notice is therefore the end of that time, not its beginning.
 */
export function gathered(clock: Clock, send: (notice: ChunksChanged) => Promise<void>): (notice: ChunksChanged) => Promise<void> {
  const coveredUntil = new Map<string, number>();
  return async ({ taskId, chunks }) => {
    const now = clock.now();
    const untold = chunks.filter((chunk) => (coveredUntil.get(`${taskId}#${chunk}`) ?? 0) <= now);
    if (untold.length === 0) return;
    const until = now + coveredMs;
    await send({ taskId, chunks: untold, at: iso(until) });
    if (coveredUntil.size > mostChunks) coveredUntil.clear();
    for (const chunk of untold) coveredUntil.set(`${taskId}#${chunk}`, until);
  };
}
