import { Problem } from '../../shared/problem.ts';
import { mostTiles, type Area, type GridId, type TileCollection, type TileCount, type TileRequest } from './model.ts';
import { areaFaults, shapeOf } from './rules/area.ts';
import { countTiles, tiles } from './rules/grids.ts';
import type { Shape } from './rules/plane.ts';

/** What an answer can carry (a function's answer ends at 6 MB, escapes and envelope included). */
const mostBytes = 4 * 1024 * 1024;

function faultless({ aoi, grid }: TileRequest): Shape {
  const errors = areaFaults(aoi, grid, '/aoi');
  if (errors.length > 0) throw new Problem(422, 'VALIDATION_ERROR', 'The area cannot be split; details name each fault.', { errors });
  return shapeOf(aoi);
}

/** How many tiles an area would be split into; nothing is made. */
export function countTilesOf(request: TileRequest): TileCount {
  return { grid: request.grid, ...countTiles(faultless(request), request.grid) };
}

/** The tiles of an area; 422 TOO_MANY_TILES, with their number, when there are more than an answer can carry. */
export function makeTiles(request: TileRequest): TileCollection {
  const shape = faultless(request);
  const [geometries, ids]: [Area[], string[]] = [[], []];
  let bytes = 0;
  for (const { id, geometry } of tiles(shape, request.grid)) {
    geometries.push(geometry);
    ids.push(id);
    bytes += JSON.stringify(geometry).length + id.length + 4;
    if (geometries.length > mostTiles || bytes > mostBytes) throw tooMany(shape, request.grid);
  }
  return { type: 'GeometryCollection', geometries, ids };
}

function tooMany(shape: Shape, grid: GridId): Problem {
  const { count, exact } = countTiles(shape, grid);
  const what =
    count > mostTiles ? `the most is ${mostTiles}` : `and their outlines have more than ${mostBytes / 1024 / 1024} MB: simplify the area`;
  const message = `These are ${exact ? '' : 'about '}${count} tiles, ${what}. Take a smaller area or a coarser grid.`;
  return new Problem(422, 'TOO_MANY_TILES', message);
}
