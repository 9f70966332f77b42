import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import type { StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import { aJob, collected } from '../support/jobs.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';
import { Viewer } from '../support/viewer.ts';

describe('An NDVI of a sample scene on the OGC API - Processes server', () => {
  const source = () => `s3://${local().bucket}/${local().samples.olinda}`;
  let viewer: Viewer;
  let created: JobDetail;
  let item: StacItem;

  beforeAll(async () => {
    viewer = await Viewer.of('alice');
    created = await aJob({ platform: 'pygeoapi', application: 'ndvi', parameters: { source: source(), red: 3, nir: 4, delay: 2 } });
    await collected(created.id);
    await until('the frame of the results', () => viewer.told(created.id).find((job) => job.resultsAt !== undefined));
    item = (await api<StacItem>('GET', `/unit_jobs/${created.id}/results`, { as: 'alice' })).body;
  });
  afterAll(() => viewer.close());

  it('is seen live from queued to finished', () => {
    const words = viewer.told(created.id).map(({ status }) => status);
    expect(words[0]).toBe('queued');
    expect(words.at(-1)).toBe('finished');
    const order = ['queued', 'running', 'finished'].filter((word) => words.includes(word));
    expect(words.filter((word, i) => word !== words[i - 1])).toEqual(order);
  });

  it('is told in frames without gaps, and with versions that only grow', () => {
    const numbers = viewer.deltas().map(({ seq }) => seq);
    expect(numbers.length).toBeGreaterThan(1);
    expect(numbers).toEqual(numbers.map((_, i) => numbers[0]! + i));
    const versions = viewer.told(created.id).map(({ version }) => version);
    expect(versions).toEqual(versions.toSorted((a, b) => a - b));
  });

  it('ends as a STAC Item with the footprint of the scene', () => {
    expect(item).toMatchObject({ type: 'Feature', stac_version: '1.1.0', id: created.id, geometry: { type: 'Polygon' } });
    const [west, south, east, north] = item.bbox!;
    // Olinda, Brazil.
    expect(west).toBeGreaterThan(-35.5);
    expect(east).toBeLessThan(-34.5);
    expect(south).toBeGreaterThan(-8.5);
    expect(north).toBeLessThan(-7.5);
    expect(item.properties['swath:outputs']).toMatchObject({ stats: { min: expect.any(Number), max: expect.any(Number) } });
  });

  it('gives a GeoTIFF and a picture that can be downloaded', async () => {
    const bytes = async (name: string) => Buffer.from(await (await fetch(item.assets[name]!.href)).arrayBuffer());
    // TIFF 6.0, section 2 (either byte order); PNG, section 5.2.
    expect(['49492a00', '4d4d002a']).toContain((await bytes('ndvi')).subarray(0, 4).toString('hex'));
    expect((await bytes('quicklook')).subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
  });

  it('keeps the reference to the scene as it was sent, and shows its signature nowhere', async () => {
    const job = await api<JobDetail>('GET', `/unit_jobs/${created.id}`, { as: 'alice' });
    expect(job.body.parameters['source']).toBe(source());
    const stored = { ...item, links: [] }; // one of the links is signed, for whoever asked
    for (const text of [job.body, viewer.frames, stored].map((value) => JSON.stringify(value))) expect(text).not.toContain('X-Amz-');
  });
});
