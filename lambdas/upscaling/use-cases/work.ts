import { chunkSize, type Job } from '../../dispatch/model.ts';
import { iso } from '../../shared/time/clock.ts';
import type { Condition, Write } from '../../shared/table/write.ts';
import type { Task } from '../model.ts';
import { begun, isShort, renew, type WorkTimes } from '../rules/work.ts';
import type { Deps } from './deps.ts';
import { chunksOf, familyOf, writable } from './family.ts';
import { recountChunk, recountTask } from './recount.ts';
import { settleShare } from './stop.ts';

export interface Planned {
  outcome: 'chunks' | 'nothing';
  taskId: string;
  workNumber: number;
  chunks: { taskId: string; chunk: number; workNumber: number }[];
}

/** The chunks of the piece of work with this number; none when it is done or another one has come. */
export async function planWork(deps: Pick<Deps, 'tasks' | 'core'>, taskId: string, workNumber: number): Promise<Planned> {
  const task = await deps.tasks.get(taskId);
  if (task?.work === undefined || task.workNumber !== workNumber) return { outcome: 'nothing', taskId, workNumber, chunks: [] };
  if (task.work === 'retry') await settleShare(deps, task);
  if (task.work === 'expand' || task.work === 'retry') await deps.core.announce(familyOf(task));
  const chunks = Array.from({ length: chunksOf(writable(task)) }, (_, chunk) => ({ taskId, chunk, workNumber }));
  return { outcome: 'chunks', taskId, workNumber, chunks };
}

/**
 * The task, if this work is still its own, with time enough for a chunk before anybody else takes the work up. So nothing of an
 * execution is under way when the next one begins.
 */
async function attended(deps: Pick<Deps, 'tasks' | 'clock' | 'settings'>, taskId: string, workNumber: number): Promise<Task | undefined> {
  const isMine = (task: Task | undefined): task is Task => task?.work !== undefined && task.workNumber === workNumber;
  const task = await deps.tasks.get(taskId);
  if (!isMine(task)) return undefined;
  const now = deps.clock.now();
  if (!isShort(task, now, deps.settings)) return task;
  const { ok, item } = await deps.tasks.update(taskId, renew(task, now, deps.settings));
  // Refused, but another chunk of the same execution has renewed it for longer.
  return ok || (isMine(item) && !isShort(item, deps.clock.now(), deps.settings)) ? item : undefined;
}

/** One chunk of a piece of work. May come twice, and at the same time: what is done is not done again. */
export async function workChunk(deps: Deps, taskId: string, workNumber: number, chunk: number): Promise<void> {
  const task = await attended(deps, taskId, workNumber);
  if (task === undefined) return;
  const family = familyOf(task);
  const jobs = (): Promise<Job[]> => deps.core.jobs(taskId, chunk);
  if (task.work === 'delete') return deps.core.deleteJobs(await jobs());
  // Minutes may have passed since the plan, and a share in which nothing waits is closed after two.
  if (task.work === 'expand' || task.work === 'retry') await deps.core.announce(family);
  if (task.work === 'expand' || (task.work === 'retry' && !task.expanded)) {
    const values = await deps.values.read(task.owner, taskId, task.offsets[chunk]!, task.offsets[chunk + 1]!);
    const first = chunk * chunkSize;
    await deps.core.writeJobs(family, first, values.slice(0, writable(task) - first), task.cancelRequested === true);
  }
  if (task.work === 'dismiss') await deps.core.cancelJobs((await jobs()).filter(({ rank }) => rank < 90));
  if (task.work === 'retry') await deps.core.retryJobs(family, await jobs(), task.retriedAt!);
  await recountChunk(deps, taskId, chunk);
}

/** All chunks of the piece of work are done, or its execution ends with a fault. What was cancelled meanwhile is ended next. */
export async function settleWork(
  deps: Pick<Deps, 'tasks' | 'core' | 'clock' | 'settings'>,
  taskId: string,
  workNumber: number,
  fault?: string,
): Promise<void> {
  const task = await deps.tasks.get(taskId);
  if (task === undefined || task.workNumber !== workNumber) return;
  if (task.work === undefined) return recountTask(deps, taskId); // it died between the last two steps here
  const now = deps.clock.now();
  const updated = iso(now);
  const mine: Condition[] = [
    { attr: 'workNumber', is: workNumber },
    { attr: 'work', present: true },
  ];
  if (fault !== undefined) {
    await deps.tasks.update(taskId, { when: mine, set: { fault, updated } });
    return;
  }
  if (task.work === 'delete') {
    await deps.core.deleteTemplate(task.owner, taskId);
    await deps.tasks.delete(taskId);
    return;
  }
  const settled = (await deps.tasks.update(taskId, settle(task, mine, now, deps.settings))).ok;
  if (!settled) return settleWork(deps, taskId, workNumber); // cancelled at this very moment
  if (task.work === 'retry') await deps.core.wake(familyOf(task));
  await recountTask(deps, taskId);
}

function settle(task: Task, mine: Condition[], now: number, times: WorkTimes): Write {
  const updated = iso(now);
  const expanded = task.work !== 'dismiss' && writable(task) === task.total ? { expanded: true } : {};
  const dismissNext = task.cancelRequested === true && task.work !== 'dismiss';
  return dismissNext
    ? { when: mine, set: { ...expanded, ...begun('dismiss', task.workNumber + 1, now, times), updated }, remove: ['fault'] }
    : {
        when: [...mine, ...(task.work === 'dismiss' ? [] : [{ attr: 'cancelRequested', absent: true } satisfies Condition])],
        set: { ...expanded, updated },
        remove: ['work', 'fault'],
      };
}
