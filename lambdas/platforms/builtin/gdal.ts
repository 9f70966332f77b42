import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGdalError, rawPicture, withGdal, type Session } from '../../shared/gdal/session.ts';
import type { RasterTask } from './model.ts';
import type { Raster, RasterFile } from './ports.ts';
import { parseFormula } from './rules/formula.ts';
import { RasterFault } from './rules/raster-fault.ts';
import { colours, compute as valuesOf, cut, noData, statsOf } from './rules/pixels.ts';

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

async function opened({ open }: Session, ...files: string[]) {
  const dataset = await open(...files);
  if (dataset === undefined) throw new RasterFault('The source is no GeoTIFF that can be read.');
  return dataset;
}

/**
 * Computes with GDAL (WebAssembly), one raster at a time, and leaves no file behind. `program` is where GDAL's files lie, below the working
 * directory. Throws a `RasterFault` for what is the source's or the request's.
 */
export async function computeRaster(bytes: Uint8Array, task: RasterTask, program: string): Promise<Raster> {
  try {
    return await withGdal(program, (session) => compute(session, bytes, task));
  } catch (error) {
    if (!isGdalError(error)) throw error;
    throw new RasterFault(`GDAL cannot compute this: ${'message' in error ? String(error.message).trim() : 'it gives no reason'}`);
  }
}

async function compute(session: Session, bytes: Uint8Array, task: RasterTask): Promise<Raster> {
  const { gdal, input, run } = session;
  writeFileSync(join(input, `source-${run}.tif`), bytes);
  const source = await opened(session, join(input, `source-${run}.tif`));
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
  const values = valuesOf(
    task.formula,
    bands,
    pixels,
    bands.map((band) => info.bands[band - 1]!.noDataValue),
  );
  const stats = statsOf(values, width, height);

  writeFileSync(join(input, `values-${run}.bin`), new Uint8Array(values.buffer));
  writeFileSync(join(input, `values-${run}.hdr`), withBands(grid, 1));
  const epsg = info.stac?.['proj:epsg'];
  const result = await opened(session, join(input, `values-${run}.bin`), join(input, `values-${run}.hdr`));
  const compression = ['-co', 'COMPRESS=DEFLATE', '-co', 'PREDICTOR=YES', '-co', 'BLOCKSIZE=256'];
  const crs = epsg ? ['-a_srs', `EPSG:${epsg}`] : [];
  const cog = await gdal.gdal_translate(result, ['-q', '-of', 'COG', '-a_nodata', String(noData), ...crs, ...compression], `values-${run}`);
  const outline = ((await gdal.gdalinfo(result, [])) as Info).wgs84Extent;

  writeFileSync(join(input, `picture-${run}.bin`), colours(values, task.name === 'ndvi' ? { ...stats, min: -0.2, max: 0.8 } : stats));
  writeFileSync(join(input, `picture-${run}.hdr`), rawPicture(width, height));
  const shrink =
    Math.max(width, height) > mostPictureSide
      ? ['-outsize', ...(width > height ? [String(mostPictureSide), '0'] : ['0', String(mostPictureSide)])]
      : [];
  const picture = await opened(session, join(input, `picture-${run}.bin`), join(input, `picture-${run}.hdr`));
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
}

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
