import { describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { cancelJob, jobDetail } from '../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { JobRequest } from '../../lambdas/dispatch/model.ts';
import { routes } from '../../lambdas/dispatch/routes.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { fixture, hasFixture } from '../support/fixtures.ts';
import { world } from '../support/world.ts';

const document = 'apex/openapi.json';
interface OpenApi {
  components: { schemas: Record<string, { properties?: Record<string, object> }> };
  paths: Record<
    string,
    { post?: { requestBody?: { content: { 'application/json': { examples?: Record<string, { value: unknown }> } } } } }
  >;
}

/** Validators of the published schemas. The one deliberate difference: our ids are text (UUIDs), not numbers that can be guessed. */
function published(): { spec: OpenApi; schema: (name: string) => ValidateFunction } {
  const spec = fixture<OpenApi>(document);
  for (const name of ['ProcessingJob', 'ProcessingJobSummary']) spec.components.schemas[name]!.properties!['id'] = { type: 'string' };
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(spec, document);
  return { spec, schema: (name) => ajv.compile({ $ref: `${document}#/components/schemas/${name}` }) };
}

(hasFixture(document) ? describe : describe.skip)('the APEx Dispatch API', () => {
  const { spec, schema } = published();
  const accepts = (name: string, value: unknown) => {
    const validate = schema(name);
    expect({ valid: validate(JSON.parse(JSON.stringify(value))), errors: validate.errors }).toEqual({ valid: true, errors: null });
  };

  it('reads a job of ours at every stage of its life', async () => {
    const w = world();
    const { jobId } = await w.send('alice', 'echo', { message: 'hello' });
    const now = async () => jobDetail(w.deps, w.job(jobId));
    const seen: string[] = [];
    const look = async () => {
      const job = await now();
      seen.push(job.status);
      accepts('ProcessingJob', job);
      accepts('ProcessingJobSummary', job);
    };
    await look();
    await w.serve();
    await look();
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await look();
    w.remote.end('p1', 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await look();
    expect(seen).toEqual(['queued', 'queued', 'running', 'finished']);
  });

  it('reads failed and canceled jobs', async () => {
    const w = world();
    const [failing, cancelled] = [await w.send(), await w.send()];
    await cancelJob(w.deps, cancelled);
    w.remote.faults.create.push({ kind: 'refused', message: 'no' });
    await w.serve();
    for (const [{ jobId }, status] of [
      [failing, 'failed'],
      [cancelled, 'canceled'],
    ] as const) {
      const job = await jobDetail(w.deps, w.job(jobId));
      expect(job.status).toBe(status);
      accepts('ProcessingJob', job);
    }
  });

  it('sends requests in the form that we take', () => {
    const { examples } = spec.paths['/unit_jobs']!.post!.requestBody!.content['application/json'];
    const requests = Object.values(examples ?? {}).map(({ value }) => value as object);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) expect(JobRequest.safeParse(request).error?.issues ?? []).toEqual([]);
  });

  it('takes the request that our document shows', () => {
    const shown = routes.find(({ operationId }) => operationId === 'createUnitJob') as Route;
    accepts('BaseJobRequest', shown.bodyExample);
  });
});
