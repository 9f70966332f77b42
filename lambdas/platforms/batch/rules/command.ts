import { shellWord, type Command } from '../../../platforms/packages/rules/command.ts';
import { folders } from '../model.ts';

/** Characters of what a job says of its containers, as JSON (Amazon ECS, `RunTask`, `overrides`). */
export const mostOverrides = 8192;

/**
 * The command line as AWS Batch takes it: it cannot replace an entry point, set a folder to start in, or hold an empty word. What a
 * package says is run starts in the folder of results, by the shell of its image; otherwise these are words for its entry point.
 */
export function containerCommand({ words, replacesEntryPoint }: Command): { command?: string[] } | { fault: string } {
  if (replacesEntryPoint) return { command: ['/bin/sh', '-c', `cd ${folders.results} && exec ${words.map(shellWord).join(' ')}`] };
  if (words.includes('')) return { fault: 'An empty value cannot stand on the command line of an image that says itself what it runs.' };
  return words.length === 0 ? {} : { command: words };
}
