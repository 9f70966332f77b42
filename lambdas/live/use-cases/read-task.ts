import type { Task } from '../../upscaling/model.ts';
import { type Clock, iso } from '../../shared/time/clock.ts';
import type { Frame } from '../model.ts';
import type { Subjects, Tasks } from '../ports.ts';
import { noSuchTask } from '../rules/frames.ts';
import { taskSubject } from '../rules/subjects.ts';
import { chunksToShow, taskStatus } from '../rules/task-frames.ts';

export interface TaskDeps {
  subjects: Pick<Subjects, 'watch'>;
  tasks: Tasks;
  clock: Clock;
}

/** A frame holds about eighty jobs; chunks have five hundred. */
const mostChunks = 2;

/** A full status of a task; without `task` there is none. All is read consistently, so nothing need be read again. */
export async function readTask(deps: TaskDeps, taskId: string): Promise<{ frame: Frame; task?: Task }> {
  const { last } = await deps.subjects.watch(taskSubject(taskId)); // before the rest: what later frames tell may be in it already
  const task = await deps.tasks.read(taskId);
  if (task === undefined) return { frame: noSuchTask(taskId) };
  const shown = chunksToShow(await deps.tasks.chunks(taskId), mostChunks);
  const jobs = await Promise.all(shown.map((chunk) => deps.tasks.jobs(taskId, chunk)));
  return { frame: taskStatus(task, jobs.flat(), last, iso(deps.clock.now())), task };
}
