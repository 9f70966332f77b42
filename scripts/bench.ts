import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { command, type Figure, state } from './bench/figure.ts';
import { costs } from './bench/costs.ts';
import { firstJobs } from './bench/first-jobs.ts';
import { functions, variables } from './bench/functions.ts';
import { polling } from './bench/polling.ts';
import { scale } from './bench/scale.ts';
import { starts } from './bench/starts.ts';
import { submitting } from './bench/submitting.ts';
import { requests, tasks } from './bench/tasks.ts';
import { startEnvironment } from './environment/start.ts';

async function deployed(): Promise<Figure[]> {
  const { ready, stop } = startEnvironment({ state });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  const { first, environments } = await (async () => {
    try {
      const { local } = await ready;
      return { first: await firstJobs(local), environments: await variables(local.endpoint) };
    } finally {
      await stop();
    }
  })();
  return [...first, ...(await functions(environments))];
}

/** `npm run bench -- polling` measures one group and keeps what is known of the others. */
const groups: Record<string, () => Promise<Figure[]>> = {
  starts: async () => starts(),
  polling,
  costs,
  scale,
  submitting,
  deployed,
  tasks,
  requests,
};

/** What was measured before and is not measured now. */
function known(measured: readonly Figure[]): Figure[] {
  const names = new Set(measured.map(({ name }) => name));
  return (JSON.parse(readFileSync('docs/figures.json', 'utf8')) as Figure[]).filter(({ name }) => !names.has(name));
}

const row = ({ name, value, unit, goal, met, date }: Figure) =>
  `| ${name} | ${value} ${unit} | ${goal === undefined ? '' : `at most ${goal}`} | ${met === undefined ? '' : met ? 'yes' : 'no'} | ${date} |`;

const wanted = process.argv.slice(2);
const unknown = wanted.filter((group) => groups[group] === undefined);
if (unknown.length > 0) throw new Error(`No group ${unknown.join(', ')}; there are ${Object.keys(groups).join(', ')}.`);
const measured: Figure[] = [];
for (const [group, measure] of Object.entries(groups))
  if (wanted.length === 0 || wanted.includes(group)) measured.push(...(await measure()));
const figures = wanted.length === 0 ? measured : [...measured, ...known(measured)];
writeFileSync('docs/figures.json', `${JSON.stringify(figures, null, 2)}\n`);
const table = ['| figure | value | goal | met | measured |', '| --- | --- | --- | --- | --- |', ...figures.map(row)].join('\n');
writeFileSync('docs/figures.md', `# Figures\n\nMeasured by \`${command}\`; \`figures.json\` has the same for programs.\n\n${table}\n`);
spawnSync('prettier', ['--write', '--log-level', 'warn', 'docs/figures.json', 'docs/figures.md'], { stdio: 'inherit' });
console.log(table);
