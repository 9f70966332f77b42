import type { Task } from '../model.ts';
import type { Deps } from './deps.ts';

/**
 * What follows from a change of a task with a piece of work: its execution is there. One that ended with a fault is followed
 * by another when the task changes once more, as when its owner pauses and resumes it.
 */
export async function followTask(deps: Pick<Deps, 'starter'>, before: Task | undefined, after: Task | undefined): Promise<void> {
  if (after?.work === undefined) return;
  if (after.fault === undefined) await deps.starter.start(after.taskId, after.workNumber);
  else if (before?.fault !== undefined) await deps.starter.start(after.taskId, after.workNumber, after.version);
}
