import type { ConfigInput } from './schema.ts';

/** CPUs of all running containers; 16 is what one of them may ask for at most. They cost while they run. */
const maxVcpus = 16;

/** An environment in an AWS account, for development and for trying Swath out. */
export const dev: ConfigInput = {
  env: 'dev',
  region: 'eu-central-1', // near the Copernicus Data Space
  removal: 'retain', // jobs and results outlive a stack that is removed by mistake
  terminationProtection: false, // its stacks may be deleted; what holds data stays all the same
  logLevel: 'info',
  logRetentionDays: 30,
  throttle: { rate: 50, burst: 100 }, // far below the account's 10,000 a second, so that one environment cannot use them up
  rolesClaim: 'cognito:groups', // groups of the environment's own user pool
  passwordAuth: false, // passwords go through SRP, or come from an administrator's own AWS credentials
  settings: {}, // the times of lambdas/dispatch/model.ts
  platforms: [
    {
      id: 'builtin',
      kind: 'builtin',
      title: 'Built-in processes',
      baseUrl: 'https://builtin.swath.invalid', // a name to ask for it by; nothing is called there
      limits: { running: 20, parallel: 20 },
    },
    {
      id: 'containers',
      kind: 'batch',
      title: 'Containers of deployed processes',
      baseUrl: 'https://containers.swath.invalid', // as above
      results: { policy: 'copy' }, // out of the folder that containers write to, into the workspace of the job's owner
      // As many as have a CPU each; AWS Batch takes 50 submissions a second, and 100 jobs in one read.
      limits: { running: maxVcpus, parallel: 10, readsPerMinute: 120 },
    },
  ],
  containers: { maxVcpus, image: 'public.ecr.aws/amazonlinux/amazonlinux:2023' },
};
