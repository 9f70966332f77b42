import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { spawnSync } from 'node:child_process';
import { rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { bundle, bundling } from '../bundle.ts';
import { awsConfig } from '../environment/local.ts';
import { type Figure, figure, quantile, state } from './figure.ts';

/** Environment variables of the deployed functions by the name of their entry point, which their description carries. */
export async function variables(endpoint: string): Promise<Record<string, NodeJS.ProcessEnv>> {
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
export async function functions(variables: Record<string, NodeJS.ProcessEnv>): Promise<Figure[]> {
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
  const times = [baseline, ...files].map((_, index) =>
    quantile(
      rounds.map((one) => one[index]!),
      0.5,
    ),
  );
  rmSync(baseline);
  return names.flatMap((name, index) => [
    figure(`${name}: bundle`, statSync(files[index]!).size / 1024, 'KiB'),
    figure(`${name}: load time`, times[index + 1]! / times[0]!, 'x a function with only the DynamoDB client', 1),
  ]);
}
