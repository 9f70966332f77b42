import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import { isOver, nativeStatus, openStatuses, type Paused, type Task } from '../model.ts';
import { passCanary } from './canary.ts';
import type { Deps } from './deps.ts';
import { familyOf } from './family.ts';
import { noSuchTask } from './owned-tasks.ts';

type ControlDeps = Pick<Deps, 'tasks' | 'core' | 'clock'>;

const notNow = (code: string, why: string) => new Problem(409, code, why);
const isOpen = { attr: 'status', in: openStatuses } as const;

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
  if (isOver(written.item.status)) await deps.core.closeShare(familyOf(task), undefined);
  return written.item;
}

/** Pauses a task: what waits goes on waiting, what runs goes on running. Twice is success. */
export async function pauseTask(deps: ControlDeps, task: Task): Promise<Task> {
  if (isOver(task.status) || task.cancelRequested)
    throw notNow(
      'TASK_NOT_ACTIVE',
      `The task is ${isOver(task.status) ? nativeStatus[task.status] : 'being cancelled'}: there is nothing to pause.`,
    );
  return task.paused ? task : stopTask(deps, task, 'owner');
}

/** Lets a paused task go on, whatever paused it. Of one that is not paused nothing changes. */
export async function resumeTask(deps: ControlDeps, task: Task): Promise<Task> {
  if (isOver(task.status) || task.cancelRequested)
    throw notNow('TASK_NOT_ACTIVE', `The task is ${isOver(task.status) ? nativeStatus[task.status] : 'being cancelled'}: it cannot go on.`);
  const family = familyOf(task);
  const written = await deps.tasks.update(task.taskId, {
    when: [isOpen, { attr: 'cancelRequested', absent: true }],
    set: { updated: iso(deps.clock.now()), ...(task.paused === 'failures' ? { failuresAccepted: true } : {}) },
    remove: ['paused'],
  });
  if (!written.ok) throw notNow('TASK_NOT_ACTIVE', 'The task has ended meanwhile, or is being cancelled.');
  await deps.core.closeShare(family, undefined);
  await deps.core.wake(family);
  if (task.paused !== 'canary') return written.item;
  const passed = await passCanary(deps, written.item);
  return passed.item ?? written.item;
}

/**
 * Cancels a task. Nothing is let go from the first write on, and no start is sent once this returns; a state machine then
 * ends what waits, after the one that may be writing jobs. Twice is success, and what has ended stays as it is.
 */
export async function cancelTask(deps: ControlDeps, task: Task, stopped = false): Promise<Task> {
  const family = familyOf(task);
  let seen = task;
  if (isOver(seen.status)) return seen;
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

/** Runs the jobs that failed or were canceled again, when all have ended. Of two at the same moment one is refused. */
export async function retryTask(deps: ControlDeps, task: Task): Promise<Task> {
  const refused = (why: string) => notNow('TASK_NOT_RETRIABLE', why);
  if (!isOver(task.status))
    throw refused(`The task is ${nativeStatus[task.status]}: its failed jobs can be run again when all have ended.`);
  if (task.status === 'successful') throw refused('Every job of the task was successful.');
  if (!(await deps.core.isRegistered(task.platformId)))
    throw refused(`The platform of the task, ${task.platformId}, is no longer registered.`);
  const now = iso(deps.clock.now());
  const written = await deps.tasks.update(task.taskId, {
    when: [
      { attr: 'incarnation', is: task.incarnation },
      { attr: 'status', is: task.status },
      { attr: 'work', absent: true },
    ],
    set: {
      ...{ status: 'queued', incarnation: task.incarnation + 1, retriedAt: now, updated: now },
      ...{ work: 'retry', workNumber: task.workNumber + 1, canaryPassed: true },
    },
    remove: ['finished', 'cancelRequested', 'stopped', 'paused', 'failuresAccepted'],
  });
  if (written.ok) return written.item;
  if (written.item === undefined) throw noSuchTask(task.taskId);
  throw refused('Another request runs the jobs again already.');
}

/** Deletes a task that has ended, its jobs and their results; another is cancelled first. It is gone at once; a state machine clears up. */
export async function deleteTask(deps: ControlDeps, task: Task): Promise<void> {
  const seen = isOver(task.status) ? task : await cancelTask(deps, task);
  const still = () =>
    new Problem(409, 'TASK_NOT_FINISHED', 'The task is being cancelled: delete it again when it is canceled.', {
      headers: { 'retry-after': '5' },
    });
  if (!isOver(seen.status)) throw still();
  const written = await deps.tasks.update(task.taskId, {
    when: [
      { attr: 'incarnation', is: seen.incarnation },
      { attr: 'status', is: seen.status },
      { attr: 'work', absent: true },
    ],
    set: { deleted: true, work: 'delete', workNumber: seen.workNumber + 1, updated: iso(deps.clock.now()) },
  });
  if (!written.ok && written.item !== undefined && !written.item.deleted) throw still();
}
