import proj4 from 'proj4';
import type { Block } from './grids.ts';
import { bounds, cut, moved, perMetre, runs, snapped, thinness, trimmed, type Box, type Shape } from './plane.ts';

/** The latitudes that UTM is defined for. */
export const utmSouth = -80;
export const utmNorth = 84;

interface Zone {
  zone: number;
  south: boolean;
  box: Box;
}

// Zones that are not 6 degrees wide from 80 S to 84 N: the grid of MGRS makes room for south-western Norway and for Svalbard.
const exceptions: Record<number, Box[]> = {
  31: [
    [0, 0, 6, 56],
    [0, 56, 3, 64],
    [0, 64, 6, 72],
    [0, 72, 9, 84],
  ],
  32: [
    [6, 0, 12, 56],
    [3, 56, 12, 64],
    [6, 64, 12, 72],
  ],
  33: [
    [12, 0, 18, 72],
    [9, 72, 21, 84],
  ],
  34: [[18, 0, 24, 72]],
  35: [
    [24, 0, 30, 72],
    [21, 72, 33, 84],
  ],
  36: [[30, 0, 36, 72]],
  37: [
    [36, 0, 42, 72],
    [33, 72, 42, 84],
  ],
};

const zones: Zone[] = Array.from({ length: 60 }, (_, i) => i + 1).flatMap((zone) => {
  const west = -180 + (zone - 1) * 6;
  const northern: Box[] = exceptions[zone] ?? [[west, 0, west + 6, utmNorth]];
  return [{ zone, south: true, box: [west, utmSouth, west + 6, 0] as const }, ...northern.map((box) => ({ zone, south: false, box }))];
});

/**
 * An edge of an area gets a further position after each 28 km before it is projected, one of a square after each 10 km before it is
 * projected back: so an edge that came back is never cut again, and lies where it lay.
 */
const degreeSteps = ([ax = 0, ay = 0]: number[], [bx = 0, by = 0]: number[]): number =>
  Math.max(Math.abs(bx - ax) * Math.cos((((ay + by) / 2) * Math.PI) / 180), Math.abs(by - ay)) / 0.25;
const metreSteps = ([ax = 0, ay = 0]: number[], [bx = 0, by = 0]: number[]): number =>
  Math.max(Math.abs(bx - ax), Math.abs(by - ay)) / 10_000;
/** A degree of longitude at 80 degrees. */
const metresADegree = 19_000;
/** Positions that come back from degrees lie off their line by millimetres; at a zone's border, moved onto its meridian, by 3 cm at most. */
const roundedMetres = 0.05;

/**
 * Squares of `size` metres whose corners have UTM coordinates that are multiples of it, so 100 km gives the squares of MGRS. At the border
 * of a zone they are cut, so that no place lies in two.
 */
export function* utmBlocks(shape: Shape, size: number): Generator<Block> {
  // Never more than a hundredth of the area.
  const thin = thinness(shape, roundedMetres / metresADegree) * metresADegree;
  for (const { zone, south, box } of zones) {
    const part = trimmed(shape, box);
    if (part.length === 0) continue;
    const utm = proj4('EPSG:4326', `+proj=utm +zone=${zone}${south ? ' +south' : ''} +datum=WGS84 +units=m +no_defs`);
    const projected = snapped(moved(part, degreeSteps, utm.forward), perMetre);
    if (projected.length === 0) continue; // it only touches the border of the zone
    const [west0, , east0] = box;
    /** The zone's border is a meridian, and bent in UTM: what lies beyond it belongs to the neighbour. */
    const inverse = (position: [number, number]): [number, number] => {
      const [x, y] = utm.inverse(position);
      return [Math.min(east0, Math.max(west0, x)), y];
    };
    const back = (piece: Shape) => moved(piece, metreSteps, inverse);
    const [west, bottom, east, top] = bounds(projected);
    const [left, right] = [Math.floor(west / size), Math.floor(east / size)];
    const rows = (from: number, to: number): Box => [left * size, from * size, (right + 1) * size, (to + 1) * size];
    for (const row of runs(projected, Math.floor(bottom / size), Math.floor(top / size), rows, { whole: false, thin })) {
      const cells = (from: number, to: number): Box => [from * size, row.first * size, (to + 1) * size, (row.first + 1) * size];
      for (const { first, count, shape: piece } of runs(row.shape!, left, right, cells, { whole: true, thin }))
        yield {
          count,
          tile: (i) => ({
            id: `${zone}${south ? 'S' : 'N'}:${first + i}:${row.first}`,
            shape: back(cut(piece, cells(first + i, first + i), perMetre)),
          }),
        };
    }
  }
}
