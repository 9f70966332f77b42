import * as z from 'zod';
import { dev } from './dev.ts';
import { local } from './local.ts';
import { prod } from './prod.ts';
import { Config, type ConfigInput } from './schema.ts';

const environments: Record<string, (machine: NodeJS.ProcessEnv) => ConfigInput> = { local, dev: () => dev, prod };

/** The checked config of the environment of that name; throws with every fault when it does not hold together. */
export function loadConfig(name: unknown, machine: NodeJS.ProcessEnv = process.env): Config {
  const values = environments[String(name)];
  if (!values)
    throw new Error(
      `Unknown environment "${String(name)}": there are ${Object.keys(environments).join(', ')} (npm run deploy -- <environment>; for cdk, -c env=<environment>).`,
    );
  const parsed = Config.safeParse(values(machine));
  if (!parsed.success) throw new Error(`lib/config/${String(name)}.ts:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}
