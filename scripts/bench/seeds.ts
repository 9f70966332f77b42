import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure } from './figure.ts';

const seeds = 10_000;
const simulate = fileURLToPath(new URL('../simulate.ts', import.meta.url));

/** The dose of the simulation, on all cores. Throws when a seed breaks. */
export function seedsPlayed(): Figure[] {
  const from = performance.now();
  const { status } = spawnSync(process.execPath, [simulate, '--seeds', String(seeds)], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`npm run simulate -- --seeds ${seeds} ended with ${status}.`);
  return [figure(`${seeds.toLocaleString('en')} seeds of the simulation`, (performance.now() - from) / 1000, 's', 480)];
}
