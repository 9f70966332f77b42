import { parseArgs } from 'node:util';
import { readLocal } from './environment/local.ts';
import { signIn } from './environment/users.ts';

const usage = 'npm run -s token <alice|bob|dora|ada> [-- --state <folder>]   prints a bearer token of the local environment';
try {
  const options = { state: { type: 'string', default: '.swath' }, help: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  if (values.help || positionals.length !== 1) console.error(usage);
  else console.log(await signIn(readLocal(values.state), positionals[0]!));
  process.exitCode = positionals.length === 1 || values.help ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
