import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { S3Client } from '@aws-sdk/client-s3';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeRaster } from '../../../lambdas/platforms/builtin/gdal.ts';
import type { BuiltinJob } from '../../../lambdas/platforms/builtin/model.ts';
import type { Rasters } from '../../../lambdas/platforms/builtin/ports.ts';
import { rasterProcesses } from '../../../lambdas/platforms/builtin/process-raster.ts';
import { evaluate, parseFormula } from '../../../lambdas/platforms/builtin/rules/formula.ts';
import { colours, compute, cut, noData, statsOf } from '../../../lambdas/platforms/builtin/rules/pixels.ts';
import { RasterFault } from '../../../lambdas/platforms/builtin/rules/raster-fault.ts';
import { runRaster } from '../../../lambdas/platforms/builtin/run-raster.ts';
import { readReference } from '../../../lambdas/platforms/builtin/s3.ts';
import { download } from '../../../lambdas/platforms/builtin/source.ts';
import type { Write, Written } from '../../../lambdas/shared/table/write.ts';
import { applied } from '../../support/memory-table.ts';

const valueOf = (text: string, bands: number[] = []): number | string => {
  const parsed = parseFormula(text);
  return 'fault' in parsed ? parsed.fault : evaluate(parsed.tree, (band) => bands[band - 1]!);
};

describe('A formula', () => {
  it.each([
    ['b1 + 2 * 3', [1], 7],
    ['(b1 + 2) * 3', [1], 9],
    ['b1 - 2 - 3', [10], 5],
    ['b1 / 2 / 2', [8], 2],
    ['-b1 * -2', [3], 6],
    ['2.5e1*B2', [0, 2], 50],
    ['((b1))', [4], 4],
  ])('%s of %j is %d', (text, bands, expected) => expect(valueOf(text, bands)).toBe(expected));

  it.each([
    ['', 'A number, a band such as b1, or a bracket is missing at character 1.'],
    ['b1 +', 'is missing at character 5.'],
    ['(b1', 'A closing bracket is missing at character 4.'],
    ['b1 b2', 'Nothing fits here at character 3.'],
    ['b0', 'Bands are counted from b1'],
    ['1 + 2', 'The formula names no band'],
    ['process.exit(1)', 'is missing at character 1.'],
    [`${'('.repeat(1000)}b1${')'.repeat(1000)}`, 'nested too deeply'],
  ])('%.20s is refused with the place', (text, fault) => expect(valueOf(text)).toContain(fault));

  it('means what JavaScript means by it', () => {
    const { expression } = fc.letrec((tie) => ({
      expression: fc.oneof({ maxDepth: 4 }, fc.nat(99).map(String), fc.constantFrom('b1', 'b2'), tie('sum'), tie('brackets')),
      sum: fc.tuple(tie('expression'), fc.constantFrom('+', '-', '*', '/'), tie('expression')).map((parts) => parts.join(' ')),
      brackets: tie('expression').map((inner) => `(${String(inner)})`),
    }));
    fc.assert(
      fc.property(expression, (text) => {
        const meant: unknown = new Function('b1', 'b2', `return 0 * b1 + (${String(text)})`)(3, 7);
        expect(valueOf(`0 * b1 + (${String(text)})`, [3, 7])).toBe(meant);
      }),
    );
  });
});

describe('Pixels', () => {
  it('have no value where a band has none, or the formula is undefined', () => {
    const pixels = Float32Array.of(1, 3, 0, 0, -1, 5, Number.NaN, 1);
    expect([...compute('(b2 - b1) / (b2 + b1)', [1, 2], pixels, [-1, undefined])]).toEqual([0.5, noData, noData, noData]);
  });
  it('are counted, and coloured, without those that have none', () => {
    const values = Float32Array.of(0, 1, noData, 0.5);
    expect(statsOf(values, 2, 2)).toEqual({ min: 0, max: 1, mean: 0.5, count: 3, width: 2, height: 2 });
    expect(statsOf(Float32Array.of(noData), 1, 1)).toEqual({ count: 0, width: 1, height: 1 });
    expect([...colours(values, statsOf(values, 2, 2))].filter((_, i) => i % 4 === 3)).toEqual([255, 255, 0, 255]);
  });
  it('are those of the part of the box that lies on the file', () => {
    const outline = [
      [0, 0],
      [10, 0],
      [10, 10],
      [0, 10],
    ];
    expect(cut([-5, 5, 5, 15], outline)).toEqual([0, 5, 5, 10]);
    expect(cut([20, 20, 30, 30], outline)).toBeUndefined();
  });
});

describe('Inputs of raster processes', () => {
  const read = (id: string, inputs: object) => {
    const result = rasterProcesses.find(({ summary }) => summary.id === id)!.read(inputs);
    return result.data ?? result.error!.issues.map(({ path }) => path.join('.'));
  };
  it('are a link or a text, and a box in either form', () => {
    expect(read('ndvi', { source: 'https://x.example/a.tif' })).toEqual({
      source: 'https://x.example/a.tif',
      formula: '(b4 - b3) / (b4 + b3)',
      name: 'ndvi',
    });
    expect(read('ndvi', { source: { href: 'u', type: 'image/tiff' }, bbox: { bbox: [1, 2, 3, 4] }, red: 1 })).toMatchObject({
      source: 'u',
      bbox: [1, 2, 3, 4],
    });
  });
  it('are each named when they are wrong', () =>
    expect(read('band-arithmetic', { formula: 'b1 +', bbox: [1], more: 1 })).toEqual(['source', 'bbox', 'formula', '']));
});

describe('A raster', () => {
  const scene = readFileSync('local/scenes/landsat7-olinda.tif');
  const program = relative(process.cwd(), 'node_modules/gdal3.js/dist/package');
  const task = { source: 'u', formula: '(b4 - b3) / (b4 + b3)', name: 'ndvi' };

  it('of a part of the scene is a tiled GeoTIFF with its picture, numbers and outline', async () => {
    const { files, values } = await computeRaster(scene, { ...task, bbox: [-34.9, -8, -34.85, -7.96] }, program);
    expect(files.map(({ name, type, bytes }) => [name, type.split(';')[0], Buffer.from(bytes).subarray(0, 4).toString('hex')])).toEqual([
      ['ndvi', 'image/tiff', '49492a00'],
      ['quicklook', 'image/png', '89504e47'],
    ]);
    expect(values).toMatchObject({ stats: { width: 194, height: 154 }, footprint: { type: 'Polygon' } });
  }, 60_000);

  it('is computed as well when it is not the first', async () => {
    const { values } = await computeRaster(scene, { ...task, formula: 'b1 * 2', name: 'result' }, program);
    expect(values).toMatchObject({ stats: { width: 349, height: 352, count: 349 * 352 } });
  }, 60_000);

  it('of what is no GeoTIFF is refused with the reason', async () => {
    await expect(computeRaster(Buffer.from('hello'), task, program)).rejects.toThrow(RasterFault);
    await expect(computeRaster(scene, { ...task, formula: 'b9' }, program)).rejects.toThrow('Band 9 does not exist');
    await expect(computeRaster(scene, { ...task, bbox: [0, 0, 1, 1] }, program)).rejects.toThrow('does not meet the image');
  }, 60_000);
});

describe('A run', () => {
  const time = '2026-03-01T00:00:00.000Z';
  const world = (rasters: Partial<Rasters>) => {
    let job: BuiltinJob = {
      id: 'j',
      tag: 't',
      process: 'ndvi',
      title: 'x',
      inputs: { source: 'https://x.example/a.tif' },
      status: 'queued',
      created: time,
      updated: time,
      expires: 1,
    };
    const written: string[] = [];
    const deps = {
      store: {
        create: async () => true,
        get: async () => job,
        byTag: async () => [],
        update: async (_: string, write: Write): Promise<Written<BuiltinJob>> => {
          const next = applied(job, write);
          if (next === undefined) return { ok: false, item: job };
          job = next;
          return { ok: true, item: next };
        },
      },
      files: { writeFile: async (id: string, fileName: string) => (written.push(fileName), `builtin/${id}/${fileName}`) },
      rasters: { download: async () => new Uint8Array(), compute: async () => ({ files: [], values: {} }), ...rasters },
      clock: { now: () => Date.parse(time) },
    };
    return { deps, job: () => job, written };
  };

  it('keeps its files and its numbers', async () => {
    const compute = async () => ({
      files: [{ name: 'ndvi', fileName: 'ndvi.tif', type: 'image/tiff', bytes: new Uint8Array() }],
      values: { stats: 1 },
    });
    const w = world({ compute });
    expect(await runRaster(w.deps, 'j', 'r')).toBe('finished');
    expect(w.job()).toMatchObject({
      status: 'finished',
      outputs: { stats: 1 },
      files: { ndvi: { key: 'builtin/j/ndvi.tif', type: 'image/tiff' } },
    });
    expect(await runRaster(w.deps, 'j', 'other')).toBe('nothing');
  });

  it('fails with the reason, without what is secret in it', async () => {
    const w = world({ download: () => Promise.reject(new RasterFault('https://x.example/a?X-Amz-Signature=abc is gone')) });
    expect(await runRaster(w.deps, 'j', 'r')).toBe('error');
    expect(w.job()).toMatchObject({ status: 'error', message: 'https://x.example/a[redacted] is gone' });
  });

  it('that breaks off is left for another try', async () => {
    const w = world({ compute: () => Promise.reject(new Error('out of memory')) });
    await expect(runRaster(w.deps, 'j', 'r')).rejects.toThrow('out of memory');
    expect(w.job().status).toBe('running');
  });
});

describe('A source', () => {
  let server: Server;
  let url: string;
  const rules = { schemes: ['http:', 'https:'], loopback: true };
  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      else response.writeHead(request.url === '/a' ? 200 : 404).end('bytes');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => void server.close());

  it('is read', async () => expect(Buffer.from(await download(`${url}/a`, rules)).toString()).toBe('bytes'));
  it.each([
    ['an address inside', { loopback: false }, '/a', 'internal address'],
    ['a redirect', {}, '/redirect', 'answers 302'],
    ['what is not there', {}, '/b?X-Amz-Signature=abc', 'answers 404'],
  ])('is not %s', async (_, more, path, reason) => {
    const error = await download(url + path, { ...rules, ...more }).catch((fault: unknown) => fault);
    expect(error).toBeInstanceOf(RasterFault);
    expect((error as Error).message).toContain(reason);
    expect((error as Error).message).not.toContain('Signature');
  });
  it('is not a name that leads inside', async () => {
    const rebound = await download(url.replace('127.0.0.1', 'localhost') + '/a', { ...rules, loopback: false }).catch(String);
    expect(rebound).toContain('internal address');
  });
});

describe('A reference', () => {
  const client = {
    send: async () => ({ ContentLength: 5, Body: { transformToByteArray: async () => Buffer.from('bytes') } }),
  } as unknown as S3Client;
  it.each(['samples/a.tif', 'users/abc/workspace/jobs/1/a.tif'])('to %s is read', async (key) =>
    expect(Buffer.from(await readReference(client, 'bucket', `s3://bucket/${key}`, 10)).toString()).toBe('bytes'),
  );
  it.each(['s3://bucket/builtin/x/a.tif', 's3://other/samples/a.tif', 's3://bucket/samples/../users/b', 's3://bucket/users/abc/', 's3:'])(
    'as %s is none',
    async (uri) => expect(readReference(client, 'bucket', uri, 10)).rejects.toThrow(RasterFault),
  );
  it('to a large file is refused', async () =>
    expect(readReference(client, 'bucket', 's3://bucket/samples/a.tif', 4)).rejects.toThrow('more than'));
});
