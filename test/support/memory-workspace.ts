import { createHash } from 'node:crypto';
import type { Workspace } from '../../lambdas/dispatch/ports.ts';

/** Workspaces in memory. `files` holds every object by its key, one character a byte. */
export function memoryWorkspace(files: Map<string, string>): Workspace {
  const key = (owner: string, path: string) => `users/${owner}/workspace/${path}`;
  const sha256 = (text: string) => createHash('sha256').update(text, 'latin1').digest('hex');
  return {
    bucket: 'bucket',
    write: async (owner, path, body) => void files.set(key(owner, path), typeof body === 'string' ? body : Buffer.from(body).toString()),
    async load(owner, path, mostBytes) {
      const text = files.get(key(owner, path));
      if (text === undefined) return undefined;
      return { contentType: 'application/json', ...(text.length > mostBytes ? {} : { bytes: Buffer.from(text) }) };
    },
    writeNew: async (owner, path, body) => !files.has(key(owner, path)) && files.set(key(owner, path), body) !== undefined,
    loadFile: async (name, mostBytes) => {
      const text = files.get(name);
      return text === undefined || text.length > mostBytes ? undefined : Buffer.from(text, 'latin1');
    },
    async store(owner, path, source, _, maxBytes) {
      let text = '';
      for await (const chunk of source) {
        text += Buffer.from(chunk).toString('latin1');
        if (text.length > maxBytes) return { kind: 'too large' };
      }
      if (files.has(key(owner, path))) return { kind: 'exists' };
      files.set(key(owner, path), text);
      return { kind: 'stored', bytes: text.length, sha256: sha256(text) };
    },
    async inspect(owner, path) {
      const text = files.get(key(owner, path));
      return text === undefined ? undefined : { bytes: text.length, sha256: sha256(text) };
    },
    read: async (owner, path) => files.get(key(owner, path)),
    remove: async (owner, prefix) => {
      for (const name of files.keys()) if (name.startsWith(key(owner, prefix))) files.delete(name);
    },
    sign: async (name) => `https://signed.example/${name}`,
    signFile: async (owner, path) => `https://signed.example/${key(owner, path)}`,
  };
}
