import { describe, expect, it } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { routes } from '../../lambdas/ogc/packages/routes.ts';
import { describeProcess, listProcesses } from '../../lambdas/ogc/use-cases/processes.ts';
import { ogcError } from '../../lambdas/shared/http/ogc.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { Problem } from '../../lambdas/shared/problem.ts';
import { fixture, hasFixture } from '../support/fixtures.ts';
import { aPackage, dora, packageWorld, url } from '../support/packages.ts';

const part1 = 'ogc/part1-1.0/part1-1.0.bundle.schema.json';
const part2 = 'ogc/draft-2.0/ogcapi-processes.bundled.json';

/** Faults of a value under a published schema, as JSON has it. */
function faults(document: string, path: string, value: unknown): unknown {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { url: true }, logger: false, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(fixture<object>(document), 'published');
  const validate = ajv.compile({ $ref: `published#${path}` });
  validate(JSON.parse(JSON.stringify(value)));
  return validate.errors ?? [];
}

(hasFixture(part1) && hasFixture(part2) ? describe : describe.skip)('OGC API - Processes, Part 2: Deploy, Replace, Undeploy', () => {
  it('sends packages in the form that we take', () => {
    const { bodyExample } = routes.find(({ operationId }) => operationId === 'deployProcess') as Route;
    const { processDescription, executionUnit } = bodyExample as { processDescription: { process: object }; executionUnit: object };
    // The bundle of the draft has a schema of values that takes objects only: descriptions are read with that of Part 1.
    expect(faults(part1, '/definitions/process', processDescription.process)).toEqual([]);
    expect(faults(part2, '/components/schemas/ogcapppkg/properties/executionUnit', executionUnit)).toEqual([]);
  });

  it('reads deployed processes as it does others', async () => {
    const w = packageWorld();
    await w.send(aPackage());
    expect(faults(part1, '/definitions/process', await describeProcess(w.deps, dora, 'tile-ndvi', url))).toEqual([]);
    const { items } = await listProcesses(w.deps, dora, { limit: 100 }, url);
    expect(faults(part1, '/definitions/processList', { processes: items, links: [{ href: url }] })).toEqual([]);
  });

  it.each([
    [409, 'DUPLICATED_PROCESS', 'duplicated-process'],
    [403, 'IMMUTABLE_PROCESS', 'immutable-process'],
    [415, 'UNSUPPORTED_MEDIA_TYPE', 'unsupported-media-type'],
    [400, 'WORKFLOW_NOT_FOUND', 'workflow-not-found'],
  ])('reads %i %s under the type that it names', (status, code, name) => {
    const { status: answered, body } = ogcError(new Problem(status, code, 'Why.'), 'id');
    const exception = JSON.parse(body as string) as { type: string };
    expect([answered, exception.type]).toEqual([status, `http://www.opengis.net/def/exceptions/ogcapi-processes-2/1.0/${name}`]);
    expect(faults(part1, '/definitions/exception', exception)).toEqual([]);
  });
});
