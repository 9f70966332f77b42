import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import type { StatusInfo } from '../../lambdas/ogc/model.ts';
import { openEoJob } from '../../scripts/demo.ts';
import { aTitle, collected, ended } from '../support/jobs.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';

const { openeo } = local();
if (openeo === undefined)
  console.warn(
    'The openEO server is not installed here, so nothing is tested with it. To bring it (Python 3.11): npm start -- --with openeo --once',
  );

/** A job of the NDVI process on the real back-end, as alice. */
async function ndvi(title: string, change: object = {}): Promise<JobDetail> {
  const { status, body } = await api<JobDetail>('POST', '/unit_jobs', { as: 'alice', body: { ...openEoJob(openeo!), title, ...change } });
  if (status !== 201) throw new Error(`POST /unit_jobs answered ${status}: ${JSON.stringify(body)}`);
  return body;
}

/** What the back-end itself says of the job with our title. */
const there = async (title: string): Promise<{ id: string; status: string }[]> => {
  const { jobs } = (await (await fetch(`${openeo}/jobs`)).json()) as { jobs: { id: string; status: string; title: string }[] };
  return jobs.filter((job) => job.title.startsWith(title));
};

(openeo === undefined ? describe.skip : describe)('A job on a real openEO back-end (titiler-openeo)', () => {
  it('computes an NDVI by a process that is named by its URL, once', async () => {
    const title = aTitle('real-ndvi');
    const { id } = await ndvi(title);
    expect(await collected(id)).toMatchObject({ status: 'finished', platform: 'openeo', process: `${openeo}/definitions/ndvi.json` });
    expect((await there(title)).map(({ status }) => status)).toEqual(['finished']);
    const { body } = await api<{ assets: Record<string, { href: string; type: string }> }>('GET', `/unit_jobs/${id}/results`, {
      as: 'alice',
    });
    const [asset] = Object.values(body.assets);
    expect(asset?.type).toContain('image/tiff');
    const bytes = Buffer.from(await (await fetch(asset!.href)).arrayBuffer());
    expect([bytes.toString('latin1', 0, 2), bytes.length]).toEqual(['II', expect.any(Number)]);
    // Four bytes for each of 256 x 256 pixels: real pixels, not a picture of an error.
    expect(bytes.length).toBeGreaterThan(4 * 256 * 256);
  });

  it('runs a process graph that was deployed as a package, from any client of OGC API - Processes', async () => {
    const id = `graph-${randomUUID().slice(0, 8)}`;
    const value = { ...(JSON.parse(readFileSync('local/openeo/ndvi.json', 'utf8')) as object), id };
    const deployed = await api('POST', '/processes', { as: 'dora', body: { executionUnit: { value, platform: 'openeo' } } });
    expect(deployed.status).toBe(201);
    const inputs = { spatial_extent: { value: openEoJob(openeo!).parameters.spatial_extent } };
    const body = { inputs, response: 'document' };
    const sent = await api<StatusInfo>('POST', `/processes/${id}/execution`, { as: 'dora', body, headers: { prefer: 'respond-async' } });
    expect(sent.status).toBe(201);
    const { jobID } = sent.body;
    await until(
      'its results are there',
      async () =>
        (await api<StatusInfo>('GET', `/jobs/${jobID}`, { as: 'dora' })).body.links.some(({ rel }) => rel.endsWith('/results')) ||
        undefined,
    );
    const { status, body: results } = await api<Record<string, { href: string; type: string }>>('GET', `/jobs/${jobID}/results`, {
      as: 'dora',
    });
    const [file] = Object.values(results);
    expect([status, file?.type]).toEqual([200, expect.stringContaining('image/tiff')]);
    const bytes = Buffer.from(await (await fetch(file!.href)).arrayBuffer());
    expect(bytes.length).toBeGreaterThan(4 * 256 * 256);
    expect((await api('DELETE', `/processes/${id}`, { as: 'dora' })).status).toBe(204);
  });

  it("that fails tells its user the back-end's own reason", async () => {
    const { id } = await ndvi(aTitle('real-empty'), { parameters: { spatial_extent: { west: 10, south: 50, east: 10.1, north: 50.1 } } });
    const job = await ended(id);
    expect(job).toMatchObject({ status: 'failed' });
    expect(job.message).toContain('There is no data available for the given extents.');
  });

  it('is stopped there when it is cancelled', async () => {
    const title = aTitle('real-cancelled');
    const { id } = await ndvi(title);
    await until('the back-end has it', async () => (await there(title))[0]);
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    expect(await ended(id)).toMatchObject({ status: 'canceled' });
    await until('it is stopped there', async () => ((await there(title)).every(({ status }) => status === 'canceled') ? true : undefined));
  });
});
