// node mutant.ts <mutation as JSON> <seeds as JSON> [<more of the scenario as JSON>]: plays the seeds with one bug put in until an invariant breaks, or the code itself does.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Mutation } from './mutations.ts';
import type { Scenario } from './simulate.ts';

/** What the seeds are after, or have plenty of. */
export type Aim = Pick<Scenario, 'focus' | 'theme'>;

/** From now on modules are loaded as if the mutation stood in the source. Before anything of lambdas/ is imported. */
function apply({ file, from, to, text }: Mutation): void {
  const url = new URL(`../../${file}`, import.meta.url);
  registerHooks({
    load(address, context, next) {
      const loaded = next(address, context);
      if (address !== url.href) return loaded;
      const source = readFileSync(url, 'utf8');
      return { ...loaded, source: source.slice(0, from) + text + source.slice(to) };
    },
  });
}

Error.stackTraceLimit = 0; // much is thrown, and nobody reads where
const [mutation, seeds, more = '{}'] = process.argv.slice(2);
apply(JSON.parse(mutation!) as Mutation);
const { simulate } = await import('./simulate.ts');
let seed = 0;
const caught = (found: { invariant: string; what: string }): never => {
  console.log(JSON.stringify({ seed, ...found }));
  process.exit(0);
};
const broke = (error: unknown) => caught({ invariant: 'it goes on', what: String(error) });
process.on('uncaughtException', broke);
for (seed of JSON.parse(seeds!) as number[]) {
  const { violations } = await simulate({ seed, ...(JSON.parse(more) as Aim) }).catch(broke);
  if (violations[0]) caught(violations[0]);
}
console.log(JSON.stringify({}));
