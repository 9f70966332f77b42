import type { ChunksChanged } from '../../shared/events/events.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import { takenUpMessage } from '../model.ts';
import { takeUp } from '../rules/work.ts';
import type { Deps } from './deps.ts';

export interface SweepDeps extends Pick<Deps, 'tasks' | 'clock' | 'settings'> {
  /** Has a task counted. */
  recount(notice: ChunksChanged): Promise<void>;
  /** Tells an operator. */
  report(message: string, fields: Record<string, unknown>): void;
}

/** Tasks that one sweep looks at, the longest overdue first; the next comes in a minute. */
const mostTasks = 100;

/**
 * Finds tasks on which nobody has worked for the time of a lease: their execution died, never began, or ended with a fault. It is
 * taken up by another. Where the work was done and only the count behind it is missing, that is ordered. Answers how many it found.
 */
export async function sweepTasks(deps: SweepDeps): Promise<number> {
  let found = 0;
  for (const taskId of await deps.tasks.unattended(iso(deps.clock.now()), mostTasks))
    try {
      if (await attend(deps, taskId)) found += 1;
    } catch (error) {
      deps.report('a task could not be swept', { taskId, error }); // and keeps no other from its turn
    }
  return found;
}

async function attend(deps: SweepDeps, taskId: string): Promise<boolean> {
  const task = await deps.tasks.get(taskId);
  const now = deps.clock.now();
  if (task?.workUntil === undefined || ms(task.workUntil) >= now) return false; // the index is late
  if (task.work === undefined) {
    await deps.recount({ taskId, chunks: [], at: iso(now) });
    return true;
  }
  const { ok } = await deps.tasks.update(taskId, takeUp(task, now, deps.settings));
  if (ok) deps.report(takenUpMessage, { taskId, work: task.work, workNumber: task.workNumber, fault: task.fault });
  return ok;
}
