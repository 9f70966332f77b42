import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Decisive } from '../../test/simulation/decisive.ts';

const script = fileURLToPath(new URL('../../test/simulation/decisive.ts', import.meta.url));

/**
 * In which of the seeds from 1 each condition alone refused a write, by the name of the mutation that leaves it out: all other seeds
 * are played without it just as they are with it.
 * @throws Error when a seed breaks without any bug put in
 */
export async function decisiveSeeds(seeds: number): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  const step = availableParallelism();
  const play = async (first: number) => {
    const child = spawn(process.execPath, [script, ...[first, seeds, step].map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    for await (const line of createInterface(child.stdout)) {
      const { seed, names } = JSON.parse(line) as Decisive;
      for (const name of names) found.set(name, [...(found.get(name) ?? []), seed]);
    }
    const [code] = (await ended) as [number | null];
    if (code !== 0) throw new Error(`The seeds could not be looked through: exit ${code}.`);
  };
  await Promise.all(Array.from({ length: step }, (_, n) => play(n + 1)));
  return new Map([...found].map(([name, list]) => [name, list.toSorted((a, b) => a - b)]));
}
