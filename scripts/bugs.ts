import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { allMutations, type Mutation } from '../test/simulation/mutations.ts';
import { redundant } from '../test/simulation/redundant.ts';

const help = `npm run test:bugs -- [--seeds N] [--only TEXT]

Leaves out each condition of each conditional write of dispatch and upscaling, and puts in known bugs, one at a time, and plays seeds
until an invariant breaks. 100 % is the bar: what nothing misses is explained in test/simulation/redundant.ts, or a gap of the simulation.
  --seeds N     seeds after which a bug counts as not found (1000)
  --only TEXT   only mutations whose name contains this`;

const { values } = parseArgs({ options: { seeds: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } } });

interface Verdict {
  name: string;
  caught?: { seed: number; invariant: string; what: string };
  why?: string;
}

const mutant = fileURLToPath(new URL('../test/simulation/mutant.ts', import.meta.url));
const run = promisify(execFile);

async function judge(name: string, number: number, seeds: number): Promise<Verdict> {
  const why = Object.entries(redundant).find(([start]) => name.startsWith(start))?.[1];
  // What is known to break nothing is only tried for a while: if it does, its explanation is wrong.
  const { stdout } = await run(process.execPath, [mutant, String(number), String(why === undefined ? seeds : Math.ceil(seeds / 20))]);
  const caught = JSON.parse(stdout) as Partial<NonNullable<Verdict['caught']>>;
  return {
    name,
    ...(caught.seed === undefined ? {} : { caught: caught as NonNullable<Verdict['caught']> }),
    ...(why === undefined ? {} : { why }),
  };
}

const line = ({ name, caught, why }: Verdict): string => {
  if (caught)
    return `${why ? 'CAUGHT, though called redundant' : 'caught'}  ${name}\n          seed ${caught.seed}, ${caught.invariant}: ${caught.what}`;
  return why ? `redundant  ${name}\n          ${why}` : `NOT CAUGHT  ${name}`;
};

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const seeds = Number(values.seeds ?? 1000);
  const names = allMutations().map(({ name }) => name);
  const idle = Object.keys(redundant).filter((start) => !names.some((name) => name.startsWith(start)));
  if (idle.length > 0) throw new Error(`redundant.ts explains what is not there any more: ${idle.join(', ')}`);
  const wanted = allMutations().flatMap((mutation: Mutation, number) =>
    mutation.name.includes(values.only ?? '') ? [{ mutation, number }] : [],
  );
  const rest = [...wanted];
  const verdicts: Verdict[] = [];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const verdict = await judge(next.mutation.name, next.number, seeds);
      verdicts.push(verdict);
      console.log(line(verdict));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
  const caught = verdicts.filter((verdict) => verdict.caught && !verdict.why).length;
  const explained = verdicts.filter((verdict) => !verdict.caught && verdict.why).length;
  const needed = verdicts.length - explained;
  console.log(
    `${caught} of ${needed} caught (${Math.floor((100 * caught) / Math.max(1, needed))} %), ${explained} redundant with a reason`,
  );
  return caught === needed ? 0 : 1;
}

process.exitCode = await main();
