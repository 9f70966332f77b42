import { iso } from '../../shared/time/clock.ts';
import type { Task } from '../model.ts';
import type { Deps } from './deps.ts';

/** The others follow. */
export const passCanary = (deps: Pick<Deps, 'tasks' | 'clock'>, task: Task) =>
  deps.tasks.update(task.taskId, {
    when: [
      { attr: 'workNumber', is: task.workNumber },
      { attr: 'work', absent: true },
      { attr: 'canaryPassed', absent: true },
    ],
    set: { canaryPassed: true, work: 'expand', workNumber: task.workNumber + 1, updated: iso(deps.clock.now()) },
    remove: ['paused'],
  });
