import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { allMutations, conditions, type Mutation } from '../test/simulation/mutations.ts';
import type { Aim } from '../test/simulation/mutant.ts';
import { themeNames } from '../test/simulation/themes.ts';
import { redundant } from '../test/simulation/redundant.ts';
import { figure } from './bench/figure.ts';
import { keepFigures } from './bench/keep.ts';
import { decisiveSeeds, type Telling } from './bugs/decisive.ts';
import { openVerdicts, type Verdict } from './bugs/verdicts.ts';

const help = `npm run test:bugs -- [--seeds N] [--only TEXT] [--again] [--figures]

Leaves out each condition of each conditional write of dispatch and upscaling, and puts in known bugs, one at a time, and plays seeds
until an invariant breaks. 100 % is the bar: what nothing misses is explained in test/simulation/redundant.ts, or a gap of the simulation.
First it looks, without any bug, for the seeds in which a condition alone refuses a write: in all others its absence changes nothing.
Where none of these tells, the seeds are played once more with everything after the writes that ask for the condition, in the themes that
have them, most first; known bugs that escape are looked for once more with each theme.
Verdicts are kept in .swath/bugs.json: a run that was broken off goes on where it was as long as the sources are the same.
  --seeds N     seeds after which a bug counts as not found (1000)
  --only TEXT   only mutations whose name contains this
  --again       what is kept counts for nothing, but that the seed that caught a bug last is played first
  --figures     writes the score to docs/figures.json (whole runs only)`;

const { values } = parseArgs({
  options: {
    ...{ seeds: { type: 'string' }, only: { type: 'string' } },
    ...{ again: { type: 'boolean' }, figures: { type: 'boolean' }, help: { type: 'boolean' } },
  },
});

const mutant = fileURLToPath(new URL('../test/simulation/mutant.ts', import.meta.url));
const run = promisify(execFile);
const whyOf = (name: string): string | undefined => Object.entries(redundant).find(([start]) => name.startsWith(start))?.[1];

/** Plays the seeds that may tell; the one that caught the bug last comes first. */
async function judge(
  mutation: Mutation,
  known: Verdict | undefined,
  most: number,
  telling: readonly number[],
  aim?: Aim,
): Promise<Verdict> {
  const { name } = mutation;
  const last = aim === undefined && known?.caught?.aim === undefined ? known?.caught?.seed : undefined;
  const seeds = last !== undefined && telling.includes(last) ? [last, ...telling.filter((seed) => seed !== last)] : telling;
  const verdict: Verdict = { name, seeds: most, decisive: telling.length };
  const before = aim === undefined && known?.caught?.aim !== undefined ? known.caught : undefined;
  const again = before && (await play(mutation, [before.seed], before.aim));
  if (again && !(await breaksAnyway(before.seed, before.aim))) return { ...verdict, seeds: before.seed, caught: { ...before, ...again } };
  if (telling.length === 0) return verdict;
  for (let rest = seeds; ;) {
    const caught = await play(mutation, rest, aim);
    if (caught === undefined) return verdict;
    if (!(await breaksAnyway(caught.seed, aim)))
      return { ...verdict, seeds: caught.seed, caught: { ...caught, ...(aim === undefined ? {} : { aim }) } };
    rest = rest.slice(rest.indexOf(caught.seed) + 1);
  }
}

/** The first of the seeds in which an invariant breaks. */
async function play(mutation: Mutation, seeds: readonly number[], aim: Aim = {}): Promise<Verdict['caught']> {
  const { stdout } = await run(process.execPath, [mutant, JSON.stringify(mutation), JSON.stringify(seeds), JSON.stringify(aim)]);
  const caught = JSON.parse(stdout) as Partial<NonNullable<Verdict['caught']>>;
  return caught.seed === undefined ? undefined : (caught as NonNullable<Verdict['caught']>);
}

/** Seeds that break an invariant without any bug, by what they are after: they say nothing of bugs, but that there is one already. */
const broken = new Map<string, Verdict['caught']>();
async function breaksAnyway(seed: number, aim?: Aim): Promise<boolean> {
  const key = JSON.stringify({ seed, ...aim });
  if (!broken.has(key)) broken.set(key, await play({ name: 'none', file: 'package.json', from: 0, to: 0, text: '' }, [seed], aim));
  return broken.get(key) !== undefined;
}

function line({ name, seeds, caught, decisive }: Verdict): string {
  const why = whyOf(name);
  if (caught)
    return `${why ? 'CAUGHT, though called redundant' : 'caught'}  ${name}\n          seed ${caught.seed}${caught.aim === undefined ? '' : ` with ${JSON.stringify(caught.aim)}`}, ${caught.invariant}: ${caught.what}`;
  const told = `${seeds} seeds, ${decisive} of which are played otherwise`;
  return why ? `redundant in ${told}  ${name}\n          ${why}` : `NOT CAUGHT in ${told}  ${name}`;
}

/** As many at once as there are cores. */
async function eachOf<T>(list: readonly T[], act: (one: T) => Promise<void>): Promise<void> {
  const rest = [...list];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

/** Known bugs that the seeds do not find: the same seeds once more with each theme. */
async function withThemes(escaped: readonly Mutation[], every: readonly number[], tell: (verdict: Verdict) => void) {
  await eachOf(escaped, async (mutation) => {
    let verdict: Verdict | undefined;
    for (const theme of themeNames) if (!verdict?.caught) verdict = await judge(mutation, undefined, every.length, every, { theme });
    tell(verdict!);
  });
}

/**
 * Conditions that the seeds could not tell of: the same seeds once more, with everything after the writes that ask for them, and with
 * plenty of what brings them about.
 */
async function closer(escaped: readonly Mutation[], { kinds, themesOf }: Telling, seeds: number, tell: (verdict: Verdict) => void) {
  const left = new Map(escaped.map((mutation) => [mutation.name, { mutation, decisive: 0 }]));
  const focuses = new Set(escaped.flatMap(({ name }) => [...(kinds.get(name) ?? [])]));
  for (const [n, block] of blocksOf(seeds).entries())
    for (const focus of focuses) {
      const asked = [...left.values()].filter(({ mutation }) => kinds.get(mutation.name)?.has(focus));
      if (asked.length === 0) continue;
      const themes = themesOf(focus);
      const theme = themes[n % Math.max(1, themes.length)];
      const aim: Aim = { focus, ...(theme === undefined ? {} : { theme }) };
      const decisive = await decisiveSeeds(block, aim);
      await eachOf(asked, async (one) => {
        const { name } = one.mutation;
        const telling = decisive.seeds.get(name) ?? [];
        const verdict = await judge(one.mutation, undefined, seeds, telling, aim);
        one.decisive += telling.length;
        if (verdict.caught && left.delete(name)) tell(verdict);
      });
    }
  for (const [name, { decisive }] of left) tell({ name, seeds, decisive });
}

/** Most are caught by few; each block has another of the themes in which the writes are made. */
function blocksOf(seeds: number): { from: number; to: number }[] {
  const size = 125;
  return Array.from({ length: Math.ceil(seeds / size) }, (_, n) => ({ from: n * size + 1, to: Math.min(seeds, (n + 1) * size) }));
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const seeds = Number(values.seeds ?? 1000);
  const all = allMutations();
  const idle = Object.keys(redundant).filter((start) => !all.some(({ name }) => name.startsWith(start)));
  if (idle.length > 0) throw new Error(`redundant.ts explains what is not there any more: ${idle.join(', ')}`);
  const rest = all.filter(({ name }) => name.includes(values.only ?? ''));
  const store = openVerdicts(values.again === true);
  const verdicts: Verdict[] = [];
  const stands = ({ name }: Mutation) => {
    const { known, isSame } = store.find(name);
    return isSame && known !== undefined && (known.caught ? known.caught.seed <= seeds : known.seeds >= seeds);
  };
  const isCondition = new Set(conditions().map(({ name }) => name));
  const decisive = rest.some((mutation) => isCondition.has(mutation.name) && !stands(mutation))
    ? await decisiveSeeds({ from: 1, to: seeds })
    : undefined;
  const every = Array.from({ length: seeds }, (_, n) => n + 1);
  const tell = (verdict: Verdict) => {
    store.keep(verdict);
    verdicts.push(verdict);
    console.log(line(verdict));
  };
  const escaped: Mutation[] = [];
  await eachOf(rest, async (mutation) => {
    const { known } = store.find(mutation.name);
    const telling = isCondition.has(mutation.name) ? (decisive?.seeds.get(mutation.name) ?? []) : every;
    const verdict = stands(mutation) ? known! : await judge(mutation, known, seeds, telling);
    if (verdict.caught || whyOf(mutation.name) !== undefined || stands(mutation)) tell(verdict);
    else escaped.push(mutation);
  });
  const isPatch = ({ name }: Mutation) => !isCondition.has(name);
  await withThemes(escaped.filter(isPatch), every, tell);
  const conditionsLeft = escaped.filter((mutation) => !isPatch(mutation));
  if (decisive !== undefined) await closer(conditionsLeft, decisive, seeds, tell);
  const needed = verdicts.filter(({ name }) => whyOf(name) === undefined);
  const wrong = verdicts.filter(({ name, caught }) => caught && whyOf(name) !== undefined).length;
  const caught = needed.filter((verdict) => verdict.caught).length;
  const explained = verdicts.length - needed.length - wrong;
  const share = Math.floor((100 * caught) / Math.max(1, needed.length));
  console.log(`${caught} of ${needed.length} caught (${share} %), ${explained} redundant with a reason, ${wrong} wrongly called redundant`);
  const missed = needed.length - caught + wrong;
  const faults = [...broken].filter(([, found]) => found !== undefined);
  for (const [key, found] of faults) console.log(`BREAKS WITHOUT ANY BUG  ${key}, ${found!.invariant}: ${found!.what}`);
  if (values.figures && values.only === undefined) {
    const command = 'npm run test:bugs -- --figures';
    const named = `bugs put into the job core that ${seeds} seeds of the simulation do not find`;
    keepFigures([
      { ...figure(named, missed, `of ${needed.length}`, 0), command },
      { ...figure('conditions whose absence breaks nothing, each explained', explained, 'conditions'), command },
    ]);
  }
  return missed + faults.length === 0 ? 0 : 1;
}

process.exitCode = await main();
