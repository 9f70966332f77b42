import { DeleteBucketPolicyCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { awsConfig, awsEnvironment } from './local.ts';
import { runCommand } from './run.ts';

const account = '000000000000';
const region = 'us-east-1';

export interface Deployment {
  root: string;
  state: string;
  endpoint: string;
  /** SWATH_... variables that lib/config/local.ts reads. */
  config: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

const environment = ({ root, endpoint, config }: Deployment): NodeJS.ProcessEnv => ({
  HOME: process.env['HOME'],
  PATH: `${root}/node_modules/.bin:${process.env['PATH']}`,
  ...awsEnvironment(endpoint),
  CDK_DEFAULT_ACCOUNT: account,
  CDK_DEFAULT_REGION: region,
  CDK_DISABLE_CLI_TELEMETRY: 'true',
  CI: 'true',
  ...config,
});

/** The toolkit's own stack, run from an empty folder, where the command does not synthesize the app. */
export async function cdkBootstrap(deployment: Deployment): Promise<void> {
  const { state, endpoint, signal } = deployment;
  const cwd = `${state}/empty`;
  mkdirSync(cwd, { recursive: true });
  await runCommand('cdk-bootstrap', ['cdk', 'bootstrap', `aws://${account}/${region}`], {
    state,
    cwd,
    env: environment(deployment),
    signal,
  });
  await dropBucketPolicy(endpoint, `cdk-hnb659fds-assets-${account}-${region}`);
}

/**
 * Removes a bucket's policy, which says one thing here: no plain HTTP. The emulator speaks nothing else, and with its IAM enforcement
 * that Deny would hold for every role.
 */
async function dropBucketPolicy(endpoint: string, Bucket: string): Promise<void> {
  const s3 = new S3Client({ ...awsConfig(endpoint), forcePathStyle: true });
  await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
  s3.destroy();
}

/** Writes the templates and the bundled functions to `<state>/cdk.out`. */
export async function synthesize(deployment: Deployment): Promise<void> {
  const { root, state, signal } = deployment;
  const out = `${state}/cdk.out`;
  rmSync(out, { recursive: true, force: true });
  const { context } = JSON.parse(readFileSync(`${root}/cdk.json`, 'utf8')) as { context: Record<string, unknown> };
  const env = { ...environment(deployment), CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify({ ...context, env: 'local' }) };
  await runCommand('cdk-synth', ['node', 'bin/swath.ts'], { state, cwd: root, env, signal });
}

/** Deploys every stack; answers all outputs by name. */
export async function deployAll(deployment: Deployment): Promise<Record<string, string>> {
  const { root, state, signal } = deployment;
  const outputs = `${state}/outputs.json`;
  const command = [
    'cdk',
    'deploy',
    '--app',
    `${state}/cdk.out`,
    '--all',
    '--require-approval',
    'never',
    '--concurrency',
    '5',
    '-O',
    outputs,
  ];
  await runCommand('cdk-deploy', command, { state, cwd: root, env: environment(deployment), signal });
  const byStack = JSON.parse(readFileSync(outputs, 'utf8')) as Record<string, Record<string, string>>;
  return Object.assign({}, ...Object.values(byStack)) as Record<string, string>;
}
