// node mutant.ts <number of a mutation> <seeds>: plays seeds with one condition left out until an invariant breaks.
import { allMutations, apply } from './mutations.ts';

const [number = 0, seeds = 1000] = process.argv.slice(2).map(Number);
apply(allMutations()[number]!);
const { simulate } = await import('./simulate.ts');
for (let seed = 1; seed <= seeds; seed += 1) {
  const { violations } = await simulate({ seed });
  if (violations.length > 0) {
    console.log(JSON.stringify({ seed, ...violations[0] }));
    process.exit(0);
  }
}
console.log(JSON.stringify({}));
