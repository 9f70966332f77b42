import type { Task } from '../model.ts';
import type { Deps } from './deps.ts';

/** What follows from a change of a task: a new piece of work is started. */
export async function followTask(deps: Pick<Deps, 'starter'>, before: Task | undefined, after: Task | undefined): Promise<void> {
  if (after?.work !== undefined && after.workNumber !== before?.workNumber) await deps.starter.start(after.taskId, after.workNumber);
}
