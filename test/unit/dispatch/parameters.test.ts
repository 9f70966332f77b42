import { describe, expect, it } from '@jest/globals';
import { Parameter, type ParameterType } from '../../../lambdas/dispatch/model.ts';
import { parameterOf } from '../../../lambdas/dispatch/rules/parameters.ts';
import { jobsStatus } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { serviceParameters } from '../../../lambdas/dispatch/use-cases/service.ts';
import { echo } from '../../../lambdas/platforms/builtin/process-echo.ts';
import type { PlatformClient, ProcessSummary, ReadOutcome } from '../../../lambdas/platforms/ports.ts';
import { world } from '../../support/world.ts';

const of = (schema: Record<string, unknown>) => parameterOf({ name: 'p', optional: false, schema });
const text = { type: 'string' };
const time = { type: 'string', format: 'date-time' };

describe('the type of a parameter', () => {
  it.each<[ParameterType, string, Record<string, unknown>]>([
    ['boolean', 'a boolean', { type: 'boolean' }],
    ['integer', 'an integer', { type: 'integer' }],
    ['double', 'a number', { type: 'number' }],
    ['double', 'a number or null', { type: ['number', 'null'] }],
    ['string', 'a text', text],
    ['datetime', 'a time', time],
    ['datetime', 'a day', { type: 'string', format: 'date' }],
    ['date-interval', 'two times', { type: 'array', items: time, minItems: 2, maxItems: 2 }],
    ['date-interval', "openEO's interval", { type: 'array', subtype: 'temporal-interval' }],
    ['array-string', 'a list of times', { type: 'array', items: time }],
    ['array-string', 'a list of texts', { type: 'array', items: text }],
    ['array-string', 'a list of anything', { type: 'array', items: {} }],
    ['bounding-box', "OGC's box", { type: 'object', format: 'ogc-bbox' }],
    ['bounding-box', "OGC's box with its schema beside", { allOf: [{ format: 'ogc-bbox' }, { $ref: '../../openapi/schemas/bbox.yaml' }] }],
    ['bounding-box', 'four numbers', { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 4 }],
    ['bounding-box', "openEO's box", { type: 'object', subtype: 'bounding-box' }],
    ['bounding-box', 'an object with edges', { type: 'object', properties: { west: {}, south: {}, east: {}, north: {} } }],
    ['polygon', 'a GeoJSON geometry', { type: 'object', format: 'geojson-geometry' }],
    ['polygon', 'a GeoJSON document', { type: 'string', contentMediaType: 'application/geo+json' }],
    ['polygon', "GeoJSON's own schema", { $ref: 'https://geojson.org/schema/Polygon.json' }],
    ['polygon', 'a geometry or its text', { oneOf: [text, { format: 'geojson-geometry' }] }],
    ['integer', 'an integer or null', { anyOf: [{ type: 'null' }, { type: 'integer' }] }],
    ['string', 'anything', {}],
    ['string', 'an object of its own kind', { type: 'object', properties: { a: {} } }],
    ['string', 'a schema of the wrong form', { type: 7, oneOf: 'x', allOf: [3], items: [], properties: null }],
  ])('is %s for %s', (type, _, schema) => expect(of(schema)).toMatchObject({ type, schema }));

  it('is looked for so deep and no deeper', () => {
    let schema: Record<string, unknown> = { type: 'boolean' };
    for (let depth = 0; depth < 5000; depth += 1) schema = { allOf: [schema] };
    expect(of(schema).type).toBe('string');
  });
});

describe('a parameter', () => {
  it('has every key, also without a value, as the APEx Dispatch API has it', () => {
    expect(of(text)).toEqual({ name: 'p', type: 'string', optional: false, description: '', default: null, options: [], schema: text });
  });
  it('says its default and the values to choose from', () => {
    expect(of({ enum: ['a', 'b'], default: 'b' })).toMatchObject({ options: ['a', 'b'], default: 'b' });
    expect(of({ oneOf: [{ const: 1 }, { const: 2 }] }).options).toEqual([1, 2]);
    expect(of({ oneOf: [{ const: 1 }, text] }).options).toEqual([]);
    expect(of({ type: 'array', items: { enum: ['x'] } }).options).toEqual(['x']);
    expect(parameterOf({ name: 'p', optional: true, schema: {}, default: false })).toMatchObject({ default: false, optional: true });
  });
  it('is described by its title where it has nothing better', () => {
    expect(parameterOf({ name: 'p', title: 'T', optional: true, schema: {} }).description).toBe('T');
    expect(parameterOf({ name: 'p', title: 'T', description: 'D', optional: true, schema: {} }).description).toBe('D');
  });
});

describe('the parameters of a service', () => {
  const w = world();
  const service = { endpoint: 'plat', application: 'echo' };
  const ask = (outcome: ReadOutcome<ProcessSummary>, more: object = {}) =>
    serviceParameters(
      { client: () => ({ describe: async () => outcome }) as unknown as PlatformClient },
      'alice',
      { label: 'ogc_api_process', service: { ...service, ...more } },
      async (id) => (id === 'plat' ? w.platform : undefined),
    );

  it('are those of its process', async () => {
    const parameters = await ask({ kind: 'found', value: echo });
    for (const parameter of parameters) expect(Parameter.safeParse(parameter).error).toBeUndefined();
    expect(Object.fromEntries(parameters.map(({ name, type }) => [name, type]))).toMatchObject({
      text: 'string',
      number: 'double',
      integer: 'integer',
      boolean: 'boolean',
      dateTime: 'datetime',
      bbox: 'bounding-box',
      geometry: 'polygon',
      pause: 'double',
    });
    expect(parameters.find(({ name }) => name === 'choice')).toMatchObject({ options: ['red', 'green', 'blue'], optional: true });
  });
  it('are none where the platform does not tell', async () => {
    expect(await ask({ kind: 'found', value: { id: 'echo' } })).toEqual([]);
  });
  it('are refused for a platform, namespace or process that there is not, all faults at once', async () => {
    const found = { kind: 'found', value: echo } as const;
    await expect(ask({ kind: 'missing' })).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/service/application' }] });
    await expect(ask(found, { endpoint: 'https://elsewhere.example', namespace: 'n' })).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/service/endpoint' }, { pointer: '/service/namespace' }],
    });
  });
  it('cannot be told while the platform does not answer', async () => {
    await expect(ask({ kind: 'unavailable', message: 'timed out' })).rejects.toMatchObject({
      status: 503,
      code: 'PLATFORM_UNAVAILABLE',
      headers: { 'retry-after': '30' },
    });
  });
});

describe('the status of all jobs', () => {
  it('tells what was asked for, a page at a time, to the owner only', async () => {
    const w = world();
    const first = await w.send('alice', 'echo', { n: 1 });
    const second = await w.send('alice', 'ndvi', { text: 'x'.repeat(9000) });
    await w.send('bob');
    const page = await jobsStatus(w.deps, 'alice', { limit: 1 });
    expect(page.items).toMatchObject([{ id: second.jobId, service: { endpoint: 'plat', application: 'ndvi' }, parameters: {} }]);
    const rest = await jobsStatus(w.deps, 'alice', { limit: 1, cursor: page.cursor });
    expect(rest).toEqual({
      items: [expect.objectContaining({ id: first.jobId, status: 'queued', phase: 'queued', parameters: { n: 1 } })],
    });
  });
});
