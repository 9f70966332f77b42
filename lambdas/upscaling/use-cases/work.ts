import { chunkSize } from '../../dispatch/model.ts';
import { iso } from '../../shared/time/clock.ts';
import type { Task } from '../model.ts';
import type { Family } from '../ports.ts';
import { chunksOf } from './create-task.ts';
import type { Deps } from './deps.ts';

const familyOf = ({ taskId, owner, laneId, platformId, process, title, label, deadline, onAmbiguous }: Task): Family => ({
  ...{ taskId, owner, laneId, platformId, process, title, label, deadline },
  ...(onAmbiguous ? { onAmbiguous } : {}),
});

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
  if (task.work === 'expand') await deps.core.announce(familyOf(task));
  const chunks = Array.from({ length: chunksOf(task) }, (_, chunk) => ({ taskId, chunk, workNumber }));
  return { outcome: 'chunks', taskId, workNumber, chunks };
}

/** One chunk of a piece of work. May come twice, and at the same time: each job is written where it does not exist. */
export async function workChunk(
  deps: Pick<Deps, 'tasks' | 'core' | 'values'>,
  taskId: string,
  workNumber: number,
  chunk: number,
): Promise<void> {
  const task = await deps.tasks.get(taskId);
  if (task?.work === undefined || task.workNumber !== workNumber) return;
  const values = await deps.values.read(task.owner, taskId, task.offsets[chunk]!, task.offsets[chunk + 1]!);
  await deps.core.writeJobs(familyOf(task), chunk * chunkSize, values, false);
}

/** All chunks of the piece of work are done, or its execution ends with a fault. */
export async function settleWork(deps: Pick<Deps, 'tasks' | 'clock'>, taskId: string, workNumber: number, fault?: string): Promise<void> {
  const now = iso(deps.clock.now());
  const mine = [
    { attr: 'workNumber', is: workNumber },
    { attr: 'work', present: true as const },
  ];
  await deps.tasks.update(
    taskId,
    fault === undefined
      ? { when: mine, set: { expanded: true, updated: now }, remove: ['work', 'fault'] }
      : { when: mine, set: { fault, updated: now } },
  );
}
