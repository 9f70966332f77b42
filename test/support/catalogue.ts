import type { Catalogue } from '../../lambdas/ogc/ports.ts';
import { Platform, type RegisteredPlatform } from '../../lambdas/platforms/model.ts';
import type { ProcessSummary } from '../../lambdas/platforms/ports.ts';
import { echo } from '../../lambdas/platforms/builtin/process-echo.ts';

const entry = (id: string, kind: Platform['kind']): RegisteredPlatform => ({
  ...Platform.parse({ id, kind, title: `Platform ${id}`, baseUrl: `https://${id}.example` }),
  ...{ state: 'active', version: 1 },
});

/** A process as an OGC API - Processes platform describes it, with every kind of input. */
export const everything: ProcessSummary = {
  id: 'everything',
  title: 'Everything',
  version: '2.1.0',
  keywords: ['test'],
  inputs: [
    { name: 'text', optional: false, schema: { type: 'string', minLength: 1 } },
    { name: 'count', optional: true, schema: { type: 'integer', exclusiveMinimum: 0, maximum: 10 }, default: 1 },
    { name: 'mode', optional: true, schema: { const: 'fast' } },
    { name: 'maybe', optional: true, schema: { type: ['number', 'null'] } },
    {
      name: 'bands',
      optional: false,
      schema: { type: 'array', items: { type: 'string' } },
      several: { minOccurs: 1, maxOccurs: 3, schema: { type: 'string' } },
      clientHints: { placeholder: 'B04' },
    },
    { name: 'window', optional: true, schema: { type: 'object', format: 'ogc-bbox', required: ['bbox'] } },
    { name: 'image', optional: true, schema: { type: 'string', contentEncoding: 'binary', contentMediaType: 'image/tiff' } },
    { name: 'options', optional: true, schema: { type: 'object', required: ['a'], properties: { a: { type: 'number' } } } },
    { name: 'shape', optional: true, schema: { $ref: '#/$defs/shape', $defs: { shape: { type: 'object', patternProperties: {} } } } },
  ],
  outputs: [
    { name: 'file', title: 'A file', schema: { type: 'string', contentMediaType: 'image/tiff' } },
    { name: 'number', schema: { type: 'number' } },
  ],
};

/** Platforms `builtin` (echo), `one` and `two`, of which `down` names those that do not answer. */
export function memoryCatalogue(down: string[] = []): Catalogue {
  const platforms = [entry('builtin', 'builtin'), entry('one', 'ogc-processes'), entry('two', 'ogc-processes')];
  const offers: Record<string, ProcessSummary[]> = {
    builtin: [echo],
    one: [everything, { id: 'ndvi' }],
    two: [{ id: 'ndvi', title: 'Vegetation' }],
  };
  const silent = { kind: 'unavailable', message: 'no answer' } as const;
  return {
    platforms: async () => platforms,
    list: async ({ id }) => (down.includes(id) ? silent : { kind: 'found', value: offers[id]! }),
    describe: async ({ id }, process) => {
      if (down.includes(id)) return silent;
      const value = offers[id]!.find((one) => one.id === process);
      return value === undefined ? { kind: 'missing' } : { kind: 'found', value };
    },
  };
}
