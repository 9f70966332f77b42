import { iso, ms } from '../../shared/time/clock.ts';
import { isOver, type Task, type TaskDetail } from '../model.ts';
import { ended } from './aggregate.ts';

/** Fewer jobs say nothing about the pace. */
const fewest = 5;

/** When the last job may end if the others come at the pace of those that did; absent where that cannot be told. */
export function estimateOf(task: Task, now: number): TaskDetail['estimate'] {
  const { counts, firstFinished, lastFinished, total } = task;
  if (isOver(task.status) || task.paused || task.cancelRequested || !counts || !firstFinished || !lastFinished) return undefined;
  const { successful } = counts;
  const took = ms(lastFinished) - ms(firstFinished);
  if (successful < fewest || took <= 0) return undefined;
  const each = took / (successful - 1);
  const finish = Math.max(now, ms(lastFinished) + each * (total - ended(counts)));
  return {
    finish: iso(finish),
    basis: `${successful} jobs were successful between ${firstFinished} and ${lastFinished}; ${total - ended(counts)} are to come at the same pace.`,
  };
}
