import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle, bundling } from './bundle.ts';
import { call, ndviJob } from './demo.ts';
import { awsConfig, type Local } from './environment/local.ts';
import { startEnvironment } from './environment/start.ts';
import { signIn } from './environment/users.ts';
import { JobWatch } from './job-watch.ts';

interface Figure {
  name: string;
  value: number;
  unit: string;
  goal?: number;
  met?: boolean;
  command: string;
  date: string;
}

const command = 'npm run bench';
const date = new Date().toISOString().slice(0, 10);
const state = '.swath/bench';
const round = (value: number) => Math.round(value * 100) / 100;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Smaller is better in every figure here. */
const figure = (name: string, value: number, unit: string, goal?: number): Figure => ({
  name,
  value: round(value),
  unit,
  ...(goal === undefined ? {} : { goal, met: value <= goal }),
  command,
  date,
});

/** Environment variables of the deployed functions by the name of their entry point, which their description carries. */
async function variables(endpoint: string): Promise<Record<string, NodeJS.ProcessEnv>> {
  const lambda = new LambdaClient(awsConfig(endpoint));
  const found: Record<string, NodeJS.ProcessEnv> = {};
  for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
    for (const { Description = '', Environment } of Functions)
      found[Description.replace(/^lambdas\/|\.ts$/g, '')] = Environment?.Variables ?? {};
  return found;
}

/** Milliseconds that a new Node needs to load a bundle, without Node's own start. */
function loadTime(file: string, variables: NodeJS.ProcessEnv = {}): number {
  const script = `const t = process.hrtime.bigint(); require(${JSON.stringify(file)}); console.log(Number(process.hrtime.bigint() - t) / 1e6); process.exit(0)`;
  const env = { PATH: process.env['PATH'], AWS_REGION: 'us-east-1', ...variables };
  const { stdout, stderr, status } = spawnSync('node', ['-e', script], { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${file} does not load: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.slice(-600)}`);
  return Number(stdout.trim().split('\n').at(-1));
}

/** Size and load time of each function, the time as a ratio to a function that only makes a DynamoDB client. */
async function functions(variables: Record<string, NodeJS.ProcessEnv>): Promise<Figure[]> {
  const names = await bundle(resolve(state, 'lambdas'));
  const baseline = resolve(state, 'lambdas/bench-baseline.js');
  const contents = `import { DynamoDBClient } from '@aws-sdk/client-dynamodb'; const client = new DynamoDBClient({}); export const handler = () => client;`;
  await build({ ...bundling, stdin: { contents, resolveDir: '.' }, outfile: baseline });
  const files = names.map((name) => resolve(state, `lambdas/${name}/index.js`));
  // In turns, so that a busy moment of the machine touches all alike.
  const rounds = Array.from({ length: 9 }, () => [
    loadTime(baseline),
    ...files.map((file, index) => loadTime(file, variables[names[index]!])),
  ]);
  const times = [baseline, ...files].map((_, index) => median(rounds.map((one) => one[index]!)));
  rmSync(baseline);
  return names.flatMap((name, index) => [
    figure(`${name}: bundle`, statSync(files[index]!).size / 1024, 'KiB'),
    figure(`${name}: load time`, times[index + 1]! / times[0]!, 'x a function with only the DynamoDB client', 1),
  ]);
}

/** Seconds from the request to the final frame of the WebSocket. */
async function oneJob(local: Local): Promise<number> {
  const signal = AbortSignal.timeout(60_000);
  const token = await signIn(local, 'alice');
  const ticket = () => call<{ url: string }>(token, 'POST', `${local.apiUrl}/job_status/tickets`, signal);
  const watch = new JobWatch(async () => (await ticket()).url);
  await watch.opened(signal);
  const start = performance.now();
  const job = await call<{ id: string }>(token, 'POST', `${local.apiUrl}/unit_jobs`, signal, ndviJob(local));
  const final = await watch.final(job.id, () => undefined, signal);
  const seconds = (performance.now() - start) / 1000;
  watch.close();
  if (final !== 'finished') throw new Error(`The job ended as ${final}.`);
  return seconds;
}

async function jobs(): Promise<{ figures: Figure[]; environments: Record<string, NodeJS.ProcessEnv> }> {
  const { ready, stop } = startEnvironment({ state });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop().finally(() => process.exit(130)));
  try {
    const { local } = await ready;
    const first = await oneJob(local);
    const further: number[] = [];
    for (let i = 0; i < 9; i++) further.push(await oneJob(local));
    const figures = [
      figure('Request to final frame, first job, local', first, 's'),
      figure('Request to final frame, median of 9 further jobs, local', median(further), 's'),
    ];
    return { figures, environments: await variables(local.endpoint) };
  } finally {
    await stop();
  }
}

/** What the last `npm start -- --once` noted down of each kind: with and without installing packages. */
function starts(): Figure[] {
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

const row = ({ name, value, unit, goal, met }: Figure) =>
  `| ${name} | ${value} ${unit} | ${goal === undefined ? '' : `at most ${goal}`} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`;

const local = await jobs();
const figures = [...starts(), ...local.figures, ...(await functions(local.environments))];
writeFileSync('docs/figures.json', `${JSON.stringify(figures, null, 2)}\n`);
const table = ['| figure | value | goal | met |', '| --- | --- | --- | --- |', ...figures.map(row)].join('\n');
writeFileSync(
  'docs/figures.md',
  `# Figures\n\nMeasured by \`${command}\` on ${date}; \`figures.json\` has the same for programs.\n\n${table}\n`,
);
spawnSync('prettier', ['--write', '--log-level', 'warn', 'docs/figures.json', 'docs/figures.md'], { stdio: 'inherit' });
console.log(table);
