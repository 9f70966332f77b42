import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import { loadConfig } from '../lib/config/load.ts';

const usage = `npm run deploy <environment> [-- <options of cdk deploy>]

Bundles the functions and deploys every stack of an environment of lib/config with your own AWS credentials, as the AWS CLI finds them
(AWS_PROFILE, AWS_ACCESS_KEY_ID ...). CDK shows changes of permissions and asks first; -- --require-approval never does not ask.

Once per account and region the CDK toolkit is needed:   npx cdk bootstrap aws://<account>/<region>
What would change:                                       npx cdk diff -c env=<environment> --all
The local environment is started by:                     npm start`;

async function main([name, ...options]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || options.includes('--help')) {
    console.log(usage);
    return name === undefined ? 1 : 0;
  }
  if (name === 'local') throw new Error('The local environment is not deployed to AWS. Start it: npm start');
  if (process.env['AWS_ENDPOINT_URL'])
    throw new Error('AWS_ENDPOINT_URL is set, so this would not reach AWS. Remove it from the environment first.');
  const { region, alarmEmail } = loadConfig(name);
  console.log(`Deploying ${name} to ${region}; alarms ${alarmEmail ? `go to ${alarmEmail}` : 'show in CloudWatch only'}`);
  const out = resolve('cdk.out', name); // of this environment: two may be deployed at once
  const command = ['deploy', '--all', '-c', `env=${name}`, '--output', out, '--outputs-file', `${out}/outputs.json`, ...options];
  const { status } = spawnSync('cdk', command, { stdio: 'inherit' });
  if (status !== 0)
    console.error(`\nThe deployment failed. Was this account and region bootstrapped? npx cdk bootstrap aws://<account>/${region}`);
  else console.log(`\nThe outputs are in ${out}/outputs.json`);
  return status ?? 1;
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
