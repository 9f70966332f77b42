import type { Task } from '../model.ts';
import type { TaskChange } from '../rules/events.ts';
import type { Deps } from './deps.ts';

export interface FollowDeps extends Pick<Deps, 'starter'> {
  /** Puts the events of these changes on the bus; returns the changes whose events were not taken. */
  publish(changes: readonly TaskChange[]): Promise<TaskChange[]>;
  /** Keeps what could not be done, for people to redrive. */
  park(change: TaskChange, reason: string): Promise<void>;
}

/** A task with a piece of work has an execution. What becomes of one that dies, or ends with a fault, is the sweep's. */
async function startWork({ starter }: Pick<Deps, 'starter'>, task: Task | undefined): Promise<void> {
  if (task?.work !== undefined) await starter.start(task.taskId, task.workNumber);
}

/** What follows from a batch of changes. Nothing is thrown for one of them: what fails is parked, the rest goes on. */
export async function followTasks(deps: FollowDeps, changes: readonly TaskChange[]): Promise<void> {
  for (const change of changes) await startWork(deps, change.after).catch((error: unknown) => deps.park(change, `work: ${String(error)}`));
  for (const change of await deps.publish(changes)) await deps.park(change, 'events: refused by the bus');
}
