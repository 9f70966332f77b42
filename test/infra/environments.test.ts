import { describe, expect, it } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledged } from '../../lib/acknowledged.ts';
import { loadConfig } from '../../lib/config/load.ts';
import { Config } from '../../lib/config/schema.ts';
import { build, configs, resources, synthesize, type Template } from './synthesized.ts';

interface Replica {
  DeletionProtectionEnabled: boolean;
  PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: boolean };
}

const templates = { local: synthesize(configs.local), dev: synthesize(configs.dev), prod: synthesize(configs.prod) };
const each = Object.entries(templates);

/** Characters of a value that is known at deployment only: the longest here are URLs of queues and APIs, and ARNs. */
const unresolvedLength = 150;
const environmentBytes = (variables: Record<string, unknown>): number =>
  Object.entries(variables).reduce(
    (sum, [name, value]) => sum + name.length + (typeof value === 'string' ? Buffer.byteLength(value) : unresolvedLength),
    0,
  );
const variablesOf = (all: Record<string, Template>): [string, Record<string, unknown>][] =>
  resources(all, 'AWS::Lambda::Function').map(([id, r]) => [
    id,
    (r.Properties['Environment'] as { Variables: Record<string, unknown> }).Variables,
  ]);

describe('an environment', () => {
  it('synthesizes offline without findings, alarms only on AWS', () => {
    expect(Object.keys(templates.local).sort()).toEqual(
      ['api', 'callbacks', 'data', 'identity', 'live', 'upscaling', 'workflows'].map((name) => `swath-local-${name}`),
    );
    for (const env of ['dev', 'prod'] as const)
      expect(Object.keys(templates[env]).sort()).toEqual(
        ['api', 'callbacks', 'containers', 'data', 'identity', 'live', 'operations', 'upscaling', 'workflows'].map(
          (name) => `swath-${env}-${name}`,
        ),
      );
  });

  it('does not synthesize with a finding that nobody acknowledged', () => {
    const app = build(configs.dev);
    new Bucket(app.node.findChild('data') as Stack, 'Plain');
    expect(() => app.synth()).toThrow("Acknowledge with 'AwsSolutions::AwsSolutions-S10'");
  });

  it('acknowledges nothing that is not found', () => {
    const app = build(configs.dev);
    app.synth();
    const found = new AwsSolutionsChecks(app)
      .validateScope(app)
      .violations.flatMap((v) => v.violatingResources.map((r) => [v.ruleName, r.constructPath ?? ''] as const));
    const unused = acknowledged.filter((a) => !found.some(([rule, path]) => a.finding.test(rule) && a.at.test(path)));
    expect(unused).toEqual([]);
  });

  it('is asked for by a name that exists', () => {
    expect(() => loadConfig('moon', {})).toThrow('there are local, dev, prod');
    expect(() => loadConfig(undefined, {})).toThrow('Unknown environment');
  });

  it.each(each)('%s keeps what holds data, or removes it, as its config says', (name, all) => {
    const kept = configs[name as keyof typeof configs].removal === 'retain';
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::Cognito::UserPool']) {
      expect(resources(all, type).length).toBeGreaterThan(0);
      for (const [, r] of resources(all, type)) expect(r.DeletionPolicy).toBe(kept ? 'Retain' : 'Delete');
    }
    for (const [, table] of resources(all, 'AWS::DynamoDB::GlobalTable')) {
      const replicas = table.Properties['Replicas'] as Replica[];
      expect(replicas.map((r) => [r.DeletionProtectionEnabled, r.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled])).toEqual([
        [kept, kept],
      ]);
    }
    for (const [, pool] of resources(all, 'AWS::Cognito::UserPool'))
      expect(pool.Properties['DeletionProtection']).toBe(kept ? 'ACTIVE' : 'INACTIVE');
  });

  it.each(each)('%s keeps logs as long as its config says, and its throttle', (name, all) => {
    const { logRetentionDays, throttle } = configs[name as keyof typeof configs];
    const logs = resources(all, 'AWS::Logs::LogGroup').map(([, r]) => r.Properties['RetentionInDays']);
    expect([...new Set(logs)]).toEqual([logRetentionDays]);
    const stages = resources(all, 'AWS::ApiGatewayV2::Stage').map(([, r]) => r.Properties['DefaultRouteSettings']);
    for (const stage of stages) expect(stage).toMatchObject({ ThrottlingRateLimit: throttle.rate, ThrottlingBurstLimit: throttle.burst });
  });

  it('may not be deleted as a stack where people rely on it', () => {
    const guarded = (config: Config) => new Set(build(config).node.children.map((stack) => (stack as Stack).terminationProtection));
    expect([guarded(configs.prod), guarded(configs.dev)]).toEqual([new Set([true]), new Set([false])]);
  });

  it('tells the operator whom the machine names of its alarms, and nobody else', () => {
    const to = (all: Record<string, Template>) => resources(all, 'AWS::SNS::Subscription').map(([, r]) => r.Properties['Endpoint']);
    expect(to(templates.prod)).toEqual([]);
    expect(loadConfig('prod', { SWATH_ALARM_EMAIL: 'operator@example.org' }).alarmEmail).toBe('operator@example.org');
    expect(() => loadConfig('prod', { SWATH_ALARM_EMAIL: 'operator' })).toThrow(/alarmEmail/);
    expect(to(synthesize({ ...configs.prod, alarmEmail: 'operator@example.org' }))).toEqual(['operator@example.org']);
  });

  it('names the emulator to functions only where there is one', () => {
    for (const [, variables] of variablesOf(templates.local)) expect(variables['AWS_ENDPOINT_URL']).toBe('http://127.0.0.1:4566');
    for (const [, variables] of variablesOf(templates.dev)) expect(variables).not.toHaveProperty('AWS_ENDPOINT_URL');
  });

  it('may stand beside another in one account: no physical name is shared', () => {
    const other = synthesize(Config.parse({ ...configs.dev, env: 'other' }));
    expect([...Object.keys(other), ...Object.keys(templates.prod)].filter((stack) => stack in templates.dev)).toEqual([]);
    const named = (all: Record<string, Template>) =>
      resources(all).flatMap(([id, { Type, Properties }]) =>
        Object.entries(Properties ?? {})
          .filter(
            ([property]) =>
              physical[Type]?.includes(property) ||
              (/^AWS::(?!IAM::Policy|Lambda::EventS|ApiGatewayV2|Cognito::UserPoolGroup)/.test(Type) && nameProperty(Type) === property),
          )
          .map(([, value]) => `${id}: ${JSON.stringify(value)}`),
      );
    expect(named(templates.dev)).toEqual([expect.stringMatching(/^Bus\w+: "swath-dev-data"$/)]);
    expect(named(templates.prod)).toEqual([expect.stringMatching(/^Bus\w+: "swath-prod-data"$/)]);
    expect(named(other)).toEqual([expect.stringMatching(/^Bus\w+: "swath-other-data"$/)]);
    for (const all of [templates.dev, templates.prod, other])
      expect(Object.values(all).flatMap((t) => Object.values(t.Outputs ?? {}).filter((o) => o.Export))).toEqual([]);
  });
});

/** The property that gives a resource of this type its physical name: `QueueName` of `AWS::SQS::Queue`. */
const nameProperty = (type: string): string => `${type === 'AWS::DynamoDB::GlobalTable' ? 'Table' : type.split('::')[2]}Name`;
/** Types that call it otherwise. */
const physical: Record<string, string[]> = { 'AWS::Events::Rule': ['Name'], 'AWS::Events::EventBus': ['Name'] };

describe('the environment variables of a function', () => {
  it.each(each)('of %s fit into the 4 KB that Lambda allows', (_, all) => {
    for (const [id, variables] of variablesOf(all)) expect([id, environmentBytes(variables) < 4096]).toEqual([id, true]);
  });
});
describe('the registry', () => {
  it('is seeded at each deployment with the platforms of the config, however many', () => {
    const platform = configs.local.platforms[0]!;
    const more = Array.from({ length: 50 }, (_, n) => ({
      ...platform,
      id: `platform-${n}`,
      baseUrl: `https://platform-${n}.example.org/ogc`,
    }));
    const [[, seed] = [undefined, undefined]] = resources(
      synthesize({ ...configs.local, platforms: more }),
      'AWS::CloudFormation::CustomResource',
    );
    expect(JSON.parse(seed!.Properties['Platforms'] as string)).toEqual(more);
  });
});
