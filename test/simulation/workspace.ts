import type { Workspace } from '../../lambdas/dispatch/ports.ts';
import { memoryWorkspace } from '../support/memory-workspace.ts';
import type { Process } from './process.ts';

async function* again(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

/** The workspaces, as one process reaches them. */
export function workspaceOf(process: Process, files: Map<string, string>): Workspace {
  const memory = memoryWorkspace(files);
  return {
    ...memory,
    ...process.wrapped(
      {
        write: memory.write,
        writeNew: memory.writeNew,
        read: memory.read,
        load: memory.load,
        inspect: memory.inspect,
        remove: memory.remove,
      },
      'workspace',
    ),
    // What the source still yields is not there yet: a file appears when its last piece has come.
    async store(owner, path, source, type, maxBytes) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of source) chunks.push(chunk);
      return process.call('workspace.store', () => memory.store(owner, path, again(chunks), type, maxBytes));
    },
  };
}
