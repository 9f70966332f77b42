import type { Fault } from '../../shared/problem.ts';
import { mostValues, type TaskRequest } from '../model.ts';
import { areaFaults, shapeOf } from '../tiles/rules/area.ts';
import { countTiles, tiles } from '../tiles/rules/grids.ts';
import { periodFaults, steps } from './period.ts';

type Dimension = TaskRequest['dimension'];

/** What is wrong with a dimension whose values are made from an area or a period. */
export function generatedFaults({ tiles: split, period }: Dimension): Fault[] {
  const faults = split
    ? areaFaults(split.aoi, split.grid, '/dimension/tiles/aoi')
    : period
      ? periodFaults(period, '/dimension/period')
      : [];
  if (faults.length > 0) return faults;
  if (split) {
    const { count, exact } = countTiles(shapeOf(split.aoi), split.grid);
    const message = `These are ${exact ? '' : 'about '}${count} tiles, and a task has at most ${mostValues} jobs. Take a smaller area or a coarser grid.`;
    if (count > mostValues) return [{ pointer: '/dimension/tiles', message }];
    if (count === 0) return [{ pointer: '/dimension/tiles/aoi', message: 'The area is too small to have a tile.' }];
  }
  const message = `These are more than ${mostValues} steps, and a task has at most so many jobs. Take longer steps.`;
  if (period && steps(period).drop(mostValues).next().done === false) return [{ pointer: '/dimension/period/step', message }];
  return [];
}

/** The values of a faultless dimension, one after the other: those given, the geometries of an area's tiles, or the steps of a period. */
export function valuesOf({ values, tiles: split, period }: Dimension): Iterable<unknown> {
  if (split) return tiles(shapeOf(split.aoi), split.grid).map(({ geometry }) => geometry);
  return period ? steps(period) : (values ?? []);
}
