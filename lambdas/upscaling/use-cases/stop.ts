import { iso } from '../../shared/time/clock.ts';
import { isOver, openStatuses, type Paused, type Task } from '../model.ts';
import type { Deps } from './deps.ts';
import { familyOf } from './family.ts';
import { noSuchTask } from './owned-tasks.ts';

export type ControlDeps = Pick<Deps, 'tasks' | 'core' | 'clock'>;

export const isOpen = { attr: 'status', in: openStatuses } as const;

/** Closes the share first: from that one write on nothing more of the task is let go. */
export async function stopTask(deps: ControlDeps, task: Task, why: Paused | 'cancel'): Promise<Task> {
  if (why === 'cancel') return cancelTask(deps, task, true);
  await deps.core.closeShare(familyOf(task), 'paused');
  const written = await deps.tasks.update(task.taskId, {
    when: [isOpen, { attr: 'cancelRequested', absent: true }, { attr: 'incarnation', is: task.incarnation }],
    set: { paused: why, updated: iso(deps.clock.now()) },
  });
  if (written.ok) return written.item;
  if (written.item === undefined) throw noSuchTask(task.taskId);
  // It has ended, or was run again since: what was closed for that incarnation is opened for the next.
  const { status, paused, cancelRequested } = written.item;
  if (isOver(status) || !(paused || cancelRequested)) await deps.core.closeShare(familyOf(task), undefined);
  return written.item;
}

/** A change lets another execution take up the work that one left with a fault. */
const goOn = (deps: ControlDeps, { taskId, workNumber }: Task) =>
  deps.tasks.update(taskId, {
    when: [
      { attr: 'workNumber', is: workNumber },
      { attr: 'fault', present: true },
    ],
    set: { updated: iso(deps.clock.now()) },
  });

/**
 * Cancels a task. Nothing is let go from the first write on, and no start is sent once this returns; a state machine then
 * ends what waits, after the one that may be writing jobs. Again it takes up what broke off, and what has ended stays as it is.
 */
export async function cancelTask(deps: ControlDeps, task: Task, stopped = false): Promise<Task> {
  const family = familyOf(task);
  let seen = task;
  if (isOver(seen.status)) return seen;
  if (seen.cancelRequested && seen.fault !== undefined) await goOn(deps, seen);
  await deps.core.closeShare(family, 'cancelled');
  for (let tries = 0; tries < 5 && !isOver(seen.status) && !seen.cancelRequested; tries += 1) {
    const { work, workNumber } = seen;
    const next = work === undefined ? { work: 'dismiss', workNumber: workNumber + 1 } : {};
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
  if (isOver(seen.status)) await deps.core.closeShare(family, undefined);
  else await deps.core.cancelActive(family);
  return seen;
}
