import { type Figure, state } from './bench/figure.ts';
import { keepFigures } from './bench/keep.ts';
import { costs } from './bench/costs.ts';
import { firstJobs } from './bench/first-jobs.ts';
import { functions, variables } from './bench/functions.ts';
import { polling } from './bench/polling.ts';
import { scale } from './bench/scale.ts';
import { seedsPlayed } from './bench/seeds.ts';
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
  seeds: async () => seedsPlayed(),
  submitting,
  deployed,
  tasks,
  requests,
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((group) => groups[group] === undefined);
if (unknown.length > 0) {
  const what = wanted.includes('--help')
    ? 'npm run bench -- [group ...]   measures all groups, or these'
    : `No group ${unknown.join(', ')}`;
  console.error(`${what}; there are ${Object.keys(groups).join(', ')}.`);
  process.exit(wanted.includes('--help') ? 0 : 2);
}
const measured: Figure[] = [];
for (const [group, measure] of Object.entries(groups))
  if (wanted.length === 0 || wanted.includes(group)) measured.push(...(await measure()));
console.log(keepFigures(measured, wanted.length === 0));
