import { readFileSync } from 'node:fs';
import { type Figure, figure } from './figure.ts';

/** What the last `npm start -- --once` noted down of each kind: with and without installing packages. */
export function starts(): Figure[] {
  const kinds = [
    { file: 'timing-fresh.json', name: 'npm start -- --once, fresh clone', goal: 90 },
    { file: 'timing.json', name: 'npm start -- --once, installed', goal: 20 },
  ];
  return kinds.flatMap(({ file, name, goal }) => {
    try {
      const { total } = JSON.parse(readFileSync(`.swath/${file}`, 'utf8')) as { total: number };
      return [{ ...figure(name, total, 's', goal), command: 'npm start -- --once' }];
    } catch {
      console.log(`No .swath/${file}: run npm start -- --once ${goal === 90 ? 'in a fresh clone ' : ''}first to have this figure.`);
      return [];
    }
  });
}
