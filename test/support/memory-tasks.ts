import { chunkSize, type RequestRecord } from '../../lambdas/dispatch/model.ts';
import type { Chunk, Task } from '../../lambdas/upscaling/model.ts';
import type { Mosaic } from '../../lambdas/upscaling/results/model.ts';
import type { TaskStore, Values } from '../../lambdas/upscaling/ports.ts';
import { applied } from './memory-table.ts';

/** The store of tasks in memory; `onChange` sees every change in order, as the table's stream does. */
export function memoryTasks(onChange: (before: Task | undefined, after: Task) => void) {
  const tasks = new Map<string, Task>();
  const chunks = new Map<string, Chunk>();
  const requests = new Map<string, RequestRecord>();
  const mosaics = new Map<string, Mosaic>();
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
    unattended: async (before, most) =>
      [...tasks.values()]
        .filter(({ workUntil }) => workUntil !== undefined && workUntil < before)
        .toSorted((a, b) => (a.workUntil! < b.workUntil! ? -1 : 1))
        .slice(0, most)
        .map(({ taskId }) => taskId),
    chunk: async (taskId, chunk) => chunks.get(`${taskId}#${chunk}`),
    chunks: async (taskId) => [...chunks.values()].filter((one) => one.taskId === taskId),
    putChunk: async (chunk, seen) => {
      const key = `${chunk.taskId}#${chunk.chunk}`;
      if (chunks.get(key)?.revision !== seen) return false;
      chunks.set(key, chunk);
      return true;
    },
    mosaic: async (taskId) => mosaics.get(taskId),
    putMosaic: async (mosaic, seen) => {
      const kept = mosaics.get(mosaic.taskId);
      if (kept?.number !== seen?.number || kept?.state !== seen?.state) return false;
      mosaics.set(mosaic.taskId, mosaic);
      return true;
    },
    delete: async (taskId) => {
      mosaics.delete(taskId);
      tasks.delete(taskId);
      for (const [key, chunk] of chunks) if (chunk.taskId === taskId) chunks.delete(key);
    },
  };
  return { store, tasks };
}

/** `uploaded`: files of workspaces by their keys, one character a byte. */
export function memoryValues(uploaded: ReadonlyMap<string, string> = new Map()): Values {
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
    load: async (key, mostBytes) => {
      const text = uploaded.get(key);
      if (text === undefined) return 'missing';
      return text.length > mostBytes ? 'too large' : Buffer.from(text, 'latin1');
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
