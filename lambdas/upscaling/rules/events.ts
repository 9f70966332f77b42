import { TaskEvent } from '../../shared/events/events.ts';
import { isOver, type Task } from '../model.ts';

/** A change of a task as the table's stream tells it. */
export interface TaskChange {
  before: Task | undefined;
  after: Task | undefined;
}

/** What others are told of a task; a recount that finds what was there, or a further piece of work, is its own affair. */
const looks = ({ status, incarnation, counts, paused, cancelRequested }: Task): string =>
  JSON.stringify([status, incarnation, counts && Object.entries(counts).toSorted(), paused, cancelRequested]);

function whatHappened(before: Task | undefined, after: Task): TaskEvent['type'] | undefined {
  if (isOver(after.status) && before !== undefined && !isOver(before.status)) return 'task.finished';
  return before === undefined || looks(before) !== looks(after) ? 'task.changed' : undefined;
}

/** The event that a change of a task makes, one at most: `version` numbers it. A task that is being deleted makes none. */
export function taskEventsOf({ before, after }: TaskChange): TaskEvent[] {
  const type = after === undefined || after.deleted ? undefined : whatHappened(before, after);
  if (type === undefined) return [];
  const { taskId, version, updated, owner } = after!;
  return [
    TaskEvent.parse({
      ...{ id: `${taskId}.${version}`, type, source: 'swath.upscaling', subject: taskId },
      ...{ time: updated, owner, seq: version, data: after },
    }),
  ];
}
