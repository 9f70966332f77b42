import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { command, date, type Figure, state } from './bench/figure.ts';
import { firstJobs } from './bench/first-jobs.ts';
import { functions, variables } from './bench/functions.ts';
import { polling } from './bench/polling.ts';
import { starts } from './bench/starts.ts';
import { startEnvironment } from './environment/start.ts';

async function deployed(): Promise<{ figures: Figure[]; environments: Record<string, NodeJS.ProcessEnv> }> {
  const { ready, stop } = startEnvironment({ state });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    const { local } = await ready;
    return { figures: await firstJobs(local), environments: await variables(local.endpoint) };
  } finally {
    await stop();
  }
}

const row = ({ name, value, unit, goal, met }: Figure) =>
  `| ${name} | ${value} ${unit} | ${goal === undefined ? '' : `at most ${goal}`} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`;

const local = await deployed();
const figures = [...starts(), ...local.figures, ...(await polling()), ...(await functions(local.environments))];
writeFileSync('docs/figures.json', `${JSON.stringify(figures, null, 2)}\n`);
const table = ['| figure | value | goal | met |', '| --- | --- | --- | --- |', ...figures.map(row)].join('\n');
writeFileSync(
  'docs/figures.md',
  `# Figures\n\nMeasured by \`${command}\` on ${date}; \`figures.json\` has the same for programs.\n\n${table}\n`,
);
spawnSync('prettier', ['--write', '--log-level', 'warn', 'docs/figures.json', 'docs/figures.md'], { stdio: 'inherit' });
console.log(table);
