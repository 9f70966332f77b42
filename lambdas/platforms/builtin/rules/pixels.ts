import { evaluate, parseFormula } from './formula.ts';

/** What stands for "no value" in a raster that we write. */
export const noData = -9999;

export interface Stats {
  min?: number;
  max?: number;
  mean?: number;
  /** Pixels that have a value. */
  count: number;
  width: number;
  height: number;
}

/**
 * A formula at every pixel. `pixels` holds the bands of each pixel one after the other, in the order of `bands`; a pixel has no value
 * where a band has none (`nodata` of the file) or the formula is undefined.
 */
export function compute(
  formula: string,
  bands: readonly number[],
  pixels: Float32Array,
  nodata: readonly (number | undefined)[],
): Float32Array {
  const parsed = parseFormula(formula);
  if ('fault' in parsed) throw new Error(parsed.fault);
  const place = new Map(bands.map((band, i) => [band, i]));
  const values = new Float32Array(pixels.length / bands.length);
  for (let i = 0; i < values.length; i += 1) {
    const start = i * bands.length;
    const missing = bands.some((_, j) => Number.isNaN(pixels[start + j]!) || pixels[start + j] === nodata[j]);
    const value = missing ? Number.NaN : evaluate(parsed.tree, (band) => pixels[start + place.get(band)!]!);
    values[i] = Number.isFinite(value) ? value : noData;
  }
  return values;
}

const rounded = (value: number): number => Math.round(value * 1e6) / 1e6;

export function statsOf(values: Float32Array, width: number, height: number): Stats {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (value === noData) continue;
    min = Math.min(min, value);
    max = Math.max(max, value);
    sum += value;
    count += 1;
  }
  return { ...(count > 0 ? { min: rounded(min), max: rounded(max), mean: rounded(sum / count) } : {}), count, width, height };
}

/** Colours from the lowest to the highest value: brown over yellow to green. */
const ramp = [
  [120, 72, 36],
  [214, 178, 112],
  [250, 240, 170],
  [140, 190, 90],
  [16, 96, 40],
] as const;

/** Red, green, blue, opacity of every pixel; one without a value is transparent. */
export function colours(values: Float32Array, { min = 0, max = 1 }: Stats): Uint8Array {
  const picture = new Uint8Array(values.length * 4);
  const span = max > min ? max - min : 1;
  for (const [i, value] of values.entries()) {
    if (value === noData) continue;
    const at = Math.min(1, Math.max(0, (value - min) / span)) * (ramp.length - 1);
    const [below, above] = [ramp[Math.floor(at)]!, ramp[Math.ceil(at)]!];
    for (let c = 0; c < 3; c += 1) picture[i * 4 + c] = Math.round(below[c]! + (above[c]! - below[c]!) * (at % 1));
    picture[i * 4 + 3] = 255;
  }
  return picture;
}

/** The part of a box (west, south, east, north) that lies on a file's outline; undefined where they do not meet. */
export function cut(bbox: readonly number[], outline: readonly (readonly number[])[]): number[] | undefined {
  const [xs, ys] = [outline.map((p) => p[0]!), outline.map((p) => p[1]!)];
  const [west, south] = [Math.max(bbox[0]!, Math.min(...xs)), Math.max(bbox[1]!, Math.min(...ys))];
  const [east, north] = [Math.min(bbox[2]!, Math.max(...xs)), Math.min(bbox[3]!, Math.max(...ys))];
  return west < east && south < north ? [west, south, east, north] : undefined;
}
