import { iso } from '../../shared/time/clock.ts';
import { isOver, openStatuses, type Paused, type Task } from '../model.ts';
import { closedBy } from '../rules/share.ts';
import { begun } from '../rules/work.ts';
import type { Deps } from './deps.ts';
import { familyOf } from './family.ts';
import { noSuchTask } from './owned-tasks.ts';

export type ControlDeps = Pick<Deps, 'tasks' | 'core' | 'clock' | 'settings'>;

export const isOpen = { attr: 'status', in: openStatuses } as const;

/** Makes the share of a task what this version of it says, closed or open, unless a newer one has said something already. */
export const settleShare = ({ core }: { core: Pick<Deps['core'], 'closeShare'> }, task: Task): Promise<void> =>
  core.closeShare(familyOf(task), closedBy(task), task.version);

/** Once this returns nothing more of the task is let go. If it dies in between, the share follows with the change of the task. */
export async function stopTask(deps: ControlDeps, task: Task, why: Paused | 'cancel'): Promise<Task> {
  if (why === 'cancel') return cancelTask(deps, task, true);
  const written = await deps.tasks.update(task.taskId, {
    when: [isOpen, { attr: 'cancelRequested', absent: true }, { attr: 'incarnation', is: task.incarnation }],
    set: { paused: why, updated: iso(deps.clock.now()) },
  });
  if (written.item === undefined) throw noSuchTask(task.taskId);
  await settleShare(deps, written.item);
  return written.item;
}

/**
 * Cancels a task. Nothing is let go, and no start is sent, once this returns; a state machine then
 * ends what waits, after the one that may be writing jobs. What has ended stays as it is.
 */
export async function cancelTask(deps: ControlDeps, task: Task, stopped = false): Promise<Task> {
  let seen = task;
  for (let tries = 0; tries < 5 && !isOver(seen.status) && !seen.cancelRequested; tries += 1) {
    const { work, workNumber } = seen;
    const next = work === undefined ? begun('dismiss', workNumber + 1, deps.clock.now(), deps.settings) : {};
    const written = await deps.tasks.update(task.taskId, {
      when: [
        isOpen,
        { attr: 'workNumber', is: workNumber },
        work === undefined ? { attr: 'work', absent: true } : { attr: 'work', present: true },
      ],
      set: { cancelRequested: true, ...(stopped ? { stopped } : {}), ...next, updated: iso(deps.clock.now()) },
      remove: ['paused'],
    });
    if (written.item === undefined) throw noSuchTask(task.taskId);
    seen = written.item;
  }
  if (isOver(seen.status)) return seen;
  // Nothing is said or done as if it were cancelled: whoever asked for it asks again.
  if (!seen.cancelRequested) throw new Error(`CANCEL_CONTESTED: task ${task.taskId}`);
  await settleShare(deps, seen);
  await deps.core.cancelActive(familyOf(seen));
  return seen;
}
