import type { Clock } from '../../shared/time/clock.ts';
import type { WorkTimes } from '../rules/work.ts';
import type { JobCore, Starter, TaskStore, Values } from '../ports.ts';

/** Everything that tasks work with; entry points bind the adapters, tests bind memory. */
export interface Deps {
  tasks: TaskStore;
  values: Values;
  core: JobCore;
  starter: Starter;
  clock: Clock;
  settings: WorkTimes;
  ids: { next(): string };
}
