import type { Settings } from '../../dispatch/model.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Write } from '../../shared/table/write.ts';
import type { Task } from '../model.ts';

export type WorkTimes = Pick<Settings, 'chunkSeconds'>;
type Work = NonNullable<Task['work']>;

/** From its last sign of life on work has the time of so many chunks before another execution takes it up. */
const lease = 2.5;
/** So much of that is left whenever a chunk begins: its function is over before the lease is, by whichever of two clocks. */
const leastLeft = 1.5;

const leaseEnd = (now: number, { chunkSeconds }: WorkTimes): string => iso(now + lease * chunkSeconds * 1000);

/** What a write sets with which a piece of work begins; the table's stream starts its execution. */
export const begun = (
  work: Work,
  workNumber: number,
  now: number,
  times: WorkTimes,
): Pick<Task, 'work' | 'workNumber' | 'workUntil'> & { workNumber: number } => ({ work, workNumber, workUntil: leaseEnd(now, times) });

/** Too little is left for a chunk. */
export const isShort = ({ workUntil }: Task, now: number, { chunkSeconds }: WorkTimes): boolean =>
  workUntil === undefined || ms(workUntil) - now < leastLeft * chunkSeconds * 1000;

/** Its execution lives. What was sent earlier and comes later takes nothing from those that renewed meanwhile. */
export const renew = ({ workNumber }: Task, now: number, times: WorkTimes): Write => ({
  when: [
    { attr: 'workNumber', is: workNumber },
    { attr: 'work', present: true },
    { attr: 'workUntil', below: leaseEnd(now, times) },
  ],
  set: { workUntil: leaseEnd(now, times) },
});

/**
 * Nobody has worked for a whole lease: the same work gets another number, and by it another execution. The one before, should
 * it live, finds that the number is not its own. Refused where it has gone on since, or another piece of work has begun: both
 * make the lease longer.
 */
export const takeUp = ({ work, workNumber, workUntil }: Task, now: number, times: WorkTimes): Write => ({
  when: [
    { attr: 'work', present: true },
    { attr: 'workUntil', is: workUntil! },
  ],
  set: begun(work!, workNumber + 1, now, times),
});
