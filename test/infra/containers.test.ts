import { describe, expect, it } from '@jest/globals';
import { LaterMessage } from '../../lambdas/dispatch/wakers.ts';
import { ContainerService } from '../../lambdas/platforms/batch/model.ts';
import { Config } from '../../lib/config/schema.ts';
import { configs, resources, synthesize, type Resource } from './synthesized.ts';

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Condition?: Record<string, Record<string, unknown>>;
}
const templates = synthesize(configs.dev);
const own = { containers: templates['swath-dev-containers']! };
const one = (type: string): Resource['Properties'] => {
  const all = resources(own, type);
  expect(all).toHaveLength(1);
  return all[0]![1].Properties;
};
const statementsOf = (all: typeof templates, role: RegExp): Statement[] =>
  resources(all, 'AWS::IAM::Policy')
    .filter(([id]) => role.test(id))
    .flatMap(([, r]) => (r.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
/** Statements on AWS Batch, by who has them. */
const onBatch = (action: string) =>
  resources(templates, 'AWS::IAM::Policy')
    .flatMap(([id, r]) =>
      (r.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.map((statement) => ({
        who: id.replace(/RoleDefaultPolicy[0-9A-F]{8}$/, ''),
        ...statement,
      })),
    )
    .filter(({ Action }) => [Action].flat().includes(action));
const holders = (action: string) => [...new Set(onBatch(action).map(({ who }) => who))].sort();

describe('An environment with containers', () => {
  it('runs them on Fargate, as many as its config says, in a network that nothing reaches', () => {
    expect(one('AWS::Batch::ComputeEnvironment')).toMatchObject({
      ...{ Type: 'MANAGED', State: 'ENABLED' },
      ComputeResources: { Type: 'FARGATE', MaxvCpus: configs.dev.containers!.maxVcpus },
    });
    const [{ ComputeEnvironment }] = one('AWS::Batch::JobQueue')['ComputeEnvironmentOrder'] as [{ ComputeEnvironment: unknown }];
    expect(ComputeEnvironment).toEqual({ 'Fn::GetAtt': ['Compute', 'ComputeEnvironmentArn'] });
    expect(one('AWS::EC2::SecurityGroup')['SecurityGroupIngress']).toBeUndefined();
    expect(resources(own, 'AWS::EC2::SecurityGroupIngress')).toEqual([]);
  });

  it('pays nothing for it while none runs: no gateway, no endpoint by the hour, no address that is kept', () => {
    expect(resources(own, 'AWS::EC2::NatGateway')).toEqual([]);
    expect(resources(own, 'AWS::EC2::EIP')).toEqual([]);
    expect(one('AWS::EC2::VPCEndpoint')['VpcEndpointType']).toBe('Gateway');
  });

  it('lets a container add files below one prefix, and nothing else', () => {
    const [statement, ...others] = statementsOf(own, /^JobRole/);
    expect(others).toEqual([]);
    expect(statement).toMatchObject({ Action: 's3:PutObject' });
    expect(JSON.stringify(statement!.Resource)).toMatch(/"\/batch\/\*"/);
  });

  it('lets what starts them write their logs, and nothing else', () => {
    const logs = resources(own, 'AWS::Logs::LogGroup')[0]![0];
    expect(statementsOf(own, /^ExecutionRole/)).toEqual([
      { Effect: 'Allow', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: { 'Fn::GetAtt': [logs, 'Arn'] } },
    ]);
    expect(resources(own, 'AWS::IAM::Role').map(([, r]) => r.Properties['ManagedPolicyArns'])).toEqual([undefined, undefined]);
  });

  it('has both roles taken by tasks of its own account only', () => {
    for (const [, role] of resources(own, 'AWS::IAM::Role'))
      expect(role.Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'ecs-tasks.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      });
  });

  it('has containers run and stopped by whoever sends jobs, of this deployment only', () => {
    for (const action of ['batch:SubmitJob', 'batch:RegisterJobDefinition', 'batch:TerminateJob', 'iam:PassRole'])
      expect([action, holders(action)]).toEqual([action, ['OnLater', 'OnSync', 'Submit']]);
    for (const action of ['batch:SubmitJob', 'batch:RegisterJobDefinition'])
      for (const { Resource } of onBatch(action)) expect(JSON.stringify(Resource)).toMatch(/:job-definition\/swath-dev-/);
    for (const { Condition } of onBatch('batch:TerminateJob'))
      expect(JSON.stringify(Condition)).toMatch(/aws:ResourceTag\/swath:job.*swath:swath-dev-/);
    for (const { Condition } of onBatch('iam:PassRole'))
      expect(Condition).toEqual({ StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } });
  });

  it('has them read by whoever shows jobs, too', () => {
    const readers = ['Dispatch', 'FinishCopies', 'Ogc', 'OnJobSuccessful', 'OnLater', 'OnSync', 'Submit'];
    expect(holders('batch:DescribeJobs')).toEqual(readers);
    expect(holders('logs:GetLogEvents')).toEqual(readers);
  });

  it('names everything by its resource but what knows none', () => {
    const wild = resources(templates, 'AWS::IAM::Policy').flatMap(([, r]) =>
      (r.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement.filter((s) => [s.Resource].flat().includes('*')),
    );
    const actions = new Set(wild.flatMap(({ Action }) => [Action].flat()).filter((action) => action.startsWith('batch:')));
    expect([...actions].sort()).toEqual(['batch:DescribeJobDefinitions', 'batch:DescribeJobs', 'batch:ListJobs']);
  });

  it('tells its functions where containers run, in words that they read', () => {
    const told = resources(templates, 'AWS::Lambda::Function').flatMap(([id, r]) => {
      const { CONTAINERS } = (r.Properties['Environment'] as { Variables: Record<string, unknown> }).Variables;
      return CONTAINERS === undefined ? [] : [[id.replace(/[0-9A-F]{8}$/, ''), CONTAINERS] as const];
    });
    expect(told.map(([who]) => who).sort()).toEqual(
      ['Dispatch', 'FinishCopies', 'Ogc', 'OnJobSuccessful', 'OnLater', 'OnSync', 'Platforms', 'Submit'].sort(),
    );
    const [, joined] = told[0]! as [string, { 'Fn::Join': [string, unknown[]] }];
    const text = joined['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'arn')).join('');
    expect(ContainerService.parse(JSON.parse(text))).toMatchObject({ region: 'eu-central-1', maxVcpus: 16 });
  });

  it('polls the lane of containers when AWS tells of news, by a message that the job core reads', () => {
    const rule = resources(templates, 'AWS::Events::Rule').find(([id]) => id.startsWith('ContainerNews'))![1].Properties;
    expect(rule['EventPattern']).toMatchObject({
      source: ['aws.batch'],
      'detail-type': ['Batch Job State Change'],
      detail: { status: ['RUNNING', 'SUCCEEDED', 'FAILED'], jobQueue: [expect.anything()] },
    });
    const [target] = rule['Targets'] as [{ InputTransformer: { InputTemplate: string; InputPathsMap: Record<string, string> } }];
    const { InputTemplate, InputPathsMap } = target.InputTransformer;
    // An event in the form that the user guide of AWS Batch shows ("Job state change events").
    const event: Record<string, string> = { '$.time': '2022-01-11T23:36:40Z' };
    const message = InputTemplate.replaceAll(/<(\w+)>/g, (_, name: string) => JSON.stringify(event[InputPathsMap[name]!]));
    expect(LaterMessage.parse(JSON.parse(message))).toEqual({
      ...{ kind: 'poll', laneIds: ['containers~service'], toldAt: '2022-01-11T23:36:40Z' },
    });
  });
});

describe('An environment without containers', () => {
  it('has nothing of them', () => {
    const local = synthesize(configs.local);
    expect(Object.keys(local)).not.toContain('swath-local-containers');
    expect(JSON.stringify(local)).not.toMatch(/AWS::Batch|batch:|"CONTAINERS"|aws\.batch/);
  });

  it('has no platform that runs them, and one with them has exactly one', () => {
    const { containers, ...without } = configs.dev;
    const batch = without.platforms.find(({ kind }) => kind === 'batch')!;
    const message = /one platform of kind batch where there are containers/;
    expect(Config.safeParse(without).error?.message).toMatch(message);
    expect(Config.safeParse({ ...configs.local, containers }).error?.message).toMatch(message);
    const two = [...without.platforms, { ...batch, id: 'more' }];
    expect(Config.safeParse({ ...without, containers, platforms: two }).error?.message).toMatch(message);
  });
});
