// node mutant.ts <number of a mutation> <seeds>: plays seeds with one bug put in until an invariant breaks, or the code itself does.
import { allMutations, apply } from './mutations.ts';

const [number = 0, seeds = 1000] = process.argv.slice(2).map(Number);
apply(allMutations()[number]!);
const { simulate } = await import('./simulate.ts');
let seed = 0;
const caught = (found: { invariant: string; what: string }): never => {
  console.log(JSON.stringify({ seed, ...found }));
  process.exit(0);
};
const broke = (error: unknown) => caught({ invariant: 'it goes on', what: String(error) });
process.on('uncaughtException', broke);
for (seed = 1; seed <= seeds; seed += 1) {
  const { violations } = await simulate({ seed }).catch(broke);
  if (violations[0]) caught(violations[0]);
}
console.log(JSON.stringify({}));
