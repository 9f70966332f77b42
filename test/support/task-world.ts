import { childrenOf } from '../../lambdas/dispatch/use-cases/children.ts';
import { isOver, type Task, type TaskRequest } from '../../lambdas/upscaling/model.ts';
import { chunksToCount } from '../../lambdas/dispatch/rules/changes.ts';
import type { ChunksChanged, TaskEvent } from '../../lambdas/shared/events/events.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';
import { taskEventsOf, type TaskChange } from '../../lambdas/upscaling/rules/events.ts';
import { recount } from '../../lambdas/upscaling/use-cases/recount.ts';
import { createTask } from '../../lambdas/upscaling/use-cases/create-task.ts';
import type { Deps } from '../../lambdas/upscaling/use-cases/deps.ts';
import { followTasks } from '../../lambdas/upscaling/use-cases/follow-task.ts';
import { sweepTasks } from '../../lambdas/upscaling/use-cases/sweep.ts';
import { planWork, settleWork, workChunk } from '../../lambdas/upscaling/use-cases/work.ts';
import { memoryTasks, memoryValues } from './memory-tasks.ts';
import { world } from './world.ts';

/** Tasks over the job core on memory. State machines that were asked for wait until they are run. */
export function taskWorld(options: Parameters<typeof world>[0] = {}) {
  const w = world(options);
  const changes: { before: Task | undefined; after: Task }[] = [];
  const { store, tasks } = memoryTasks((before, after) => changes.push({ before, after }));
  const names = new Set<string>();
  const started: { taskId: string; workNumber: number }[] = [];
  const deps: Deps = {
    tasks: store,
    values: memoryValues(w.files),
    core: childrenOf(w.deps, async (endpoint) => (endpoint === w.platform.id ? w.platform : undefined)),
    starter: {
      start: async (taskId, workNumber) => {
        const name = `${taskId}-${workNumber}`;
        if (!names.has(name)) started.push({ taskId, workNumber });
        names.add(name);
      },
    },
    clock: w.deps.clock,
    settings: w.deps.settings,
    ids: { next: () => w.deps.ids.next().replace('job', 'task') },
  };
  const finals: Task[] = [];
  const events: TaskEvent[] = [];
  return {
    ...w,
    tasks: deps,
    /** Tasks as they were when they ended. */
    finals,
    /** What was put on the bus. */
    events,
    started,
    task: (taskId: string) => tasks.get(taskId)!,
    /** The stream of tasks tells what changed since it last did. */
    async stream() {
      for (const { before, after } of changes.splice(0)) {
        const publish = async (told: readonly TaskChange[]) => {
          events.push(...told.flatMap(taskEventsOf));
          return [];
        };
        await followTasks({ ...deps, publish, park: async (_, reason) => Promise.reject(new Error(reason)) }, [{ before, after }]);
        if (isOver(after.status) && before?.status !== after.status) finals.push(after);
      }
    },
    /** What the stream of jobs tells is counted, after its delay. */
    async count() {
      const chunks = chunksToCount(w.changes.splice(0));
      w.pass(2);
      for (const [taskId, changed] of chunks) await recount(deps, taskId, [{ chunks: [...changed], at: iso(w.time.now - 2000) }]);
    },
    /** Runs one execution of the state machine from beginning to end. */
    async execute({ taskId, workNumber }: { taskId: string; workNumber: number }) {
      const { chunks } = await planWork(deps, taskId, workNumber);
      for (const { chunk } of chunks) await workChunk(deps, taskId, workNumber, chunk);
      if (chunks.length > 0) await settleWork(deps, taskId, workNumber);
    },
    /** What the sweep tells an operator, and what it has counted. */
    async sweep() {
      const told: string[] = [];
      const counted: string[] = [];
      const report = (message: string) => void told.push(message);
      const count = async (notice: ChunksChanged) => {
        counted.push(notice.taskId);
        await recount(deps, notice.taskId, [notice]);
      };
      const found = await sweepTasks({ ...deps, recount: count, report });
      return { found, told, counted };
    },
    /** The stream tells, and every execution that follows runs. */
    async settle() {
      await this.stream();
      for (let next = started.shift(); next !== undefined; next = started.shift()) {
        await this.execute(next);
        await this.stream();
      }
    },
    /** A user sends a task; nothing follows yet. */
    sendTask: async (owner: string, values: unknown[], more: Partial<TaskRequest> = {}, asked?: { key: string; fingerprint: string }) =>
      (await createTask(deps, owner, aTask(values, more), asked)).task,
  };
}

/** A request that is in order. */
export const aTask = (values: unknown[], more: Partial<TaskRequest> = {}): TaskRequest => ({
  title: 'A task',
  label: 'ogc_api_process',
  service: { endpoint: 'plat', application: 'echo' },
  parameters: {},
  format: 'json',
  dimension: { name: 'text', values },
  ...more,
});

export const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
