import type { Aim } from '../../test/simulation/mutant.ts';
import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What became of one bug that was put in. */
export interface Verdict {
  name: string;
  /** Seeds among which those were that were played: from 1 to this, or to the one that caught it. */
  seeds: number;
  /** Those of the seeds in which the condition alone refused a write, so that they are played otherwise without it. */
  decisive?: number;
  caught?: { seed: number; aim?: Aim; invariant: string; what: string };
}

const file = '.swath/bugs.json';

/** Of everything that decides what a seed plays. */
function fingerprint(): string {
  const hash = createHash('sha256');
  for (const name of globSync(['lambdas/**/*.ts', 'test/simulation/*.ts', 'test/support/*.ts', 'state-machines/**/*.json']).toSorted())
    hash.update(name).update(readFileSync(name));
  return hash.digest('hex').slice(0, 16);
}

interface Kept extends Verdict {
  sources: string;
}

/** Verdicts of this and earlier runs, by the names of the bugs. */
export function openVerdicts(again: boolean) {
  const sources = fingerprint();
  const kept = new Map<string, Kept>();
  try {
    for (const verdict of JSON.parse(readFileSync(file, 'utf8')) as Kept[]) kept.set(verdict.name, verdict);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return {
    /** `isSame`: it was found with the sources as they are now, and stands. */
    find: (name: string): { known: Verdict | undefined; isSame: boolean } => {
      const known = kept.get(name);
      return { known, isSame: !again && known?.sources === sources };
    },
    keep: (verdict: Verdict): void => {
      kept.set(verdict.name, { ...verdict, sources });
      mkdirSync('.swath', { recursive: true });
      writeFileSync(file, `${JSON.stringify([...kept.values()], null, 1)}\n`);
    },
  };
}
