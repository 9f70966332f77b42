import { isOver } from '../../upscaling/model.ts';
import type { Frame } from '../model.ts';
import type { Subjects, Tasks } from '../ports.ts';
import { delta, nextFrame, noSuchTask } from '../rules/frames.ts';
import { taskOf } from '../rules/subjects.ts';
import { taskDelta } from '../rules/task-frames.ts';

interface Deps {
  subjects: Subjects;
  tasks: Tasks;
}

/** What the next frame of a subject tells. */
interface News {
  frame(seq: number, asOf: string): Frame;
  /** It was told. */
  settle(): Promise<void>;
  /** There is more to tell than it holds. */
  isMore: boolean;
  /** Nothing more will come of this incarnation, nor of those before it. */
  ends?: number;
}

/** More than one frame holds, unless all are deletions. */
const mostChanges = 200;
/** At most 8 KB each. */
const mostBundles = 100;

/** What was noted before somebody came to watch again was told by a status, and may be long past: a job that is gone would appear once more. */
async function newsOfJobs(deps: Deps, subject: string, began: number): Promise<News | undefined> {
  const { subjects } = deps;
  const noted = await subjects.changes(subject, mostChanges);
  const past = noted.filter((change) => change.began < began);
  await subjects.settle(subject, past);
  const changes = noted.filter((change) => change.began === began);
  if (changes.length === 0) return past.length === mostChanges ? newsOfJobs(deps, subject, began) : undefined;
  const sent = nextFrame(changes);
  return {
    frame: (seq, asOf) => delta(sent, seq, asOf),
    settle: () => subjects.settle(subject, sent),
    isMore: sent.length < changes.length || noted.length === mostChanges,
  };
}

/** The task is read after its news, so that what is told is at least as new; jobs that do not fit are counted. */
async function newsOfTask({ subjects, tasks }: Deps, subject: string, taskId: string): Promise<News | undefined> {
  const bundles = await subjects.bundles(subject, mostBundles);
  if (bundles.length === 0) return undefined;
  const task = await tasks.read(taskId);
  return {
    frame: (seq, asOf) => (task === undefined ? noSuchTask(taskId) : taskDelta(task, bundles, seq, asOf)),
    settle: () => subjects.clear(subject, bundles),
    isMore: bundles.length === mostBundles,
    ...(task === undefined ? { ends: Number.MAX_SAFE_INTEGER } : isOver(task.status) ? { ends: task.incarnation } : {}),
  };
}

/** What waits to be told of a subject since it came to be watched (frame `began`); undefined for nothing. */
export async function newsOf(deps: Deps, subject: string, began: number): Promise<News | undefined> {
  const taskId = taskOf(subject);
  return taskId === undefined ? newsOfJobs(deps, subject, began) : newsOfTask(deps, subject, taskId);
}
