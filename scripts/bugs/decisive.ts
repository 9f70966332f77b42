import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Decisive } from '../../test/simulation/decisive.ts';

const script = fileURLToPath(new URL('../../test/simulation/decisive.ts', import.meta.url));

export interface Telling {
  /** Seeds by the name of the mutation. */
  seeds: Map<string, number[]>;
  /** Kinds of the writes that ask for the condition, by the same names. */
  kinds: Map<string, Set<number>>;
}

/**
 * In which of the seeds from 1 each condition alone refused a write, by the name of the mutation that leaves it out: all other seeds
 * are played without it just as they are with it.
 * @param focus the kind of writes that the seeds are after, if any
 */
export async function decisiveSeeds(seeds: number, focus?: number): Promise<Telling> {
  const found: Telling = { seeds: new Map(), kinds: new Map() };
  const step = availableParallelism();
  const play = async (first: number) => {
    const child = spawn(process.execPath, [script, ...[first, seeds, step, ...(focus === undefined ? [] : [focus])].map(String)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) {
      const { seed, names, kinds } = JSON.parse(line) as Decisive;
      for (const name of names) found.seeds.set(name, [...(found.seeds.get(name) ?? []), seed]);
      for (const [name, kind] of kinds) found.kinds.set(name, (found.kinds.get(name) ?? new Set()).add(kind));
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`The seeds could not be looked through: exit ${code}.`);
  };
  await Promise.all(Array.from({ length: step }, (_, n) => play(n + 1)));
  for (const list of found.seeds.values()) list.sort((a, b) => a - b);
  return found;
}
