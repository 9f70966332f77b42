import { Problem } from '../../shared/problem.ts';
import type { Condition } from '../../shared/table/write.ts';
import { iso } from '../../shared/time/clock.ts';
import { isOver, nativeStatus, type Task } from '../model.ts';
import { begun } from '../rules/work.ts';
import { passCanary } from './canary.ts';
import { familyOf } from './family.ts';
import { noSuchTask } from './owned-tasks.ts';
import { recountTask } from './recount.ts';
import { cancelTask, isOpen, settleShare, stopTask, type ControlDeps } from './stop.ts';

const notNow = (code: string, why: string) => new Problem(409, code, why);

/** Pauses a task: what waits goes on waiting, what runs goes on running. Twice is success, and closes what a pause that died left open. */
export async function pauseTask(deps: ControlDeps, task: Task): Promise<Task> {
  if (isOver(task.status) || task.cancelRequested)
    throw notNow(
      'TASK_NOT_ACTIVE',
      `The task is ${isOver(task.status) ? nativeStatus[task.status] : 'being cancelled'}: there is nothing to pause.`,
    );
  if (!task.paused) return stopTask(deps, task, 'owner');
  await settleShare(deps, task);
  return task;
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
  await settleShare(deps, written.item);
  await deps.core.wake(family);
  if (task.paused !== 'canary') {
    // What was decided by nobody while it was paused: the jobs of its canary may have ended.
    await recountTask(deps, task.taskId);
    return written.item;
  }
  const passed = await passCanary(deps, written.item);
  return passed.item ?? written.item;
}

/** Nobody has written the task since: one that is over is only run again or deleted. */
const isAsSeen = ({ version }: Task): Condition => ({ attr: 'version', is: version });

/** Runs the jobs that failed or were canceled again, when all have ended. Of two at the same moment one is refused. */
export async function retryTask(deps: ControlDeps, task: Task): Promise<Task> {
  const refused = (why: string) => notNow('TASK_NOT_RETRIABLE', why);
  if (!isOver(task.status))
    throw refused(`The task is ${nativeStatus[task.status]}: its failed jobs can be run again when all have ended.`);
  if (task.status === 'successful') throw refused('Every job of the task was successful.');
  if (!(await deps.core.isRegistered(task)))
    throw refused(`The platform of the task, ${task.platformId}, is no longer registered, or runs jobs under another account now.`);
  const now = iso(deps.clock.now());
  const written = await deps.tasks.update(task.taskId, {
    when: [isAsSeen(task)],
    set: {
      ...{ status: 'queued', incarnation: task.incarnation + 1, retriedAt: now, updated: now },
      ...{ ...begun('retry', task.workNumber + 1, deps.clock.now(), deps.settings), canaryPassed: true },
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
  if (seen.deleted) return; // by another request, while this one was about to cancel it
  const written = await deps.tasks.update(task.taskId, {
    when: [isAsSeen(seen)],
    set: {
      ...begun('delete', seen.workNumber + 1, deps.clock.now(), deps.settings),
      ...{ deleted: true, updated: iso(deps.clock.now()) },
    },
  });
  if (!written.ok && written.item !== undefined && !written.item.deleted) throw still();
}
