// node decisive.ts <first seed> <last> <step> [<aim as JSON>]: prints, for each of these seeds, the conditions that refused a write in it all alone.
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import type { Condition } from '../../lambdas/shared/table/write.ts';
import type { Aim } from './mutant.ts';
import { conditions, type LeftOut } from './mutations.ts';
import type { Theme } from './themes.ts';

/** A seed, and the names of the mutations that play it otherwise; all others play it as it is played without them. */
export interface Decisive {
  seed: number;
  names: string[];
  /** Kinds of the writes (`kindOf`) that ask for a condition, by the same names, as far as this seed is the first to show them. */
  kinds: [name: string, kind: number][];
  theme?: Theme;
  /** How many writes of each kind it had. */
  writes: [kind: number, count: number][];
}

const marks = Symbol('numbers of the mutations that leave this condition out');
type Marked = Condition & { [marks]?: number[] };
const marked = (mutation: number, condition: Marked): Marked => ({ ...condition, [marks]: [...(condition[marks] ?? []), mutation] });
Object.assign(globalThis, {
  marked,
  allMarked: (mutation: number, list: Marked[]) => list.map((condition) => marked(mutation, condition)),
});

const all = conditions();

/** The source with each condition marked by the number of the mutation that leaves it out; inner ones first, as they end first. */
function withMarks(file: string, source: string): string {
  const inserted = all.flatMap((mutation, n) => (mutation.file === file ? [{ mutation, n }] : [])).flatMap(insertions);
  const inOrder = inserted.toSorted((a, b) => b.at - a.at || (a.isEnd === b.isEnd ? 0 : a.isEnd ? 1 : -1));
  return inOrder.reduce((text, { at, put }) => text.slice(0, at) + put + text.slice(at), source);
}
const insertions = ({ mutation: { from, end, isSpread }, n }: { mutation: LeftOut; n: number }) => [
  { at: isSpread ? from + '...'.length : from, put: `${isSpread ? 'allMarked' : 'marked'}(${n}, `, isEnd: false },
  { at: end, put: ')', isEnd: true },
];

const files = new Map([...new Set(all.map(({ file }) => file))].map((file) => [new URL(`../../${file}`, import.meta.url).href, file]));
// From now on modules are loaded as if the marks stood in their sources: before anything of lambdas/ is imported.
registerHooks({
  load(address, context, next) {
    const loaded = next(address, context);
    const file = files.get(address);
    return file === undefined ? loaded : { ...loaded, source: withMarks(file, readFileSync(new URL(address), 'utf8')) };
  },
});

const marksOf = (condition: Marked): number[] => [
  ...(condition[marks] ?? []),
  ...('allOf' in condition ? condition.allOf.flatMap(marksOf) : 'anyOf' in condition ? condition.anyOf.flatMap(marksOf) : []),
];

Error.stackTraceLimit = 0; // much is thrown, and nobody reads where
const { holds, watchWrites } = await import('../support/memory-table.ts');
const { kindOf } = await import('./overtaken.ts');
const { simulate } = await import('./simulate.ts');
const kinds = conditions().map(() => new Set<number>());
let told = new Set<number>();
let shown: Decisive['kinds'] = [];
let writes = new Map<number, number>();
watchWrites((item, write, isRefused) => {
  const { when } = write;
  const kind = kindOf(write);
  writes.set(kind, (writes.get(kind) ?? 0) + 1);
  for (const mutation of new Set(when.flatMap(marksOf))) {
    if (!kinds[mutation]!.has(kind)) shown.push([all[mutation]!.name, kind]);
    kinds[mutation]!.add(kind);
    if (!isRefused || told.has(mutation)) continue;
    const isLeftOut = (condition: Marked) => condition[marks]?.includes(mutation) ?? false;
    if (when.every((condition) => holds(item, condition, isLeftOut))) told.add(mutation);
  }
});
const [first = 1, last = 1000, step = 1] = process.argv.slice(2, 5).map(Number);
const aim = JSON.parse(process.argv[5] ?? '{}') as Aim;
for (let seed = first; seed <= last; seed += step) {
  [told, shown, writes] = [new Set(), [], new Map()];
  const { theme } = await simulate({ seed, ...aim });
  const names = [...told].map((n) => all[n]!.name);
  console.log(JSON.stringify({ seed, names, kinds: shown, ...(theme ? { theme } : {}), writes: [...writes] } satisfies Decisive));
}
