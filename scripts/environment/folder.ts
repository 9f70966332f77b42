import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { keptContents, readKept } from './kept.ts';
import { endAll, isRunning, type OwnedProcess } from './processes.ts';

// Everything an environment writes. The folder may hold another environment's (`.swath/e2e`) and the caches of other commands.
const contents = [...keptContents, 'tmp', 'openeo', 'cdk.out', 'empty', 'logs', 'demo', 'local.json', 'outputs.json', 'processes.json'];

const readIfThere = <T>(file: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
};

/** The process that runs an environment in the folder now, if one does. */
function runningIn(state: string): OwnedProcess | undefined {
  const owner = readIfThere<OwnedProcess>(`${state}/owner.json`);
  return owner && isRunning(owner.pid, owner.mark) ? owner : undefined;
}

/** Servers recorded in the folder. */
const recorded = (state: string) => readIfThere<OwnedProcess[]>(`${state}/processes.json`) ?? [];

/**
 * Takes the folder for this process and empties it, with `keep` but for what a kept environment left; ends what a killed environment left
 * running. Throws when one runs here.
 */
export async function takeFolder(state: string, keep: boolean): Promise<void> {
  const other = runningIn(state);
  if (other && other.pid !== process.pid)
    throw new Error(`A local environment already runs in ${state} (process ${other.pid}). Use it, or end it: kill ${other.pid}`);
  mkdirSync(state, { recursive: true });
  const mark = basename(process.argv[1] ?? 'node');
  writeFileSync(`${state}/owner.json`, JSON.stringify({ pid: process.pid, mark } satisfies OwnedProcess));
  await endAll(recorded(state));
  const stays = keep && readKept(state) ? keptContents : [];
  for (const name of contents.filter((one) => !stays.includes(one))) rmSync(`${state}/${name}`, { recursive: true, force: true });
  mkdirSync(`${state}/logs`, { recursive: true });
}

/** Gives the folder back. The logs and the demo's files stay. */
export function leaveFolder(state: string): void {
  for (const name of ['local.json', 'processes.json', 'owner.json', 'tmp']) rmSync(`${state}/${name}`, { recursive: true, force: true });
}
