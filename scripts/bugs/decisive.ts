import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Decisive } from '../../test/simulation/decisive.ts';
import type { Aim } from '../../test/simulation/mutant.ts';
import type { Theme } from '../../test/simulation/themes.ts';

const script = fileURLToPath(new URL('../../test/simulation/decisive.ts', import.meta.url));

export interface Telling {
  /** Seeds by the name of the mutation. */
  seeds: Map<string, number[]>;
  /** Kinds of the writes that ask for the condition, by the same names. */
  kinds: Map<string, Set<number>>;
  /** The themes in whose seeds writes of a kind are made, those that have most of them first. */
  themesOf: (kind: number) => Theme[];
}

/**
 * In which of these seeds each condition alone refused a write, by the name of the mutation that leaves it out: all other seeds
 * are played without it just as they are with it.
 * @param aim what the seeds are after, or have plenty of
 */
export async function decisiveSeeds({ from, to }: { from: number; to: number }, aim: Aim = {}): Promise<Telling> {
  const seeds: Telling['seeds'] = new Map();
  const kinds: Telling['kinds'] = new Map();
  const writes = new Map<Theme, { seeds: number; counts: Map<number, number> }>();
  const take = (found: Decisive) => {
    for (const name of found.names) seeds.set(name, [...(seeds.get(name) ?? []), found.seed]);
    for (const [name, kind] of found.kinds) kinds.set(name, (kinds.get(name) ?? new Set()).add(kind));
    if (found.theme === undefined) return;
    const these = writes.get(found.theme) ?? { seeds: 0, counts: new Map<number, number>() };
    writes.set(found.theme, these);
    these.seeds += 1;
    for (const [kind, count] of found.writes) these.counts.set(kind, (these.counts.get(kind) ?? 0) + count);
  };
  const step = availableParallelism();
  const play = async (first: number) => {
    const args = [script, ...[first, to, step].map(String), JSON.stringify(aim)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) take(JSON.parse(line) as Decisive);
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`The seeds could not be looked through: exit ${code}.`);
  };
  await Promise.all(Array.from({ length: step }, (_, n) => play(from + n)));
  for (const list of seeds.values()) list.sort((a, b) => a - b);
  const themesOf = (kind: number): Theme[] => {
    const often = [...writes].map(([theme, of]) => ({ theme, mean: (of.counts.get(kind) ?? 0) / of.seeds }));
    return often.toSorted((a, b) => b.mean - a.mean).flatMap(({ theme, mean }) => (mean > 0 ? theme : []));
  };
  return { seeds, kinds, themesOf };
}
