import { Validations, type App } from 'aws-cdk-lib';
import { Checks } from './acknowledged.ts';
import type { Config } from './config/schema.ts';
import { ApiStack } from './stacks/api.ts';
import { CallbacksStack } from './stacks/callbacks.ts';
import { ContainersStack } from './stacks/containers.ts';
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
  const containers = config.containers && new ContainersStack(app, config, data, config.containers);
  const workflows = new WorkflowsStack(app, config, data, containers);
  const upscaling = new UpscalingStack(app, config, data, workflows);
  const live = new LiveStack(app, config, data, workflows);
  const api = new ApiStack(app, config, { data, identity, containers, workflows, upscaling, live });
  const callbacks = new CallbacksStack(app, config, { data, containers, workflows, apiUrl: api.url });
  // The emulator has no use for alarms.
  const dead = [...workflows.deadLetters, ...upscaling.deadLetters, ...live.deadLetters, ...callbacks.deadLetters];
  const { onLaterLogs, onTick } = workflows;
  const logs = { auditLogs: onLaterLogs, sweepLogs: upscaling.onSweepLogs };
  if (!config.endpoint) new OperationsStack(app, config, { deadLetters: dead, ...logs, onTick });
  Validations.of(app).addPlugins(new Checks(app));
}
