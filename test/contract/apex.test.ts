import { describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { cancelJob, jobDetail } from '../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { JobRequest } from '../../lambdas/dispatch/model.ts';
import { routes } from '../../lambdas/dispatch/routes.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { fixture, hasFixture } from '../support/fixtures.ts';
import { listJobs, taskDetail } from '../../lambdas/upscaling/use-cases/owned-tasks.ts';
import { routes as taskRoutes } from '../../lambdas/upscaling/routes.ts';
import { TaskRequest } from '../../lambdas/upscaling/model.ts';
import { taskWorld } from '../support/task-world.ts';
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
  for (const name of ['ProcessingJob', 'ProcessingJobSummary', 'UpscalingTask', 'UpscalingTaskSummary'])
    spec.components.schemas[name]!.properties!['id'] = { type: 'string' };
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema(spec, document);
  return { spec, schema: (name) => ajv.compile({ $ref: `${document}#/components/schemas/${name}` }) };
}

(hasFixture(document) ? describe : describe.skip)('the APEx Dispatch API', () => {
  let known: ReturnType<typeof published> | undefined;
  // Read when the first test runs: a suite that is skipped is gone through all the same.
  const read = () => (known ??= published());
  const accepts = (name: string, value: unknown) => {
    const validate = read().schema(name);
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
    for (const [path, request] of [
      ['/unit_jobs', JobRequest],
      ['/upscale_tasks', TaskRequest],
    ] as const) {
      const { examples } = read().spec.paths[path]!.post!.requestBody!.content['application/json'];
      const bodies = Object.values(examples ?? {}).map(({ value }) => value as object);
      expect(bodies.length).toBeGreaterThan(0);
      for (const body of bodies) expect(request.safeParse(body).error?.issues ?? []).toEqual([]);
    }
  });

  it('takes the requests that our document shows', () => {
    const shown = (table: readonly object[], id: string) => (table as Route[]).find(({ operationId }) => operationId === id)!.bodyExample;
    accepts('BaseJobRequest', shown(routes, 'createUnitJob'));
    accepts('UpscalingTaskRequest', shown(taskRoutes, 'createUpscalingTask'));
  });

  it('reads an upscaling task at every stage of its life', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', ['good', 'bad']);
    const seen: string[] = [];
    const look = async () => {
      const task = w.task(taskId);
      const { items } = await listJobs(w.tasks, task, { limit: 100 });
      const detail = await taskDetail(w.tasks, task, items, []);
      seen.push(`${detail.status} ${detail.jobs.map(({ parameters }) => parameters['text']).join()}`);
      accepts('UpscalingTask', detail);
      accepts('UpscalingTaskSummary', detail);
    };
    await look();
    await w.settle();
    await look();
    await w.serve();
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await w.count();
    await look();
    for (const { id, inputs } of w.remote.jobs) w.remote.end(id, inputs['text'] === 'bad' ? 'failed' : 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await w.count();
    await look();
    expect(seen).toEqual(['created ', 'queued good,bad', 'running good,bad', 'finished good,bad']);
  });
});
