import { randomUUID } from 'node:crypto';
import { BatchClient } from '@aws-sdk/client-batch';
import { expect, it } from '@jest/globals';
import { awsBatch } from '../../lambdas/platforms/batch/batch.ts';
import { newsOf } from '../../lambdas/platforms/batch/rules/news.ts';
import { awsConfig } from '../../scripts/environment/local.ts';
import { batchWorld } from '../support/memory-batch.ts';
import { local } from '../support/local.ts';

const batch = awsBatch(() => new BatchClient({ ...awsConfig(local().endpoint), maxAttempts: 1 }));

/** The emulator runs nothing: each job has ended well when it is submitted. */
it('A definition and a job of it are taken by the API, described and found again by queue and tag', async () => {
  const world = batchWorld();
  const made = await world.client.create(world.submission(await world.deployed()));
  const { definition } = world.batch.definitions[0]!;
  const { jobName, ecsPropertiesOverride, tags } = [...world.batch.jobs.values()][0]!;
  expect(made.kind).toBe('done');

  const [name, queue] = [`adapter-${randomUUID()}`, `adapter-${randomUUID()}`];
  expect(await batch.definition(name)).toBeUndefined();
  const arn = await batch.register(name, definition);
  expect(await batch.definition(name)).toBe(arn);
  const newer = await batch.register(name, definition);
  expect(await batch.definition(name)).toBe(newer);

  const id = await batch.submit({ jobName, jobQueue: queue, jobDefinition: newer, ecsPropertiesOverride, tags });
  const [job, ...others] = await batch.describe([id, randomUUID()]);
  expect(others).toEqual([]);
  expect(job).toMatchObject({ jobId: id, tags, createdAt: expect.any(Number) });
  expect(newsOf(job!)).toEqual({ platformJobId: id, raw: 'SUCCEEDED', phase: 'successful' });
  expect(await batch.named(queue, jobName)).toEqual([id]);
  expect(await batch.since(queue, 0)).toEqual({ ids: [id] });
});
