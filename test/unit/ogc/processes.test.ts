import { describe, expect, it } from '@jest/globals';
import { catalogue } from '../../../lambdas/ogc/catalogue.ts';
import { describeProcess, listProcesses } from '../../../lambdas/ogc/use-cases/processes.ts';
import { Platform } from '../../../lambdas/platforms/model.ts';
import { serviceOf } from '../../../lambdas/ogc/rules/process-id.ts';
import { serviceOfUnit } from '../../../lambdas/ogc/rules/run.ts';
import { openApiSchema } from '../../../lambdas/ogc/rules/schema.ts';
import { memoryCatalogue } from '../../support/catalogue.ts';
import { memoryPackages } from '../../support/memory-packages.ts';
import { MemoryPlatform } from '../../support/memory-platform.ts';

const url = 'https://api.example';
const platform = (id: string, kind: Platform['kind']) => ({
  ...Platform.parse({ id, kind, title: id, baseUrl: `https://${id}.example` }),
  ...{ state: 'active' as const, version: 1 },
});
const alice = { userId: 'alice', roles: ['user'] };
const places = (down: string[] = []) => ({ catalogue: memoryCatalogue(down), packages: memoryPackages().store });
const problem = async (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: { status: number; code: string }) => `${error.status} ${error.code}`,
  );

describe('The list of processes', () => {
  it('names those of every platform, built-in ones by their own name', async () => {
    const { items } = await listProcesses(places(), alice, { limit: 100 }, url);
    expect(items.map(({ id }) => id)).toEqual(['echo', 'one:everything', 'one:ndvi', 'two:ndvi']);
  });

  it('leaves out a platform that does not answer, and only that', async () => {
    const { items } = await listProcesses(places(['one']), alice, { limit: 100 }, url);
    expect(items.map(({ id }) => id)).toEqual(['echo', 'two:ndvi']);
  });

  it('is walked forwards and backwards page by page', async () => {
    const page = (cursor?: string) => listProcesses(places(), alice, { limit: 2, cursor }, url);
    const first = await page();
    expect(first.items.map(({ id }) => id)).toEqual(['echo', 'one:everything']);
    expect(first.prev).toBeUndefined();
    const second = await page(first.next);
    expect(second.items.map(({ id }) => id)).toEqual(['one:ndvi', 'two:ndvi']);
    expect(second.next).toBeUndefined();
    expect((await page(second.prev)).items).toEqual(first.items);
  });

  it('ends where the cursor points behind everything', async () => {
    const behind = Buffer.from('zzz').toString('base64url');
    expect(await listProcesses(places(), alice, { limit: 2, cursor: behind }, url)).toEqual({ items: [] });
  });
});

describe('A process description', () => {
  it('says how often each input may be given, and its type', async () => {
    const { inputs, outputs, version } = await describeProcess(places(), alice, 'one:everything', url);
    expect(version).toBe('2.1.0');
    expect(inputs['text']).toMatchObject({ minOccurs: 1, maxOccurs: 1 });
    expect(inputs['bands']).toEqual({ minOccurs: 1, maxOccurs: 3, schema: { type: 'string' }, clientHints: { placeholder: 'B04' } });
    expect(inputs['count']).toEqual({
      minOccurs: 0,
      maxOccurs: 1,
      schema: { type: 'integer', minimum: 0, exclusiveMinimum: true, maximum: 10, default: 1 },
    });
    expect(outputs['file']).toEqual({ title: 'A file', schema: { type: 'string', contentMediaType: 'image/tiff' } });
  });

  it('links to itself, to its execution and to the jobs of the process', async () => {
    const { links } = await describeProcess(places(), alice, 'two:ndvi', url);
    expect(links.map(({ href }) => href)).toEqual([
      `${url}/processes/two%3Andvi`,
      `${url}/processes/two%3Andvi/execution`,
      `${url}/jobs?processID=two%3Andvi`,
    ]);
  });

  it('is not there for a process or a platform that is not', async () => {
    for (const id of ['one:nothing', 'three:ndvi', 'ndvi', ':ndvi', 'one:'])
      expect([id, await problem(describeProcess(places(), alice, id, url))]).toEqual([id, '404 PROCESS_NOT_FOUND']);
  });

  it('waits for its platform to answer again', async () => {
    expect(await problem(describeProcess(places(['one']), alice, 'one:ndvi', url))).toBe('503 PLATFORM_UNAVAILABLE');
  });
});

describe('A schema in the dialect of OpenAPI 3.0', () => {
  it.each([
    ['a constant is a choice of one', { const: 'fast' }, { enum: ['fast'] }],
    ['null beside a type makes it nullable', { type: ['number', 'null'] }, { type: 'number', nullable: true }],
    ['several types are alternatives', { type: ['number', 'string'] }, { oneOf: [{ type: 'number' }, { type: 'string' }] }],
    ['an exclusive bound is a mark', { exclusiveMaximum: 5 }, { maximum: 5, exclusiveMaximum: true }],
    ['of two bounds the narrower counts', { maximum: 4, exclusiveMaximum: 5 }, { maximum: 4 }],
    ['the mark of OpenAPI stays', { minimum: 1, exclusiveMinimum: true }, { minimum: 1, exclusiveMinimum: true }],
    ['what it cannot say is left out', { patternProperties: {}, $schema: 'x', type: 'object' }, { type: 'object' }],
    ['a part of the same schema is put in its place', { $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }, { type: 'string' }],
    ['a schema elsewhere is named', { items: { $ref: 'https://x.example/a' } }, { items: { description: 'See https://x.example/a' } }],
  ])('%s', (_, schema, expected) => expect(openApiSchema(schema)).toEqual(expected));

  it('ends also where a schema holds itself', () => {
    const schema = { $ref: '#/$defs/a', $defs: { a: { type: 'array', items: { $ref: '#/$defs/a' } } } };
    expect(JSON.stringify(openApiSchema(schema)).length).toBeLessThan(1000);
  });
});

describe('What platforms tell of their processes', () => {
  const start = Date.parse('2026-03-01T00:00:00Z');
  const remembered = async () => {
    const time = { now: start };
    const remote = new MemoryPlatform({ now: () => time.now }, true);
    const [platform] = await memoryCatalogue().platforms();
    let asked = 0;
    let answers = true;
    const client = () => {
      asked += 1;
      if (!answers)
        return { ...remote, listProcesses: async () => ({ kind: 'unavailable', message: 'down' }) } as unknown as MemoryPlatform;
      return remote;
    };
    const kept = catalogue(async () => [platform!], client, { now: () => time.now });
    const ids = async () => {
      const read = await kept.list(platform!);
      return read.kind === 'found' ? read.value.map(({ id }) => id) : read.kind;
    };
    return { remote, ids, asked: () => asked, pass: (ms: number) => void (time.now += ms), goDown: () => void (answers = false) };
  };

  it('is asked for once in five minutes', async () => {
    const it = await remembered();
    expect(await it.ids()).toEqual(['echo', 'ndvi', 'other']);
    it.remote.processes = ['new'];
    it.pass(4 * 60_000);
    expect(await it.ids()).toEqual(['echo', 'ndvi', 'other']);
    expect(it.asked()).toBe(1);
    it.pass(61_000);
    expect(await it.ids()).toEqual(['new']);
  });

  it('is still told while the platform is down', async () => {
    const it = await remembered();
    await it.ids();
    it.goDown();
    it.pass(10 * 60_000);
    expect(await it.ids()).toEqual(['echo', 'ndvi', 'other']);
  });
});

it('A deployed process is found by no other name than its own: who sees it is looked up by that', async () => {
  expect(serviceOf([platform('one', 'openeo')], 'one:package:secret@1')).toBeUndefined();
  expect(serviceOf([platform('one', 'openeo')], 'one:ndvi')).toMatchObject({ process: 'ndvi' });
});

describe('A container is run', () => {
  const unit = { kind: 'container', type: 'docker', image: 'a', config: {}, inputBindings: {}, outputBindings: {} } as const;

  it('by the platform that runs containers, named by its revision', () =>
    expect(
      serviceOfUnit(unit, { id: 'mine', revision: 3 }, [platform('builtin', 'builtin'), platform('containers', 'batch')]),
    ).toMatchObject({
      platform: { id: 'containers' },
      process: 'package:mine@3',
    }));

  it('by nobody where there is none', () =>
    expect(serviceOfUnit(unit, { id: 'mine', revision: 3 }, [platform('builtin', 'builtin')])).toBe('no container service'));
});
