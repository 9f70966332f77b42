import { describe, expect, it } from '@jest/globals';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { landingPage } from '../../lambdas/landing/rules.ts';
import type { Job } from '../../lambdas/dispatch/model.ts';
import { Execute } from '../../lambdas/ogc/model.ts';
import { routes } from '../../lambdas/ogc/routes.ts';
import { outputsOf, writeResults } from '../../lambdas/ogc/rules/results.ts';
import { statusInfo } from '../../lambdas/ogc/rules/status.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { conformsTo } from '../../lambdas/ogc/rules/conformance.ts';
import { describeProcess, listProcesses } from '../../lambdas/ogc/use-cases/processes.ts';
import { ogcError } from '../../lambdas/shared/http/ogc.ts';
import { Problem } from '../../lambdas/shared/problem.ts';
import { memoryCatalogue } from '../support/catalogue.ts';
import { memoryPackages } from '../support/memory-packages.ts';
import { fixture, hasFixture } from '../support/fixtures.ts';

const document = 'ogc/part1-1.0/part1-1.0.bundle.schema.json';
const url = 'https://api.example';
const alice = { userId: 'alice', roles: ['user'] };
const places = (down: string[] = []) => ({ catalogue: memoryCatalogue(down), packages: memoryPackages().store });

/** Validators of the schemas of Part 1 (1.0), as published. */
function published(): (name: string) => ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true, formats: { url: true } });
  addFormats.default(ajv);
  const schema = fixture<{ $id: string }>(document);
  ajv.addSchema(schema);
  return (name) => ajv.compile({ $ref: `${schema.$id}#/definitions/${name}` });
}

(hasFixture(document) ? describe : describe.skip)('OGC API - Processes, Part 1: Core 1.0', () => {
  let known: ReturnType<typeof published> | undefined;
  // Read when the first test runs: a suite that is skipped is gone through all the same.
  const schema = (name: string): ValidateFunction => (known ??= published())(name);
  const fits = (name: string, value: unknown) => {
    const validate = schema(name);
    validate(JSON.parse(JSON.stringify(value)));
    expect(validate.errors ?? []).toEqual([]);
  };

  it('reads the landing page, with the links that it asks for', () => {
    const page = landingPage(url, 'wss://api.example/job_status');
    fits('landingPage', page);
    const relations = page.links.map(({ rel }) => rel.split('/').at(-1));
    expect(relations).toEqual(expect.arrayContaining(['service-desc', 'conformance', 'processes']));
  });

  it('reads the conformance classes, the core among them', () => {
    fits('confClasses', { conformsTo });
    expect(conformsTo).toContain('http://www.opengis.net/spec/ogcapi-processes-1/1.0/conf/core');
  });

  it('reads the list of processes', async () => {
    const { items } = await listProcesses(places(), alice, { limit: 100 }, url);
    fits('processList', { processes: items, links: [{ href: url }] });
  });

  it.each(['echo', 'one:everything', 'two:ndvi'])('reads the description of %s', async (id) =>
    fits('process', await describeProcess(places(), alice, id, url)),
  );

  it('reads jobs at every stage of their life', () => {
    const base = { jobId: 'j', platformId: 'p', process: 'x', created: '2026-03-01T10:00:00.000Z', updated: '2026-03-01T10:00:00.000Z' };
    const jobs = [
      ...(['queued', 'submitting', 'submitted'] as const).map((status) => ({ ...base, status })),
      { ...base, status: 'running', progress: 12.5, started: base.created, message: 'Computing' },
      { ...base, status: 'running', cancelRequested: true },
      ...(['successful', 'failed', 'dismissed'] as const).map((status) => ({
        ...base,
        status,
        finished: base.updated,
        resultsAt: base.updated,
      })),
    ].map((job) => statusInfo(job as Job, 'p:x', url));
    for (const job of jobs) fits('statusInfo', job);
    fits('jobList', { jobs, links: [{ href: url, rel: 'self' }] });
    expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['accepted', 'running', 'successful', 'failed', 'dismissed']));
  });

  it('reads documents of results of every kind of value', () => {
    const values = { text: 'a', number: 1, yes: true, list: [1, 'a'], object: { a: 1 }, box: { bbox: [1, 2, 3, 4] } };
    const item = { properties: { 'swath:outputs': values }, assets: { file: { href: 'https://files.example/a.tif', type: 'image/tiff' } } };
    fits('results', writeResults(outputsOf(item, undefined), { response: 'document' }, url, 'b').body);
  });

  it('sends executions in the form that we take', () => {
    const sent = fixture<object>('ogc/part1-1.0/examples/Execute.json');
    fits('execute', sent);
    expect(Execute.safeParse(sent).error?.issues ?? []).toEqual([]);
    fits('execute', (routes.find(({ operationId }) => operationId === 'executeProcess') as Route).bodyExample);
  });

  it('reads errors as exceptions, under the type that it names', () => {
    const answer = ogcError(new Problem(404, 'PROCESS_NOT_FOUND', 'There is no such process.'), 'id');
    const body = JSON.parse(answer.body as string) as Record<string, unknown>;
    fits('exception', body);
    expect(body['type']).toBe('http://www.opengis.net/def/exceptions/ogcapi-processes-1/1.0/no-such-process');
    expect(answer).toMatchObject({ status: 404, headers: { 'content-type': 'application/json' } });
  });
});
