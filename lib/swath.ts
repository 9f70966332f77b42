import { Validations, type App } from 'aws-cdk-lib';
import { Checks } from './acknowledged.ts';
import type { Config } from './config/schema.ts';
import { ApiStack } from './stacks/api.ts';
import { DataStack } from './stacks/data.ts';
import { IdentityStack } from './stacks/identity.ts';
import { LiveStack } from './stacks/live.ts';
import { OperationsStack } from './stacks/operations.ts';
import { WorkflowsStack } from './stacks/workflows.ts';

/** All stacks of one environment, each using only those before it; synthesis fails on findings that nobody acknowledged. */
export function swath(app: App, config: Config): void {
  const data = new DataStack(app, config);
  const identity = new IdentityStack(app, config);
  const workflows = new WorkflowsStack(app, config, data);
  const live = new LiveStack(app, config, data, workflows);
  new ApiStack(app, config, { data, identity, workflows, live });
  // The emulator has no use for alarms.
  if (!config.endpoint) new OperationsStack(app, config, [...workflows.deadLetters, ...live.deadLetters], workflows.onLaterLogs);
  Validations.of(app).addPlugins(new Checks(app));
}
