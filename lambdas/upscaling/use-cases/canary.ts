import { iso } from '../../shared/time/clock.ts';
import type { Task } from '../model.ts';
import { begun } from '../rules/work.ts';
import type { Deps } from './deps.ts';

/** The others follow. */
export const passCanary = (deps: Pick<Deps, 'tasks' | 'clock' | 'settings'>, task: Task) =>
  deps.tasks.update(task.taskId, {
    when: [
      { attr: 'workNumber', is: task.workNumber },
      { attr: 'work', absent: true },
      { attr: 'canaryPassed', absent: true },
    ],
    set: {
      ...begun('expand', task.workNumber + 1, deps.clock.now(), deps.settings),
      ...{ canaryPassed: true, updated: iso(deps.clock.now()) },
    },
    remove: ['paused'],
  });
