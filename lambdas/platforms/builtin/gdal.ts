import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import initGdal, { type Gdal } from 'gdal3.js/node.js';
import type { RasterTask } from './model.ts';
import type { Raster, RasterFile } from './ports.ts';
import { parseFormula } from './rules/formula.ts';
import { RasterFault } from './rules/raster-fault.ts';
import { colours, compute, cut, noData, statsOf } from './rules/pixels.ts';

/** Pixels of a window at most: each takes 4 bytes a band, in GDAL's memory and in ours. */
const mostPixels = 16_000_000;
/** A picture is no larger than this. */
const mostPictureSide = 1024;

interface Info {
  size: [number, number];
  bands: { noDataValue?: number }[];
  wgs84Extent?: { type: string; coordinates: number[][][] };
  stac?: { 'proj:epsg'?: number | null };
}

const header = (text: string, name: string): number => Number(new RegExp(`^${name}\\s*= (\\d+)`, 'm').exec(text)?.[1]);
const withBands = (text: string, bands: number): string =>
  text.replace(/^bands\s*= \d+/m, `bands = ${bands}`).replace(/^band names = \{[^}]*\}\s*/m, '');

async function opened(gdal: Gdal, ...files: string[]) {
  // Rejected with a list, which is no error.
  const { datasets } = await gdal.open(files).catch(() => ({ datasets: [] }));
  if (datasets[0] === undefined) throw new RasterFault('The source is no GeoTIFF that can be read.');
  return datasets[0];
}

/** The library can be started once in a process, and writes into one folder from then on. */
let started: Promise<{ gdal: Gdal; output: string }> | undefined;
/** It remembers files that are removed beside it: no run uses the names of another. */
let runs = 0;
const start = async (program: string) => {
  const output = mkdtempSync(join(tmpdir(), 'raster-out-'));
  return { gdal: await initGdal({ path: program, dest: output, useWorker: false }), output };
};

/**
 * Computes with GDAL (WebAssembly), one raster at a time, and leaves no file behind. `program` is where GDAL's files lie, below the working
 * directory. Throws a `RasterFault` for what is the source's or the request's.
 */
export async function computeRaster(bytes: Uint8Array, task: RasterTask, program: string): Promise<Raster> {
  const { gdal, output } = await (started ??= start(program));
  const input = mkdtempSync(join(tmpdir(), 'raster-in-'));
  const run = (runs += 1);
  try {
    writeFileSync(join(input, `source-${run}.tif`), bytes);
    const source = await opened(gdal, join(input, `source-${run}.tif`));
    const info = (await gdal.gdalinfo(source, [])) as Info;
    const window = windowOf(info, task.bbox);
    const bands = bandsOf(task.formula, info.bands.length);
    const read = await gdal.gdal_translate(
      source,
      ['-q', '-of', 'ENVI', '-ot', 'Float32', '-co', 'INTERLEAVE=BIP', ...bands.flatMap((band) => ['-b', String(band)]), ...window],
      `bands-${run}`,
    );
    const grid = readFileSync(read.real.replace(/\.[^./]*$/, '.hdr'), 'utf8');
    const [width, height] = [header(grid, 'samples'), header(grid, 'lines')];
    const raw = readFileSync(read.real);
    const pixels = new Float32Array(raw.buffer, raw.byteOffset, raw.length / 4);
    const values = compute(
      task.formula,
      bands,
      pixels,
      bands.map((band) => info.bands[band - 1]!.noDataValue),
    );
    const stats = statsOf(values, width, height);

    writeFileSync(join(input, `values-${run}.bin`), new Uint8Array(values.buffer));
    writeFileSync(join(input, `values-${run}.hdr`), withBands(grid, 1));
    const epsg = info.stac?.['proj:epsg'];
    const result = await opened(gdal, join(input, `values-${run}.bin`), join(input, `values-${run}.hdr`));
    const compression = ['-co', 'COMPRESS=DEFLATE', '-co', 'PREDICTOR=YES', '-co', 'BLOCKSIZE=256'];
    const crs = epsg ? ['-a_srs', `EPSG:${epsg}`] : [];
    const cog = await gdal.gdal_translate(
      result,
      ['-q', '-of', 'COG', '-a_nodata', String(noData), ...crs, ...compression],
      `values-${run}`,
    );
    const outline = ((await gdal.gdalinfo(result, [])) as Info).wgs84Extent;

    writeFileSync(join(input, `picture-${run}.bin`), colours(values, task.name === 'ndvi' ? { ...stats, min: -0.2, max: 0.8 } : stats));
    writeFileSync(join(input, `picture-${run}.hdr`), pictureHeader(width, height));
    const shrink =
      Math.max(width, height) > mostPictureSide
        ? ['-outsize', ...(width > height ? [String(mostPictureSide), '0'] : ['0', String(mostPictureSide)])]
        : [];
    const picture = await opened(gdal, join(input, `picture-${run}.bin`), join(input, `picture-${run}.hdr`));
    const png = await gdal.gdal_translate(picture, ['-q', '-of', 'PNG', ...shrink], `picture-${run}`);
    const files: RasterFile[] = [
      {
        name: task.name,
        fileName: `${task.name}.tif`,
        type: 'image/tiff; application=geotiff; profile=cloud-optimized',
        bytes: readFileSync(cog.real),
      },
      { name: 'quicklook', fileName: 'quicklook.png', type: 'image/png', bytes: readFileSync(png.real) },
    ];
    return { files, values: { stats, ...(outline === undefined ? {} : { footprint: outline }) } };
  } catch (error) {
    // GDAL throws objects of its own, which name a number and a message.
    if (error instanceof Error || typeof error !== 'object' || error === null || !('no' in error)) throw error;
    throw new RasterFault(`GDAL cannot compute this: ${'message' in error ? String(error.message).trim() : 'it gives no reason'}`);
  } finally {
    rmSync(input, { recursive: true, force: true });
    for (const file of readdirSync(output)) rmSync(join(output, file), { force: true });
  }
}

const pictureHeader = (width: number, height: number): string =>
  [
    'ENVI',
    `samples = ${width}`,
    `lines = ${height}`,
    'bands = 4',
    'header offset = 0',
    'file type = ENVI Standard',
    'data type = 1',
    'interleave = bip',
    'byte order = 0',
    '',
  ].join('\n');

/** Options that cut the wanted part out. */
function windowOf({ size: [width, height], wgs84Extent }: Info, bbox: number[] | undefined): string[] {
  if (wgs84Extent === undefined) throw new RasterFault('The source has no coordinate reference system.');
  if (bbox === undefined) {
    if (width * height > mostPixels)
      throw new RasterFault(`The source has ${width} x ${height} pixels: give a bbox, at most ${mostPixels} pixels are computed at once.`);
    return [];
  }
  const outline = wgs84Extent.coordinates[0]!;
  const part = cut(bbox, outline);
  if (part === undefined) throw new RasterFault(`The box ${JSON.stringify(bbox)} does not meet the image.`);
  const [west, south, east, north] = part as [number, number, number, number];
  const whole = cut([-180, -90, 180, 90], outline)!;
  const share = ((east - west) * (north - south)) / ((whole[2]! - whole[0]!) * (whole[3]! - whole[1]!));
  if (share * width * height > mostPixels)
    throw new RasterFault(`The box is too large: at most ${mostPixels} pixels are computed at once.`);
  return ['-projwin', String(west), String(north), String(east), String(south), '-projwin_srs', 'EPSG:4326'];
}

function bandsOf(formula: string, there: number): number[] {
  const parsed = parseFormula(formula);
  if ('fault' in parsed) throw new RasterFault(parsed.fault);
  const missing = parsed.bands.find((band) => band > there);
  if (missing !== undefined) throw new RasterFault(`Band ${missing} does not exist: the source has bands 1 to ${there}.`);
  return parsed.bands;
}
