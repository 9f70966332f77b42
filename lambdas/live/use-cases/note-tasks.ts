import type { Clock } from '../../shared/time/clock.ts';
import type { TaskChange } from '../model.ts';
import type { FrameQueue, Subjects } from '../ports.ts';
import { taskSubject } from '../rules/subjects.ts';
import { taskNews } from '../rules/task-frames.ts';
import { changeSeconds, markSubject } from './note-changes.ts';

interface Deps {
  subjects: Subjects;
  frames: FrameQueue;
  clock: Clock;
  /** Keeps a change that could not be noted, for people to look at. */
  park(change: TaskChange, reason: string): Promise<void>;
}

/** Notes that tasks changed which somebody watches: their next frame reads them. What fails is parked, the rest goes on. */
export async function noteTasks(deps: Deps, changes: readonly TaskChange[]): Promise<void> {
  const now = Math.floor(deps.clock.now() / 1000);
  const note = async (change: TaskChange): Promise<void> => {
    const news = taskNews(change);
    if (news === undefined) return;
    const subject = taskSubject((change.after ?? change.before)!.taskId);
    try {
      if ((await deps.subjects.watch(subject)).until <= now) return;
      await deps.subjects.gather(subject, news, now + changeSeconds);
      await markSubject(deps, subject, news.key);
    } catch (error) {
      await deps.park(change, `live: ${String(error)}`);
    }
  };
  await Promise.all(changes.map(note));
}
