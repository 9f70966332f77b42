import { schemaFault } from '../../lambdas/ogc/ajv.ts';
import type { PackageDeps } from '../../lambdas/ogc/packages/ports.ts';
import { deploy } from '../../lambdas/ogc/packages/use-cases/deploy.ts';
import type { Viewer } from '../../lambdas/ogc/packages/use-cases/visible.ts';
import { memoryCatalogue } from './catalogue.ts';
import { memoryPackages } from './memory-packages.ts';

export type Json = Record<string, unknown>;
export const url = 'https://api.example';
const developer = (userId: string): Viewer => ({ userId, roles: ['user', 'developer'] });
export const dora = developer('dora');
export const dan = developer('dan');
export const alice: Viewer = { userId: 'alice', roles: ['user'] };
export const ada: Viewer = { userId: 'ada', roles: ['user', 'administrator'] };

const image = { type: 'string', contentEncoding: 'binary', contentMediaType: 'image/tiff' };

/** A package in the form of Part 2. */
export const aPackage = (id = 'tile-ndvi', more: Json = {}, unit: Json = {}): Json => ({
  processDescription: {
    process: {
      ...{ id, version: '1.2.0', title: 'NDVI of tiles', license: 'Apache-2.0' },
      inputs: {
        scene: { title: 'Scene', schema: image },
        bands: { minOccurs: 1, maxOccurs: 3, schema: { type: 'integer' } },
        scale: { minOccurs: 0, schema: { type: 'number', default: 1 } },
      },
      outputs: { ndvi: { schema: image } },
      ...more,
    },
  },
  executionUnit: {
    ...{ type: 'docker', image: 'registry.example.org/ndvi:1.2', config: { cpuMin: 1, memoryMin: 2 } },
    bindings: {
      inputBindings: { scene: { prefix: '--scene', position: 1 }, bands: { prefix: '--bands', itemSeparator: ',' } },
      outputBindings: { ndvi: { glob: '*.tif' } },
    },
    ...unit,
  },
});

/** Everything that deploying works with, in memory. */
export function packageWorld(down: string[] = []) {
  const table = memoryPackages();
  const state = { now: Date.parse('2026-03-01T10:00:00Z'), unfinished: 0 };
  const deps: PackageDeps = {
    ...{ catalogue: memoryCatalogue(down), packages: table.store, schemaFault, url },
    clock: { now: () => (state.now += 1000) },
    unfinished: async () => state.unfinished,
  };
  const send = (body: Json, viewer = dora, w?: string) =>
    deploy(deps, viewer, { body, original: { mediaType: 'application/ogcapppkg+json', text: JSON.stringify(body) } }, w);
  return { ...table, state, deps, send };
}

/** How work fails: `<status> <code>`, and the places of its faults. */
export const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing was thrown',
    ({ status, code, errors = [] }: { status: number; code: string; errors?: { pointer: string }[] }) =>
      [status, code, ...errors.map(({ pointer }) => pointer)].join(' '),
  );
