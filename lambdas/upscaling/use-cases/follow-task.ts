import { isOver, type Task } from '../model.ts';
import type { TaskChange } from '../rules/events.ts';
import { closedBy } from '../rules/share.ts';
import type { Deps } from './deps.ts';
import { familyOf } from './family.ts';
import { settleShare } from './stop.ts';

export interface FollowDeps extends Pick<Deps, 'starter'> {
  core: Pick<Deps['core'], 'closeShare' | 'want'>;
  /** Puts the events of these changes on the bus; returns the changes whose events were not taken. */
  publish(changes: readonly TaskChange[]): Promise<TaskChange[]>;
  /** Keeps what could not be done, for people to redrive. */
  park(change: TaskChange, reason: string): Promise<void>;
}

/** A task with a piece of work has an execution. What becomes of one that dies, or ends with a fault, is the sweep's. */
async function startWork({ starter }: Pick<Deps, 'starter'>, task: Task | undefined): Promise<void> {
  if (task?.work !== undefined) await starter.start(task.taskId, task.workNumber);
}

/** Who changes what closes a share settles it, and wakes the lane of one that is opened: this is for those who die before they do. */
async function followShare(deps: FollowDeps, { before, after }: TaskChange): Promise<void> {
  if (before === undefined || after === undefined || closedBy(before) === closedBy(after)) return;
  await settleShare(deps, after);
  // Nobody looks at a lane in which every share was closed.
  if (closedBy(after) === undefined && !isOver(after.status)) await deps.core.want(familyOf(after));
}

/** What follows from a batch of changes. Nothing is thrown for one of them: what fails is parked, the rest goes on. */
export async function followTasks(deps: FollowDeps, changes: readonly TaskChange[]): Promise<void> {
  for (const change of changes) {
    const parked = (what: string) => (error: unknown) => deps.park(change, `${what}: ${String(error)}`);
    await startWork(deps, change.after).catch(parked('work'));
    await followShare(deps, change).catch(parked('share'));
  }
  for (const change of await deps.publish(changes)) await deps.park(change, 'events: refused by the bus');
}
