import type { RequestRecord } from '../../lambdas/dispatch/model.ts';
import { childrenOf } from '../../lambdas/dispatch/use-cases/children.ts';
import type { Task, TaskRequest } from '../../lambdas/upscaling/model.ts';
import type { TaskStore, Values } from '../../lambdas/upscaling/ports.ts';
import { createTask } from '../../lambdas/upscaling/use-cases/create-task.ts';
import type { Deps } from '../../lambdas/upscaling/use-cases/deps.ts';
import { followTask } from '../../lambdas/upscaling/use-cases/follow-task.ts';
import { planWork, settleWork, workChunk } from '../../lambdas/upscaling/use-cases/work.ts';
import { chunkSize } from '../../lambdas/dispatch/model.ts';
import { applied } from './memory-table.ts';
import { world } from './world.ts';

/** The store of tasks in memory; `onChange` sees every change in order, as the table's stream does. */
function memoryTasks(onChange: (before: Task | undefined, after: Task) => void) {
  const tasks = new Map<string, Task>();
  const requests = new Map<string, RequestRecord>();
  const store: TaskStore = {
    create: async (task, request) => {
      const id = request && `${request.owner} ${request.key}`;
      if (tasks.has(task.taskId) || (id !== undefined && requests.has(id))) return false;
      if (request) requests.set(id!, request);
      tasks.set(task.taskId, task);
      onChange(undefined, task);
      return true;
    },
    get: async (taskId) => tasks.get(taskId),
    request: async (owner, key) => requests.get(`${owner} ${key}`),
    update: async (taskId, write) => {
      const before = tasks.get(taskId);
      const after = before && applied(before, { ...write, increment: { ...write.increment, version: 1 } });
      if (after === undefined) return { ok: false, item: before };
      tasks.set(taskId, after);
      onChange(before, after);
      return { ok: true, item: after };
    },
  };
  return { store, tasks };
}

function memoryValues(): Values {
  const files = new Map<string, string>();
  return {
    write: async (owner, taskId, lines) => {
      const all = [...lines].map((line) => `${line}\n`);
      files.set(`${owner}/${taskId}`, all.join(''));
      const offsets = [0];
      for (let at = 0; at < all.length; at += chunkSize)
        offsets.push(offsets.at(-1)! + Buffer.byteLength(all.slice(at, at + chunkSize).join('')));
      return { key: `${owner}/${taskId}`, offsets, count: all.length };
    },
    read: async (owner, taskId, from, to) =>
      Buffer.from(files.get(`${owner}/${taskId}`)!)
        .subarray(from, to)
        .toString()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as unknown),
  };
}

/** Tasks over the job core on memory. State machines that were asked for wait until they are run. */
export function taskWorld(options: Parameters<typeof world>[0] = {}) {
  const w = world(options);
  const changes: { before: Task | undefined; after: Task }[] = [];
  const { store, tasks } = memoryTasks((before, after) => changes.push({ before, after }));
  const started: { taskId: string; workNumber: number }[] = [];
  const deps: Deps = {
    tasks: store,
    values: memoryValues(),
    core: childrenOf(w.deps, async (endpoint) => (endpoint === w.platform.id ? w.platform : undefined)),
    starter: { start: async (taskId, workNumber) => void started.push({ taskId, workNumber }) },
    clock: w.deps.clock,
    ids: { next: () => w.deps.ids.next().replace('job', 'task') },
  };
  return {
    ...w,
    tasks: deps,
    started,
    task: (taskId: string) => tasks.get(taskId)!,
    /** The stream of tasks tells what changed since it last did. */
    async stream() {
      for (const { before, after } of changes.splice(0)) await followTask(deps, before, after);
    },
    /** Runs one execution of the state machine from beginning to end. */
    async execute({ taskId, workNumber }: { taskId: string; workNumber: number }) {
      const { chunks } = await planWork(deps, taskId, workNumber);
      for (const { chunk } of chunks) await workChunk(deps, taskId, workNumber, chunk);
      if (chunks.length > 0) await settleWork(deps, taskId, workNumber);
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
