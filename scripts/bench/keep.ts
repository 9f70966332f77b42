import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { command, type Figure } from './figure.ts';

const row = ({ name, value, unit, goal, met, date }: Figure) =>
  `| ${name} | ${value} ${unit} | ${goal === undefined ? '' : `at most ${goal}`} | ${met === undefined ? '' : met ? 'yes' : 'no'} | ${date} |`;

/** Writes the figures beside those that were not measured now; `all`: the bench has no others. Answers the table of all. */
export function keepFigures(measured: readonly Figure[], all = false): string {
  const names = new Set(measured.map(({ name }) => name));
  const before = JSON.parse(readFileSync('docs/figures.json', 'utf8')) as Figure[];
  const figures = [...measured, ...before.filter((figure) => !names.has(figure.name) && !(all && figure.command === command))];
  writeFileSync('docs/figures.json', `${JSON.stringify(figures, null, 2)}\n`);
  const table = ['| figure | value | goal | met | measured |', '| --- | --- | --- | --- | --- |', ...figures.map(row)].join('\n');
  writeFileSync('docs/figures.md', `# Figures\n\nMeasured by the commands that \`figures.json\` names.\n\n${table}\n`);
  spawnSync('prettier', ['--write', '--log-level', 'warn', 'docs/figures.json', 'docs/figures.md'], { stdio: 'inherit' });
  return table;
}
