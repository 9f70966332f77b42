import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isGdalError, rawPicture, type Session } from '../shared/gdal/session.ts';
import type { Painter } from './ports.ts';

/** A picture of more pixels is not opened up. */
const mostPixels = 32_000_000;

interface Info {
  size: [number, number];
  bands: { type: string; colorInterpretation?: string }[];
}

/** By its first bytes: GDAL is handed nothing that it might take for a file that leads to others. */
const endingOf = (bytes: Uint8Array): 'png' | 'jpg' | undefined =>
  bytes[0] === 0x89 && bytes[1] === 0x50 && bytes[2] === 0x4e && bytes[3] === 0x47
    ? 'png'
    : bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff
      ? 'jpg'
      : undefined;

/** How GDAL makes red, green and blue of the bands, and opacity where there is one. */
function channels({ bands }: Info): { options: string[]; count: 3 | 4 } {
  const deep = bands[0]!.type === 'Byte' ? [] : ['-ot', 'Byte', '-scale', '0', '65535', '0', '255'];
  if (bands[0]!.colorInterpretation === 'Palette') return { options: ['-expand', 'rgba'], count: 4 };
  const chosen = bands.length < 3 ? [1, 1, 1, ...(bands.length === 2 ? [2] : [])] : [1, 2, 3, ...(bands.length > 3 ? [4] : [])];
  return { options: [...deep, ...chosen.flatMap((band) => ['-b', String(band)])], count: chosen.length as 3 | 4 };
}

/** Reads and writes pictures with GDAL, one after the other. */
export function gdalPainter({ gdal, input, run, open }: Session): Painter {
  let pictures = 0;
  const without = (...files: string[]) => files.forEach((file) => rmSync(file, { force: true }));
  return {
    async pixelsOf(picture, wanted) {
      const ending = endingOf(picture);
      if (ending === undefined) return undefined;
      const name = `${run}-${(pictures += 1)}`;
      const file = join(input, `picture-${name}.${ending}`);
      writeFileSync(file, picture);
      const dataset = await open(file);
      if (dataset === undefined) return undefined;
      try {
        const info = (await gdal.gdalinfo(dataset, [])) as Info;
        const [width, height] = info.size;
        if (width * height > mostPixels) return undefined;
        const size = wanted({ width, height });
        const { options, count } = channels(info);
        const resize = ['-outsize', String(size.width), String(size.height), '-r', options[0] === '-expand' ? 'nearest' : 'average'];
        const how = ['-q', '-of', 'ENVI', '-co', 'INTERLEAVE=BIP', ...options, ...resize];
        const { real } = await gdal.gdal_translate(dataset, how, `pixels-${name}`);
        const raw = readFileSync(real);
        without(real, real.replace(/\.[^./]*$/, '.hdr'));
        return count === 4 ? raw : opaque(raw);
      } catch (error) {
        if (!isGdalError(error)) throw error;
        return undefined;
      } finally {
        await gdal.close(dataset);
        without(file);
      }
    },
    async png(pixels, width, height) {
      const file = join(input, `mosaic-${run}`);
      writeFileSync(`${file}.bin`, pixels);
      writeFileSync(`${file}.hdr`, rawPicture(width, height));
      const dataset = await open(`${file}.bin`, `${file}.hdr`);
      if (dataset === undefined) throw new Error('GDAL_CANNOT_READ: the mosaic that was painted');
      const { real } = await gdal.gdal_translate(dataset, ['-q', '-of', 'PNG'], `mosaic-${run}`);
      return readFileSync(real);
    },
  };
}

function opaque(rgb: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((rgb.length / 3) * 4).fill(255);
  for (let pixel = 0; pixel < rgb.length / 3; pixel += 1) pixels.set(rgb.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  return pixels;
}
