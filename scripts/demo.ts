import { mkdirSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { compareRasters } from './compare-rasters.ts';
import { runUpscaling } from './demo-upscaling.ts';
import { readLocal, type Local } from './environment/local.ts';
import { signIn } from './environment/users.ts';
import { JobWatch } from './job-watch.ts';

/** Long on a busy machine: twelve rasters at once. */
const timeoutSeconds = 300;

interface Item {
  properties: Record<string, unknown>;
  assets: Record<string, { href: string } | undefined>;
}

/** A request with a token; an answer that is no success is an error with what the API said. */
export async function call<T>(token: string, method: string, url: string, signal: AbortSignal, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) };
  const response = await fetch(url, { method, headers, signal, redirect: 'manual', ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await response.text();
  if (response.status >= 400) throw new Error(`${method} ${url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as T;
}

/** The NDVI of the Olinda scene, on the sample platform. */
export const ndviJob = (local: Local) => ({
  title: 'NDVI of Olinda',
  label: 'ogc_api_process',
  service: { endpoint: 'pygeoapi', application: 'ndvi' },
  parameters: { source: `s3://${local.bucket}/${local.samples.olinda}`, red: 3, nir: 4, delay: 3 }, // so that it is seen running
  format: 'gtiff',
});

/** The same NDVI, computed in the deployment itself. */
const ownNdviJob = (local: Local) => {
  const { source, red, nir } = ndviJob(local).parameters;
  const service = { endpoint: 'builtin', application: 'ndvi' };
  return { ...ndviJob(local), title: 'NDVI of Olinda by Swath', service, parameters: { source, red, nir } };
};
/** Two computations of one NDVI that differ by more do not compute the same. */
const sameNdvi = 1e-6;

/** The NDVI of the same scene by a user-defined process, on the sample openEO back-end that serves it. */
export const openEoJob = (backend: string) => ({
  title: 'NDVI of Olinda by openEO',
  label: 'openeo',
  service: { endpoint: 'openeo', application: `${backend}/definitions/ndvi.json` },
  parameters: { spatial_extent: { west: -34.95, south: -8.05, east: -34.85, north: -7.97 } },
  format: 'gtiff',
});

async function download(item: Item, name: string, magic: readonly Buffer[], file: string, signal: AbortSignal): Promise<string> {
  const href = item.assets[name]?.href;
  if (!href) throw new Error(`The result has no asset "${name}"; it has ${Object.keys(item.assets).join(', ')}.`);
  return save(href, name, magic, file, signal);
}

async function save(href: string, name: string, magic: readonly Buffer[], file: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(href, { signal });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (!response.ok) throw new Error(`Downloading "${name}" answered ${response.status}: ${bytes.toString('utf8', 0, 300)}`);
  if (!magic.some((start) => bytes.subarray(0, start.length).equals(start))) throw new Error(`"${name}" is not the kind of file it says.`);
  writeFileSync(file, bytes);
  return file;
}

// TIFF comes in both byte orders; PNG has one beginning.
const tiff = [Buffer.from('II*\0'), Buffer.from('MM\0*')];
const png = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')];

async function runDemo(local: Local, state: string, signal: AbortSignal): Promise<void> {
  const token = await signIn(local, 'alice');
  const api = <T>(method: string, path: string, body?: object) => call<T>(token, method, `${local.apiUrl}${path}`, signal, body);
  const watch = new JobWatch(async () => (await api<{ url: string }>('POST', '/job_status/tickets')).url);
  const folder = resolve(state, 'demo');
  mkdirSync(folder, { recursive: true });
  /** Sends a job, tells its way and answers its results. */
  const run = async (request: object): Promise<Item> => {
    const job = await api<{ id: string; status: string }>('POST', '/unit_jobs', request);
    const start = Date.now();
    const tell = (status: string) => console.log(`           ${((Date.now() - start) / 1000).toFixed(2).padStart(5)} s  ${status}`);
    console.log(`\n  Demo: job ${job.id}, as pushed by the WebSocket`);
    const final = await watch.final(job.id, tell, signal);
    if (final !== 'finished') throw new Error(`The job ended as ${final}: ${JSON.stringify(await api('GET', `/unit_jobs/${job.id}`))}`);
    // The status comes first, the results a moment later.
    for (;;) {
      const item = await api<Item>('GET', `/unit_jobs/${job.id}/results`).catch((error: unknown) => {
        if (!String(error).includes('RESULTS_NOT_READY')) throw error;
      });
      if (item) return item;
      await new Promise((next) => setTimeout(next, 200));
    }
  };
  try {
    await watch.opened(signal);
    const item = await run(ndviJob(local));
    const raster = await download(item, 'ndvi', tiff, `${folder}/ndvi.tif`, signal);
    const picture = await download(item, 'quicklook', png, `${folder}/quicklook.png`, signal);
    const { stats } = (item.properties['swath:outputs'] ?? {}) as { stats?: Record<string, number> };
    if (!stats) throw new Error(`The result has no statistics: ${JSON.stringify(item.properties)}`);
    console.log(`           NDVI     min ${stats['min']}, mean ${stats['mean']}, max ${stats['max']} over ${stats['count']} pixels`);
    console.log(`           GeoTIFF  ${raster}\n           picture  ${picture}\n`);
    const own = await download(await run(ownNdviJob(local)), 'ndvi', tiff, `${folder}/own-ndvi.tif`, signal);
    const { difference, masks } = await compareRasters(own, raster);
    if (!masks || difference > sameNdvi) throw new Error(`${own} and ${raster} are not the same: they differ by ${difference}.`);
    console.log(
      `           GeoTIFF  ${own}\n           The same as pygeoapi's: no pixel differs by more than ${difference.toExponential(1)}.\n`,
    );
    const start = Date.now();
    const tell = (text: string) => console.log(`           ${((Date.now() - start) / 1000).toFixed(2).padStart(5)} s  ${text}`);
    const pause = () => new Promise<void>((next) => setTimeout(next, 500));
    const mosaic = await runUpscaling(api, local, pause, tell);
    const tiles = await save(mosaic.href, 'mosaic', png, `${folder}/great-salt-lake.png`, signal);
    console.log(`           mosaic   ${tiles} (${mosaic.width} x ${mosaic.height}, ${mosaic.pictures} tiles)\n`);
    if (local.openeo === undefined) return;
    const other = await run(openEoJob(local.openeo));
    console.log(`           GeoTIFF  ${await download(other, 'result.tif', tiff, `${folder}/openeo-ndvi.tif`, signal)}\n`);
  } finally {
    watch.close();
  }
}

/** A job on each sample platform from the request to its files, watched live. Answers whether all of it worked; what did not is said. */
export async function demo(local: Local, state: string): Promise<boolean> {
  try {
    await runDemo(local, state, AbortSignal.timeout(timeoutSeconds * 1000));
    return true;
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    console.error(`\nThe demo failed: ${late ? `not done within ${timeoutSeconds} s` : (error as Error).message}`);
    console.error(`Logs: ${resolve(state)}/logs (emulator.log has what the functions wrote)`);
    return false;
  }
}

if (import.meta.main) {
  const state = process.argv[2] ?? '.swath';
  process.exitCode = (await demo(readLocal(state), state)) ? 0 : 1;
}
