import { readFileSync } from 'node:fs';
import { App } from 'aws-cdk-lib';
import { loadConfig } from '../../lib/config/load.ts';
import type { Config } from '../../lib/config/schema.ts';
import { swath } from '../../lib/swath.ts';

export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DeletionPolicy?: string;
}
export interface Template {
  Resources: Record<string, Resource>;
  Outputs?: Record<string, { Value: unknown; Export?: unknown }>;
}

const { context } = JSON.parse(readFileSync(new URL('../../cdk.json', import.meta.url), 'utf8')) as { context: object };

/** The app of an environment with the feature flags that the CLI would give it; not yet synthesized. */
export function build(config: Config): App {
  const app = new App({ context: { ...context } });
  swath(app, config);
  return app;
}

/** Templates by stack name. Throws on findings that nobody acknowledged. */
export const synthesize = (config: Config): Record<string, Template> =>
  Object.fromEntries(
    build(config)
      .synth()
      .stacks.map((stack) => [stack.stackName, stack.template as Template]),
  );

export const configs = { local: loadConfig('local', {}), dev: loadConfig('dev', {}), prod: loadConfig('prod', {}) };

/** `[logical id, resource]` of every resource of a type (all types without one), over all stacks. */
export const resources = (templates: Record<string, Template>, type?: string): [string, Resource][] =>
  Object.values(templates)
    .flatMap((t) => Object.entries(t.Resources))
    .filter(([, r]) => !type || r.Type === type);
