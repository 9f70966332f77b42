import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playScale } from '../test/simulation/scale.ts';
import { shrink } from '../test/simulation/shrink.ts';
import { simulate, type Simulated } from '../test/simulation/simulate.ts';
import { themeNames, type Theme } from '../test/simulation/themes.ts';

const help = `npm run simulate -- [--seeds N] [--from S] [--seed S] [--theme NAME] [--jobs N [--tasks T]]

Plays the job core in virtual time with faults, one run per seed, and checks its invariants.
  --seeds N    how many seeds (1000), on all cores
  --from S     the first of them (1)
  --seed S     one seed, with everything that happens in it
  --theme NAME all seeds have plenty of one thing: ${themeNames.join(', ')}
               (without it every second seed has a theme of its own)
  --jobs N     no faults, but an upscaling task of N jobs on a platform that runs 1,000 at once, an hour each: how near its
               end comes to what the platform allows; from 100,000 jobs on it fails where that is more than 2 % longer
  --tasks T    so many of them at once, each of another user (1; at most 10)

The first seed that breaks an invariant is shrunk (fewer kinds of faults, fewer jobs) and told in full.`;

type Played = Pick<Simulated, 'violations' | 'events' | 'jobs' | 'hours'> & { seed: number };

const { values } = parseArgs({
  options: {
    ...{ seeds: { type: 'string' }, from: { type: 'string' }, seed: { type: 'string' }, help: { type: 'boolean' } },
    ...{ jobs: { type: 'string' }, theme: { type: 'string' }, tasks: { type: 'string' } },
  },
});
const number = (value: string | undefined, otherwise: number): number => {
  const given = value === undefined ? otherwise : Number(value);
  if (!Number.isSafeInteger(given) || given < 1) throw new Error(`${value} is no whole number above 0. See --help.`);
  return given;
};

/** Plays the seeds on all cores; calls `on` for each. */
async function playAll(first: number, count: number, theme: { theme?: Theme }, on: (played: Played) => void): Promise<void> {
  const cores = Math.min(availableParallelism(), count);
  const worker = new URL('../test/simulation/worker.ts', import.meta.url);
  const ends = Array.from({ length: cores }, (_, core) => {
    const child = fork(worker, [String(first + core), String(first + count - 1), String(cores), ...Object.values(theme)]);
    child.on('message', (played) => on(played as Played));
    return new Promise<void>((resolve, reject) =>
      child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`A worker ended with ${code}.`)))),
    );
  });
  await Promise.all(ends);
}

/** How much longer than its platform needs a large task may take, in times. */
const mostOfLarge = 1.02;
const isLarge = 100_000;

async function large(jobs: number, tasks: number): Promise<number> {
  if (tasks > 10) throw new Error('At most 10 tasks.');
  const began = performance.now();
  const on = (hours: number, ended: number) => {
    if (Math.round(hours) % 10 === 0) console.log(`after ${Math.round(hours)} virtual hours ${ended} jobs have ended`);
  };
  const played = await playScale({ tasks, jobs, running: 1000, seconds: 3600, on });
  for (const { invariant, what } of played.violations) console.log(`INVARIANT ${invariant}: ${what}`);
  const { makespan, requests, mostRunning, events, heapMiB } = played;
  console.log(
    `${tasks * jobs} jobs ended after ${makespan.toFixed(3)} times what the platform needs; ${mostRunning} ran at once at the most`,
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`${requests.toFixed(2)} requests a job; ${events} events, ${heapMiB.toFixed(0)} MiB in use, ${seconds} s`);
  const isSlow = tasks * jobs >= isLarge && makespan > mostOfLarge;
  if (isSlow) console.log(`That is too long: ${mostOfLarge} times is the bound for ${isLarge} jobs or more.`);
  return played.violations.length > 0 || isSlow ? 1 : 0;
}

/** The theme that was asked for, if any. */
function chosenTheme(): { theme?: Theme } {
  if (values.theme === undefined) return {};
  const theme = themeNames.find((name) => name === values.theme);
  if (!theme) throw new Error(`"${values.theme}" is none of ${themeNames.join(', ')}.`);
  return { theme };
}

async function main(): Promise<number> {
  if (values.help) {
    console.log(help);
    return 0;
  }
  const theme = chosenTheme();
  if (values.seed !== undefined) {
    const { history, violations, jobs, hours } = await simulate({ seed: number(values.seed, 1), ...theme, record: true });
    console.log(history.join('\n'));
    console.log(`${jobs} jobs, ${hours.toFixed(1)} virtual hours, ${violations.length} invariants broken`);
    return violations.length > 0 ? 1 : 0;
  }
  if (values.jobs !== undefined) return large(number(values.jobs, 1), number(values.tasks, 1));
  const [first, count, began] = [number(values.from, 1), number(values.seeds, 1000), performance.now()];
  const broken: Played[] = [];
  const named = (seed: number): string => [seed, ...Object.entries(theme).map(([option, name]) => `--${option} ${name}`)].join(' ');
  const sum = { events: 0, jobs: 0, seeds: 0 };
  await playAll(first, count, theme, (played) => {
    sum.events += played.events;
    sum.jobs += played.jobs;
    sum.seeds += 1;
    if (played.violations.length > 0) {
      broken.push(played);
      console.log(`seed ${named(played.seed)}: ${played.violations.map(({ invariant, what }) => `${invariant}: ${what}`).join('; ')}`);
    } else if (sum.seeds % 1000 === 0) console.log(`${sum.seeds} seeds, ${broken.length} broken`);
  });
  const worst = broken.toSorted((a, b) => a.seed - b.seed)[0];
  if (worst) {
    const { scenario, run } = await shrink({ seed: worst.seed, ...theme }, worst.violations[0]!.invariant);
    console.log(`\nSeed ${named(worst.seed)} with ${run.jobs} jobs and the faults ${scenario.faults!.join(', ') || 'none'}:`);
    console.log(run.history.join('\n'));
  }
  const seconds = (performance.now() - began) / 1000;
  console.log(`${sum.seeds} seeds, ${sum.jobs} jobs, ${sum.events} events, ${broken.length} broken, ${seconds.toFixed(1)} s`);
  return broken.length > 0 ? 1 : 0;
}

process.exitCode = await main();
