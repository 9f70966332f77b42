import { Validations, type App } from 'aws-cdk-lib';
import { Checks } from './acknowledged.ts';
import type { Config } from './config/schema.ts';
import { ApiStack } from './stacks/api.ts';
import { CallbacksStack } from './stacks/callbacks.ts';
import { DataStack } from './stacks/data.ts';
import { IdentityStack } from './stacks/identity.ts';
import { LiveStack } from './stacks/live.ts';
import { OperationsStack } from './stacks/operations.ts';
import { UpscalingStack } from './stacks/upscaling.ts';
import { WorkflowsStack } from './stacks/workflows.ts';

/** All stacks of one environment, each using only those before it; synthesis fails on findings that nobody acknowledged. */
export function swath(app: App, config: Config): void {
  const data = new DataStack(app, config);
  const identity = new IdentityStack(app, config);
  const workflows = new WorkflowsStack(app, config, data);
  const upscaling = new UpscalingStack(app, config, data, workflows);
  const live = new LiveStack(app, config, data, workflows);
  const api = new ApiStack(app, config, { data, identity, workflows, upscaling, live });
  const callbacks = new CallbacksStack(app, config, { data, workflows, apiUrl: api.url });
  // The emulator has no use for alarms.
  const dead = [...workflows.deadLetters, ...upscaling.deadLetters, ...live.deadLetters, ...callbacks.deadLetters];
  const { onLaterLogs, onTick } = workflows;
  if (!config.endpoint) new OperationsStack(app, config, { deadLetters: dead, auditLogs: onLaterLogs, onTick });
  Validations.of(app).addPlugins(new Checks(app));
}
