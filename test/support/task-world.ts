import type { RequestRecord } from '../../lambdas/dispatch/model.ts';
import { childrenOf } from '../../lambdas/dispatch/use-cases/children.ts';
import { isOver, type Chunk, type Task, type TaskRequest } from '../../lambdas/upscaling/model.ts';
import type { TaskStore, Values } from '../../lambdas/upscaling/ports.ts';
import { chunksToCount } from '../../lambdas/dispatch/rules/changes.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';
import { recount } from '../../lambdas/upscaling/use-cases/recount.ts';
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
  const chunks = new Map<string, Chunk>();
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
    listOwned: async (owner) => ({ items: [...tasks.values()].filter((task) => task.owner === owner && !task.deleted) }),
    chunk: async (taskId, chunk) => chunks.get(`${taskId}#${chunk}`),
    chunks: async (taskId) => [...chunks.values()].filter((one) => one.taskId === taskId),
    putChunk: async (chunk, seen) => {
      const key = `${chunk.taskId}#${chunk.chunk}`;
      if (chunks.get(key)?.revision !== seen) return false;
      chunks.set(key, chunk);
      return true;
    },
    delete: async (taskId) => {
      tasks.delete(taskId);
      for (const [key, chunk] of chunks) if (chunk.taskId === taskId) chunks.delete(key);
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
  const names = new Set<string>();
  const started: { taskId: string; workNumber: number }[] = [];
  const deps: Deps = {
    tasks: store,
    values: memoryValues(),
    core: childrenOf(w.deps, async (endpoint) => (endpoint === w.platform.id ? w.platform : undefined)),
    starter: {
      start: async (taskId, workNumber, again) => {
        const name = `${taskId}-${workNumber}-${again}`;
        if (!names.has(name)) started.push({ taskId, workNumber });
        names.add(name);
      },
    },
    clock: w.deps.clock,
    ids: { next: () => w.deps.ids.next().replace('job', 'task') },
  };
  const finals: Task[] = [];
  return {
    ...w,
    tasks: deps,
    /** Tasks as they were when they ended. */
    finals,
    started,
    task: (taskId: string) => tasks.get(taskId)!,
    /** The stream of tasks tells what changed since it last did. */
    async stream() {
      for (const { before, after } of changes.splice(0)) {
        await followTask(deps, before, after);
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
