import { area, bounds, cut, perDegree, runs, thinness, type Box, type Shape } from './plane.ts';
import type { Block } from './grids.ts';

// WGS 84. Snyder, Map Projections - A Working Manual (USGS PP 1395), 3-11 to 3-18: the authalic sphere has the ellipsoid's area.
const semiMajorKm = 6378.137;
const e2 = 0.00669437999014;
const e = Math.sqrt(e2);
const q = (sin: number) => (1 - e2) * (sin / (1 - e2 * sin * sin) - Math.log((1 - e * sin) / (1 + e * sin)) / (2 * e));
const qPole = q(1);
/** Radius of the authalic sphere, km. */
const authalicKm = semiMajorKm * Math.sqrt(qPole / 2);

/** Geographic latitude, degrees, of an authalic one in radians (series 3-18; good to a centimetre). */
function latitude(authalic: number): number {
  if (Math.abs(authalic) >= Math.PI / 2) return Math.sign(authalic) * 90;
  const radians =
    authalic +
    (e2 / 3 + (31 * e2 ** 2) / 180 + (517 * e2 ** 3) / 5040) * Math.sin(2 * authalic) +
    ((23 * e2 ** 2) / 360 + (251 * e2 ** 3) / 3780) * Math.sin(4 * authalic) +
    ((761 * e2 ** 3) / 45_360) * Math.sin(6 * authalic);
  return (radians * 180) / Math.PI;
}
/** Authalic latitude, radians, of a geographic one in degrees. */
function authalicOf(degrees: number): number {
  return Math.asin(Math.min(1, Math.max(-1, q(Math.sin((degrees * Math.PI) / 180)) / qPole)));
}

/**
 * A grid of latitude bands counted from the equator (band 0 begins there), each `sizeKm` high and cut, from 180 W on, into the least number
 * of equal cells of at most `sizeKm` x `sizeKm`. The cells of a band have exactly one area on the ellipsoid; a projected grid of
 * squares would promise 20 km and give 10 at 60 degrees.
 */
export function* bandBlocks(shape: Shape, sizeKm: number): Generator<Block> {
  if (shape.length === 0) return; // too small for a millimetre
  const edge = (band: number) => Math.min(Math.PI / 2, Math.max(-Math.PI / 2, (band * sizeKm) / authalicKm));
  const bandOf = (degrees: number) => Math.floor((authalicOf(degrees) * authalicKm) / sizeKm);
  const last = Math.ceil((Math.PI / 2) * (authalicKm / sizeKm)) - 1;
  const thin = thinness(shape, 2 / perDegree);
  const [, south, , north] = bounds(shape);
  const band = (from: number, to: number): Box => [-180, latitude(edge(from)), 180, latitude(edge(to + 1))];
  // One band more on either side: rounding may put an edge into its neighbour.
  const [lowest, highest] = [Math.max(-last - 1, bandOf(south) - 1), Math.min(last, bandOf(north) + 1)];
  for (const row of runs(shape, lowest, highest, band, { whole: false, thin })) {
    const columns = Math.max(
      1,
      Math.ceil(2 * Math.PI * (authalicKm / sizeKm) ** 2 * (Math.sin(edge(row.first + 1)) - Math.sin(edge(row.first))) - 1e-6),
    );
    const [, low, , high] = band(row.first, row.first);
    const longitude = (column: number) => (column === columns ? 180 : -180 + (360 * column) / columns);
    const cells = (from: number, to: number): Box => [longitude(from), low, longitude(to + 1), high];
    for (const { first, count, shape: part } of runs(row.shape!, 0, columns - 1, cells, { whole: true, thin }))
      yield {
        count,
        tile: (i) => ({ id: `${row.first}:${first + i}`, shape: cut(part, cells(first + i, first + i), perDegree) }),
      };
  }
}

/** Area of a shape on the ellipsoid, km2, with edges straight in longitude and the sine of the authalic latitude: near enough to estimate. */
export function surfaceKm2(shape: Shape): number {
  const flat = shape.map((polygon) => polygon.map((ring) => ring.map(([x = 0, y = 0]) => [(x * Math.PI) / 180, Math.sin(authalicOf(y))])));
  return area(flat) * authalicKm ** 2;
}
