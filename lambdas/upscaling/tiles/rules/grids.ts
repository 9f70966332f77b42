import type { Area, GridId, Tile } from '../model.ts';
import { bandBlocks, surfaceKm2 } from './bands.ts';
import { perDegree, snapped, type Shape } from './plane.ts';
import { utmBlocks } from './utm.ts';

/** Cells of a grid that follow one another: one that an area cuts, or any number of whole ones. */
export interface Block {
  count: number;
  tile: (i: number) => { id: string; shape: Shape };
}

const sizeKm: Record<GridId, number> = {
  '20x20km': 20,
  '250x250km': 250,
  'utm-10km': 10,
  'utm-20km': 20,
  'utm-50km': 50,
  'utm-100km': 100,
};
const blocksOf = (shape: Shape, grid: GridId): Generator<Block> =>
  grid.startsWith('utm') ? utmBlocks(shape, sizeKm[grid] * 1000) : bandBlocks(shape, sizeKm[grid]);

/** The tiles of a shape (`shapeOf`), from south to north and west to east within a grid's parts; made one by one, as they are asked for. */
export function* tiles(shape: Shape, grid: GridId): Generator<Tile> {
  for (const { count, tile } of blocksOf(shape, grid))
    for (let i = 0; i < count; i += 1) {
      const { id, shape: cell } = tile(i);
      yield { id: `${grid}:${id}`, geometry: geometryOf(cell) };
    }
}

/** Blocks that a count goes through before it estimates: at the edge of a large area every cell is one. */
const mostBlocks = 200_000;

/** How many tiles there are: exactly, or about so many where the outline is too long for the grid to be followed. */
export function countTiles(shape: Shape, grid: GridId): { count: number; exact: boolean } {
  let [sum, blocks] = [0, 0];
  for (const { count } of blocksOf(shape, grid)) {
    sum += count;
    blocks += 1;
    if (blocks > mostBlocks) return { count: Math.max(sum, Math.round(surfaceKm2(shape) / sizeKm[grid] ** 2)), exact: false };
  }
  return { count: sum, exact: true };
}

function geometryOf(shape: Shape): Area {
  const [first, ...others] = snapped(shape, perDegree);
  return others.length === 0 ? { type: 'Polygon', coordinates: first! } : { type: 'MultiPolygon', coordinates: [first!, ...others] };
}
