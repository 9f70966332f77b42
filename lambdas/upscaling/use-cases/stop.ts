import { iso } from '../../shared/time/clock.ts';
import { isOver, openStatuses, type Paused, type Task } from '../model.ts';
import { begun } from '../rules/work.ts';
import type { Deps } from './deps.ts';
import { familyOf } from './family.ts';
import { noSuchTask } from './owned-tasks.ts';

export type ControlDeps = Pick<Deps, 'tasks' | 'core' | 'clock' | 'settings'>;

export const isOpen = { attr: 'status', in: openStatuses } as const;

/**
 * Makes the share of a task what the task says, closed or open. Who changes one of the two calls this last: then the last
 * write of the share was followed by a look at the task, whatever others did in between.
 */
export async function settleShare(deps: ControlDeps, seen: Task): Promise<void> {
  const closed = ({ status, paused, cancelRequested }: Task) =>
    isOver(status) ? undefined : cancelRequested ? 'cancelled' : paused ? 'paused' : undefined;
  let task: Task | undefined = seen;
  for (let tries = 0; task !== undefined && tries < 5; tries += 1) {
    const written = closed(task);
    await deps.core.closeShare(familyOf(task), written);
    task = await deps.tasks.get(task.taskId);
    if (task === undefined || closed(task) === written) return;
  }
}

/** Closes the share first: from that one write on nothing more of the task is let go. */
export async function stopTask(deps: ControlDeps, task: Task, why: Paused | 'cancel'): Promise<Task> {
  if (why === 'cancel') return cancelTask(deps, task, true);
  await deps.core.closeShare(familyOf(task), 'paused');
  const written = await deps.tasks.update(task.taskId, {
    when: [isOpen, { attr: 'cancelRequested', absent: true }, { attr: 'incarnation', is: task.incarnation }],
    set: { paused: why, updated: iso(deps.clock.now()) },
  });
  if (written.item === undefined) throw noSuchTask(task.taskId);
  // A resume may have opened it in between; or the task has ended or was run again, and what was closed for that incarnation is opened for the next.
  await settleShare(deps, written.item);
  return written.item;
}

/**
 * Cancels a task. Nothing is let go from the first write on, and no start is sent once this returns; a state machine then
 * ends what waits, after the one that may be writing jobs. What has ended stays as it is.
 */
export async function cancelTask(deps: ControlDeps, task: Task, stopped = false): Promise<Task> {
  const family = familyOf(task);
  let seen = task;
  if (isOver(seen.status)) return seen;
  await deps.core.closeShare(family, 'cancelled');
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
  if (isOver(seen.status)) await deps.core.closeShare(family, undefined);
  else await deps.core.cancelActive(family);
  return seen;
}
