import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { StatusInfo } from '../../lambdas/ogc/model.ts';
import { compareRasters } from '../../scripts/compare-rasters.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';

type Document = Record<string, { href: string; type: string; value: Record<string, number> }>;
const as = 'alice';
const bbox = { bbox: [-34.9, -8, -34.85, -7.96] };

/** Runs a process on the sample scene; answers how it ended. */
async function run(process: string, inputs: object): Promise<StatusInfo> {
  const source = { href: `s3://${local().bucket}/${local().samples.olinda}` };
  const body = { inputs: { source, ...inputs }, response: 'document' };
  const made = await api<StatusInfo>('POST', `/processes/${process}/execution`, { as, body, headers: { prefer: 'respond-async' } });
  if (made.status !== 201) throw new Error(JSON.stringify(made.body));
  const over = async () => {
    const { body: job } = await api<StatusInfo>('GET', `/jobs/${made.body.jobID}`, { as });
    return job.status === 'accepted' || job.status === 'running' ? undefined : job;
  };
  return until(`${process} is over`, over, { within: 120 });
}
const results = async ({ jobID }: StatusInfo): Promise<Document> => (await api<Document>('GET', `/jobs/${jobID}/results`, { as })).body;

describe('Rasters computed in the deployment itself', () => {
  let ours: Document;
  let theirs: Document;

  beforeAll(async () => {
    const [own, platform] = await Promise.all([run('ndvi', { red: 3, nir: 4 }), run('pygeoapi:ndvi', { red: 3, nir: 4 })]);
    expect([own, platform]).toMatchObject([{ status: 'successful' }, { status: 'successful' }]);
    [ours, theirs] = await Promise.all([results(own), results(platform)]);
  });

  it('have the same NDVI as a real OGC API - Processes server within a millionth, in a cloud-optimized GeoTIFF', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ndvi-'));
    const files = await Promise.all(
      [ours, theirs].map(async ({ ndvi }, i) => {
        const file = join(folder, `${i}.tif`);
        writeFileSync(file, Buffer.from(await (await fetch(ndvi!.href)).arrayBuffer()));
        return file;
      }),
    );
    const compared = await compareRasters(files[0]!, files[1]!);
    expect(compared).toMatchObject({ masks: true, shape: [352, 349], layout: 'COG', type: 'float32', crs: true, grid: true });
    expect(compared.difference).toBeLessThan(1e-6);
  });

  it('have the same statistics', () => {
    const [a, b] = [ours['stats']!.value, theirs['stats']!.value];
    expect(Object.keys(a).sort()).toEqual(Object.keys(b).sort());
    for (const [name, value] of Object.entries(b)) expect(Math.abs(a[name]! - value)).toBeLessThan(2e-6);
  });

  it('have a picture', async () => {
    const picture = await fetch(ours['quicklook']!.href);
    expect(picture.headers.get('content-type')).toBe('image/png');
    expect(
      Buffer.from(await picture.arrayBuffer())
        .subarray(0, 8)
        .toString('hex'),
    ).toBe('89504e470d0a1a0a');
  });

  it.concurrent('come from any formula, of a part of the scene', async () => {
    const job = await run('band-arithmetic', { formula: '(b4 - b3) / (b4 + b3)', bbox });
    expect(job).toMatchObject({ status: 'successful' });
    const { stats, result } = await results(job);
    expect(result!.type).toContain('cloud-optimized');
    expect(stats!.value).toMatchObject({ width: 194, height: 154 });
  });

  it.concurrent('fail with a reason that tells no secret', async () => {
    const [far, band] = await Promise.all([run('ndvi', { bbox: { bbox: [10, 50, 11, 51] } }), run('ndvi', { nir: 99 })]);
    expect(far).toMatchObject({ status: 'failed', message: expect.stringContaining('does not meet the image') });
    expect(band).toMatchObject({ status: 'failed', message: 'Band 99 does not exist: the source has bands 1 to 6.' });
  });
});
