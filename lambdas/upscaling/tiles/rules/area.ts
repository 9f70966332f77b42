import { kinks } from '@turf/kinks';
import type { Fault } from '../../../shared/problem.ts';
import type { Area, GridId } from '../model.ts';
import { area, bounds, clip, perDegree, snapped, type Shape } from './plane.ts';
import { utmNorth, utmSouth } from './utm.ts';

/** Positions that an area may have: looking for crossings compares each edge with each. */
const mostPositions = 5000;

const polygonsOf = (aoi: Area): Shape => (aoi.type === 'Polygon' ? [aoi.coordinates] : aoi.coordinates);
const place = ([x = 0, y = 0]: number[]) => `${x}, ${y}`;

function ringFaults(ring: number[][], pointer: string): Fault[] {
  const faults: Fault[] = [];
  const [first, last] = [ring[0] ?? [], ring.at(-1) ?? []];
  if (ring.length < 4) faults.push({ pointer, message: 'A ring has at least four positions, of which the last repeats the first.' });
  else if (first[0] !== last[0] || first[1] !== last[1])
    faults.push({ pointer, message: 'A ring ends where it begins: repeat its first position.' });
  ring.forEach(([x = 0, y = 0], i) => {
    if (Math.abs(y) > 90 || Math.abs(x) > 360)
      faults.push({ pointer: `${pointer}/${i}`, message: `${x}, ${y} is no longitude and latitude in degrees.` });
    const before = ring[i - 1];
    const span = before === undefined ? 0 : Math.abs(x - before[0]!);
    if (span > 180 && span !== 360)
      faults.push({
        pointer: `${pointer}/${i}`,
        message:
          `The edge from ${place(before!)} to ${x}, ${y} goes round more than half of the Earth. ` +
          'Across the antimeridian, go on with longitudes beyond 180 (or below -180); if it is really meant, put a position between.',
      });
  });
  return faults;
}

/** What is wrong with an area for a grid, all of it at once; `pointer` is where it stands in the request. */
export function areaFaults(aoi: Area, grid: GridId, pointer: string): Fault[] {
  const polygons = polygonsOf(aoi);
  const at = `${pointer}/coordinates`;
  const positions = polygons.flat(2).length;
  if (positions > mostPositions)
    return [{ pointer: at, message: `The area has ${positions} positions; at most ${mostPositions} are taken: simplify it.` }];
  const path = (polygon: number, ring: number) => (aoi.type === 'Polygon' ? `${at}/${ring}` : `${at}/${polygon}/${ring}`);
  const faults = polygons.flatMap((polygon, p) => polygon.flatMap((ring, r) => ringFaults(ring, path(p, r))));
  if (faults.length > 0) return faults;
  for (const [p, coordinates] of polygons.entries()) {
    const [crossing] = kinks({ type: 'Polygon', coordinates }).features;
    if (crossing)
      faults.push({
        pointer: path(p, 0),
        message: `The outline crosses itself at ${place(crossing.geometry.coordinates)}: a polygon must not.`,
      });
  }
  const [west, south, east, north] = bounds(polygons);
  if (east - west > 360) faults.push({ pointer: at, message: 'The area goes round the Earth more than once.' });
  if (area(polygons) === 0)
    faults.push({ pointer: at, message: 'The area is empty. Around a pole, it needs an edge along the latitude of the pole (90 or -90).' });
  if (grid.startsWith('utm-') && (south < utmSouth || north > utmNorth))
    faults.push({ pointer: at, message: 'UTM ends at 84 N and 80 S: take the grid 20x20km or 250x250km, or a smaller area.' });
  return faults;
}

/** A faultless area as a shape between 180 W and 180 E: what lies beyond comes in at the other side. */
export function shapeOf(aoi: Area): Shape {
  const polygons = polygonsOf(aoi).map((polygon) => polygon.map((ring) => ring.map(([x = 0, y = 0]) => [x, y])));
  const shape = snapped(polygons, perDegree);
  return [-360, 0, 360].flatMap((shift) => {
    const part = clip(shape, [-180 + shift, -90, 180 + shift, 90], perDegree);
    return part.map((polygon) => polygon.map((ring) => ring.map(([x = 0, y = 0]) => [x - shift, y])));
  });
}
