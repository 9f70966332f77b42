import { describe, expect, it } from '@jest/globals';
import { strayMessage } from '../../lambdas/dispatch/model.ts';
import { takenUpMessage } from '../../lambdas/upscaling/model.ts';
import { configs, resources, synthesize, type Resource } from './synthesized.ts';

const templates = synthesize(configs.dev);

/** Logical ids are unique within a stack only: both the ids of resources and those in references get their stack in front. */
const idIn = (stack: string, reference: unknown): string =>
  `${stack}/${/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/.exec(JSON.stringify(reference))?.[1]}`;
const named = (type: string): [string, string, Resource][] =>
  Object.entries(templates).flatMap(([stack, template]) =>
    resources({ stack: template }, type).map(([id, r]): [string, string, Resource] => [stack, `${stack}/${id}`, r]),
  );
const byId = (type: string) => Object.fromEntries(named(type).map(([, id, r]) => [id, r]));
/** References in these properties, resolved to ids. */
const listed = (type: string) =>
  named(type).map(([stack, , r]) => ({ id: (reference: unknown) => idIn(stack, reference), props: r.Properties }));
const functions = byId('AWS::Lambda::Function');
const queues = byId('AWS::SQS::Queue');
const mappings = listed('AWS::Lambda::EventSourceMapping');
const property = (r: Resource | undefined, name: string) => r?.Properties[name] as unknown;
const fedByQueue = mappings.filter(({ id, props }) => id(props['EventSourceArn']) in queues);
const fedByStream = mappings.filter((m) => !fedByQueue.includes(m));

describe('an asynchronous edge ends in a dead-letter queue', () => {
  it('from a queue: after five tries, with a visibility of six times the time-out, and only failed messages again', () => {
    expect(fedByQueue).toHaveLength(5);
    for (const { id, props } of fedByQueue) {
      const queue = queues[id(props['EventSourceArn'])];
      const { deadLetterTargetArn, maxReceiveCount } = property(queue, 'RedrivePolicy') as Record<string, unknown>;
      expect(queues[id(deadLetterTargetArn)]).toBeDefined();
      expect(maxReceiveCount).toBe(5);
      expect(property(queue, 'VisibilityTimeout')).toBe(6 * (property(functions[id(props['FunctionName'])], 'Timeout') as number));
      expect(props['FunctionResponseTypes']).toEqual(['ReportBatchItemFailures']);
    }
  });

  it('from a table: after three tries of a batch that is cut in two each time', () => {
    expect(fedByStream).toHaveLength(5);
    for (const { id, props } of fedByStream) {
      const { OnFailure } = props['DestinationConfig'] as { OnFailure: { Destination: unknown } };
      expect(queues[id(OnFailure.Destination)]).toBeDefined();
      expect(props).toMatchObject({ BatchSize: 100, BisectBatchOnFunctionError: true, MaximumRetryAttempts: 3 });
    }
  });

  it('from a rule', () => {
    const dead = listed('AWS::Events::Rule').flatMap(({ id, props }) =>
      (props['Targets'] as { DeadLetterConfig?: { Arn: unknown } }[]).map((target) => id(target.DeadLetterConfig?.Arn)),
    );
    expect(dead).toHaveLength(6);
    for (const id of dead) expect(queues[id]).toBeDefined();
  });

  it('from an asynchronous call', () => {
    const failing = listed('AWS::Lambda::EventInvokeConfig');
    const called = failing.map(({ id, props }) => id(props['FunctionName']).replace(/^.*\/(\w+)[0-9A-F]{8}$/, '$1'));
    expect(called.sort()).toEqual(['BuiltinRun', 'Mosaic', 'OnAudit', 'OnSweep', 'OnSync', 'OnTick', 'RasterRun']);
    for (const { id, props } of failing) {
      const { OnFailure } = props['DestinationConfig'] as { OnFailure: { Destination: unknown } };
      expect(queues[id(OnFailure.Destination)]).toBeDefined();
    }
  });

  it('with an alarm on it', () => {
    const fed = fedByQueue.map(({ id, props }) => id(props['EventSourceArn']));
    const dead = Object.keys(queues).filter((id) => !fed.includes(id));
    const alarms = resources(templates, 'AWS::CloudWatch::Alarm').filter(([, r]) => r.Properties['Namespace'] === 'AWS/SQS');
    const watched = alarms.map(([, r]) => JSON.stringify(r.Properties['Dimensions']));
    for (const [stack, id] of dead.map((name) => name.split('/')))
      expect(watched.filter((dimensions) => dimensions.includes(`"${stack}"`) && dimensions.includes(`${id}`))).toHaveLength(1);
    expect(watched).toHaveLength(dead.length);
  });
});

it.each([
  ['what the audit finds running without a job of ours', strayMessage, 'OnLater'],
  ['work on a task that stood still', takenUpMessage, 'OnSweep'],
])('%s raises an alarm', (_, message, name) => {
  const filters = resources(templates, 'AWS::Logs::MetricFilter').map(([, r]) => r.Properties);
  const filter = filters.find(({ FilterPattern }) => FilterPattern === `{ $.message = "${message}" }`)!;
  expect(JSON.stringify(filter['LogGroupName'])).toContain(`${name}Logs`);
  const [{ MetricName }] = filter['MetricTransformations'] as [{ MetricName: string }];
  const alarm = resources(templates, 'AWS::CloudWatch::Alarm').find(([, r]) => r.Properties['MetricName'] === MetricName);
  expect(alarm?.[1].Properties).toMatchObject({ Namespace: 'Swath', Threshold: 0, AlarmActions: [expect.anything()] });
});

it('a chunk of a task ends before anybody else takes its work up', () => {
  const [, fn] = Object.entries(functions).find(([id]) => /\/DoChunk[0-9A-F]{8}$/.test(id))!;
  expect(property(fn, 'Timeout')).toBe(configs.dev.settings.chunkSeconds);
});

describe('a submitting function', () => {
  it.each(['Submit', 'OnLater'])('%s ends before its leases', (name) => {
    const [, fn] = Object.entries(functions).find(([id]) => new RegExp(`/${name}[0-9A-F]{8}$`).test(id))!;
    expect(property(fn, 'Timeout')).toBe(configs.dev.settings.functionSeconds);
  });
});
