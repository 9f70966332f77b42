import { describe, expect, it } from '@jest/globals';
import { RegisterJobDefinitionRequest$, SubmitJobRequest$ } from '@aws-sdk/client-batch';
import { batchWorld } from '../support/memory-batch.ts';

/** A type of the SDK's model of the service: a number, or kind, namespace, name, traits and what it is made of. */
type Type = number | (() => Type) | readonly unknown[];
const [list, map, struct] = [1, 2, 3];
/** Flags of lists and maps of simple types. */
const [simpleList, simpleMap] = [64, 128];
const simple = ['string', 'number', 'boolean'];

/** Where a value is not what the model of the service says. */
function faults(type: Type, value: unknown, at = ''): string[] {
  if (typeof type === 'function') return faults(type(), value, at);
  if (typeof type === 'number') {
    if (type & simpleMap) return Object.entries(value as object).flatMap(([key, one]) => faults(type & ~simpleMap, one, `${at}/${key}`));
    if (type & simpleList) return (value as unknown[]).flatMap((one, i) => faults(type & ~simpleList, one, `${at}/${i}`));
    const wanted = simple[type];
    return typeof value === wanted ? [] : [`${at} is no ${wanted}`];
  }
  if (type[0] === list) return (value as unknown[]).flatMap((one, i) => faults(type[4] as Type, one, `${at}/${i}`));
  if (type[0] === map) return Object.entries(value as object).flatMap(([key, one]) => faults(type[5] as Type, one, `${at}/${key}`));
  if (type[0] !== struct) return [`${at} is of a kind that is not known here`];
  const [names, types] = [type[4] as string[], type[5] as Type[]];
  const required = names.slice(0, (type[6] as number | undefined) ?? 0).filter((name) => !(name in (value as object)));
  return [
    ...required.map((name) => `${at}/${name} is missing`),
    ...Object.entries(value as object).flatMap(([name, one]) => {
      const i = names.indexOf(name);
      return i < 0 ? [`${at}/${name} is not known`] : faults(types[i]!, one, `${at}/${name}`);
    }),
  ];
}

const longest = { jobName: /^[A-Za-z0-9][\w-]{0,127}$/, tag: /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u };

describe('What is sent to AWS Batch', () => {
  it.each([
    ['that asks for nothing', {}, 'tile-ndvi'],
    [
      'that asks for all there is',
      { config: { cpuMin: 8, memoryMin: 50, storageTempMin: 100, command: ['run'], jobTimeout: 600 } },
      'tile-ndvi',
    ],
    ['whose id has a dot and many letters', {}, `a.${'b'.repeat(98)}`],
  ])('fits the model of the service, and its limits, for a package %s', async (_, unit, id) => {
    const world = batchWorld();
    const process = await world.deployed({}, unit, id);
    const tag = '[swath:swath-production-0a1b2c3d/0198c0de-0000-7000-8000-000000000001-99999.12]';
    expect(await world.client.create(world.submission(process, {}, tag))).toMatchObject({ kind: 'done' });
    const [{ name, definition }] = world.batch.definitions as [(typeof world.batch.definitions)[number]];
    const { jobName, jobQueue, jobDefinition, ecsPropertiesOverride, tags } = [...world.batch.jobs.values()][0]!;
    const sent = { jobName, jobQueue, jobDefinition, ecsPropertiesOverride, tags };
    expect(faults(RegisterJobDefinitionRequest$, { jobDefinitionName: name, ...definition })).toEqual([]);
    expect(faults(SubmitJobRequest$, sent)).toEqual([]);
    expect([name, jobName].filter((one) => !longest.jobName.test(one))).toEqual([]);
    expect(Object.values(tags).filter((one) => !longest.tag.test(one))).toEqual([]);
    // "AWS Batch service quotas": 24 KiB and 30 KiB.
    expect(JSON.stringify(definition).length).toBeLessThan(24 * 1024);
    expect(JSON.stringify(sent).length).toBeLessThan(30 * 1024);
  });

  it('is compared in earnest: a member that is not in the model, and one that is missing, are found', () => {
    expect(
      faults(SubmitJobRequest$, {
        jobName: 1,
        jobQueue: 'q',
        ecsPropertiesOverride: { taskProperties: [{ containers: [{ entryPoint: [] }] }] },
      }),
    ).toEqual([
      '/jobDefinition is missing',
      '/jobName is no string',
      '/ecsPropertiesOverride/taskProperties/0/containers/0/entryPoint is not known',
    ]);
  });

  it('takes sizes that Fargate has, all containers of a task together', async () => {
    const world = batchWorld();
    await world.client.create(world.submission(await world.deployed({}, { config: { cpuMin: 2, memoryMin: 4 } })));
    const sum = (type: string) =>
      world.containers().reduce((all, one) => all + Number(one.resourceRequirements.find((r) => r.type === type)!.value), 0);
    expect([sum('VCPU'), sum('MEMORY')]).toEqual([2, 5120]);
  });
});
