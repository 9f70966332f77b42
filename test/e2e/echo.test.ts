import { describe, expect, it } from '@jest/globals';
import type { StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import { aJob, collected, ended, untilJob, type ErrorBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';

const outputsOf = async (id: string): Promise<unknown> =>
  (await api<StacItem>('GET', `/unit_jobs/${id}/results`, { as: 'alice' })).body.properties['swath:outputs'];

describe('The echo process', () => {
  it.concurrent('gives back inputs of every kind', async () => {
    const parameters = {
      ...{ text: 'Olinda, São João & <b>', number: -1.5e-7, integer: 42, boolean: false, choice: 'green' },
      ...{ date: '2026-03-01', dateTime: '2026-03-01T12:00:00+02:00', array: [1, 'two', null, { three: [] }], object: { a: { b: null } } },
      bbox: { bbox: [-35, -8.2, -34.8, -7.9] },
      geometry: { type: 'Point', coordinates: [-34.9, -8] },
      link: { href: 'https://example.org/scene.tif', type: 'image/tiff' },
    };
    const { id } = await aJob({ parameters });
    expect((await collected(id)).parameters).toEqual(parameters);
    expect(await outputsOf(id)).toEqual(parameters);
  });

  it.concurrent('runs without any input', async () => {
    const { id } = await aJob();
    await collected(id);
    expect(await outputsOf(id)).toEqual({});
  });

  it.concurrent('fails with the message that it was asked to fail with', async () => {
    const { id } = await aJob({ parameters: { fail: 'The scene is all cloud.' } });
    expect(await ended(id)).toMatchObject({ status: 'failed', message: 'The scene is all cloud.' });
    const results = await api<ErrorBody>('GET', `/unit_jobs/${id}/results`, { as: 'alice' });
    expect(results).toMatchObject({ status: 409, body: { error_code: 'NO_RESULTS' } });
    expect(results.body.message).toContain('The scene is all cloud.');
  });

  it.concurrent('tells the faults of its inputs', async () => {
    const { id } = await aJob({ parameters: { number: 'five' } });
    const job = await ended(id);
    expect(job.status).toBe('failed');
    expect(job.message).toContain('number');
  });

  it.concurrent('shows progress while it runs, and stops when it is cancelled', async () => {
    const { id } = await aJob({ parameters: { pause: 60 } });
    const running = await untilJob(id, 'runs', (job) => job.status === 'running');
    expect(running).toMatchObject({ started: expect.any(String), platformJobId: expect.any(String) });
    const cancel = await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    expect(cancel.status).toBe(202);
    expect(await ended(id)).toMatchObject({ status: 'canceled', finished: expect.any(String) });
    const again = await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    expect(again).toMatchObject({ status: 202, body: { status: 'canceled' } });
  });
});
