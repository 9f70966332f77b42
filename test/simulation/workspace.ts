import type { Workspace } from '../../lambdas/dispatch/ports.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';
import type { Process } from './process.ts';

async function* again(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The workspaces, as each process reaches them. */
export function workspaces(files: Map<string, string>): (process: Process) => Workspace {
  const memory = memoryWorkspace(files);
  const { write, writeNew, read, load, inspect, remove } = memory;
  const calls = { write, writeNew, read, load, inspect, remove };
  return (process) =>
    Object.assign(process.wrapped(calls, 'workspace'), {
      bucket: memory.bucket,
      sign: memory.sign,
      signFile: memory.signFile,
      loadFile: memory.loadFile,
      // What the source still yields is not there yet: a file appears when its last piece has come.
      async store(...[owner, path, source, type, maxBytes]: Parameters<Workspace['store']>) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of source) chunks.push(chunk);
        return process.call('workspace.store', () => memory.store(owner, path, again(chunks), type, maxBytes));
      },
    });
}
