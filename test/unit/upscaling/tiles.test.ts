import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import geodesic from 'geographiclib-geodesic';
import type { Area, GridId } from '../../../lambdas/upscaling/tiles/model.ts';
import { areaFaults, shapeOf } from '../../../lambdas/upscaling/tiles/rules/area.ts';
import { countTiles, tiles } from '../../../lambdas/upscaling/tiles/rules/grids.ts';
import { area, type Shape } from '../../../lambdas/upscaling/tiles/rules/plane.ts';
import { box } from '../../support/areas.ts';

const shape = (geometry: Area): Shape => (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates);
const split = (aoi: Area, grid: GridId) => [...tiles(shapeOf(aoi), grid)];
const world = box(-180, -90, 180, 90);
const flat = (geometry: Area) => area(shape(geometry));

/** Area on the WGS 84 ellipsoid in km2, by an independent library; edges along parallels get positions between. */
function ellipsoidal(geometry: Area): number {
  return shape(geometry).reduce((sum, [outer = []]) => {
    const polygon = geodesic.Geodesic.WGS84.Polygon(false);
    outer.slice(1).forEach(([x = 0, y = 0], i) => {
      const [fromX = 0, fromY = 0] = outer[i]!;
      const pieces = x === fromX ? 1 : Math.ceil(Math.abs(x - fromX) * 20) + 1; // a meridian is a geodesic, a parallel is none
      for (let n = 1; n <= pieces; n += 1) polygon.AddPoint(fromY + ((y - fromY) * n) / pieces, fromX + ((x - fromX) * n) / pieces);
    });
    return sum + polygon.Compute(false, true).area! / 1e6;
  }, 0);
}

describe('cells of 20 x 20 km', () => {
  it.each([0, 30.2, 51.3, 69.9, 85, -77])('are 400 km2 or a little less on the ellipsoid at latitude %d', (latitude) => {
    const cells = split(box(10, latitude, 13, latitude + 1), '20x20km').filter(
      ({ geometry }) => geometry.type === 'Polygon' && geometry.coordinates[0]!.length === 5,
    );
    const full = cells.map(({ geometry }) => ellipsoidal(geometry));
    const largest = Math.max(...full);
    expect(largest).toBeLessThanOrEqual(400.001);
    expect(largest).toBeGreaterThan(400 * 0.99);
  });

  it('cover the Earth once: their areas sum up to its surface', () => {
    const cells = split(world, '250x250km');
    const bands = Map.groupBy(cells, ({ id }) => id.split(':')[1]);
    const sum = [...bands.values()].reduce((all, band) => all + band.length * ellipsoidal(band[0]!.geometry), 0);
    expect(Math.abs(sum / 510_065_621.7 - 1)).toBeLessThan(1e-6);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
  });

  it('are counted without being made, the whole Earth at once', () => {
    expect(countTiles(shapeOf(world), '20x20km')).toEqual({ count: 1_275_662, exact: true });
    expect(countTiles(shapeOf(world), '250x250km')).toEqual({ count: split(world, '250x250km').length, exact: true });
  });
});

describe('squares of UTM', () => {
  it('have corners at multiples of their size: 500 km east is the central meridian', () => {
    const cells = split(box(8.9, 47.9, 9.3, 48.3), 'utm-20km');
    const corners = cells.flatMap(({ geometry }) => shape(geometry).flat(2));
    expect(corners.some(([x = 0]) => Math.abs(x - 9) < 1e-7)).toBe(true);
    const northings = corners
      .filter(([x = 0]) => Math.abs(x - 9) < 1e-7)
      .map(([, y = 0]) => geodesic.Geodesic.WGS84.Inverse(0, 9, y, 9).s12! * 0.9996);
    // On the central meridian a northing is the length of the meridian times 0.9996.
    expect(northings.some((northing) => Math.abs(northing - 5_320_000) < 0.01)).toBe(true);
  });

  it('follow the zones of MGRS, also where these are not 6 degrees wide', () => {
    const zone = (lon: number, lat: number, grid: GridId = 'utm-100km') =>
      split(box(lon, lat, lon + 0.01, lat + 0.01), grid)[0]!.id.split(':')[1];
    expect([zone(5, 60), zone(5, 50), zone(5, 65), zone(10, 78), zone(25, 78), zone(-58, -34)]).toEqual([
      '32N',
      '31N',
      '31N',
      '33N',
      '35N',
      '21S',
    ]);
  });

  it('at the border of two zones are cut and overlap nowhere', () => {
    const aoi = box(11.5, 45, 12.5, 46);
    const cells = split(aoi, 'utm-20km');
    expect(new Set(cells.map(({ id }) => id.split(':')[1]))).toEqual(new Set(['32N', '33N']));
    const sum = cells.reduce((all, { geometry }) => all + flat(geometry), 0);
    expect(Math.abs(sum / flat(aoi) - 1)).toBeLessThan(1e-6);
  });

  it('end at 84 N and 80 S, and an area beyond is told so', () => {
    expect(areaFaults(box(10, 83, 20, 85), 'utm-20km', '/aoi')).toEqual([
      { pointer: '/aoi/coordinates', message: expect.stringMatching(/84 N and 80 S.*20x20km/) },
    ]);
    expect(areaFaults(box(10, 83, 20, 85), '20x20km', '/aoi')).toEqual([]);
  });
});

describe('the tiles of an area', () => {
  const grids: GridId[] = ['20x20km', '250x250km', 'utm-10km', 'utm-50km'];
  const areas = fc
    .record({
      x: fc.double({ min: -170, max: 170, noNaN: true }),
      y: fc.double({ min: -70, max: 70, noNaN: true }),
      r: fc.double({ min: 0.05, max: 1.5, noNaN: true }),
      n: fc.integer({ min: 3, max: 12 }),
      turn: fc.double({ min: 0, max: 6, noNaN: true }),
    })
    .map(({ x, y, r, n, turn }): Area => {
      const ring = Array.from({ length: n }, (_, i) => [
        x + r * Math.cos(turn + (2 * Math.PI * i) / n),
        y + r * Math.sin(turn + (2 * Math.PI * i) / n),
      ]);
      return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
    });

  it('cover it and nothing else, and each cell comes once', () => {
    fc.assert(
      fc.property(areas, fc.constantFrom(...grids), (aoi, grid) => {
        const cells = split(aoi, grid);
        const sum = cells.reduce((all, { geometry }) => all + flat(geometry), 0);
        expect(Math.abs(sum / flat(aoi) - 1)).toBeLessThan(grid.startsWith('utm') ? 1e-3 : 1e-6);
        expect(new Set(cells.map(({ id }) => id)).size).toBe(cells.length);
        expect(countTiles(shapeOf(aoi), grid)).toEqual({ count: cells.length, exact: true });
      }),
      { numRuns: 60 },
    );
  });

  it('are the same cells when the area is another: the grid never moves', () => {
    const small = split(box(5, 51, 5.4, 51.3), '20x20km').map(({ id }) => id);
    const large = split(box(4, 50, 7, 52), '20x20km').map(({ id }) => id);
    expect(large).toEqual(expect.arrayContaining(small));
  });

  it('leave out its holes', () => {
    const holed: Area = {
      type: 'Polygon',
      coordinates: [
        ...(box(0, 0, 4, 4) as { coordinates: number[][][] }).coordinates,
        ...(box(1, 1, 3, 3) as { coordinates: number[][][] }).coordinates,
      ],
    };
    const cells = split(holed, '20x20km');
    expect(cells.length).toBeLessThan(split(box(0, 0, 4, 4), '20x20km').length);
    expect(cells.reduce((all, { geometry }) => all + flat(geometry), 0)).toBeCloseTo(12, 6);
  });

  it('across the antimeridian are those of both sides, however it is written', () => {
    const beyond = split(box(179, -18, 181, -17), '20x20km').map(({ id }) => id);
    const cut: Area = { type: 'MultiPolygon', coordinates: [...shape(box(179, -18, 180, -17)), ...shape(box(-180, -18, -179, -17))] };
    expect(beyond.sort()).toEqual(
      split(cut, '20x20km')
        .map(({ id }) => id)
        .sort(),
    );
    for (const { geometry } of split(box(179, -18, 181, -17), '20x20km'))
      for (const [x = 0] of shape(geometry).flat(2)) expect(Math.abs(x)).toBeLessThanOrEqual(180);
  });

  it('go up to the pole', () => {
    const cells = split(box(-180, 89, 180, 90), '20x20km');
    const sum = cells.reduce((all, { geometry }) => all + ellipsoidal(geometry), 0);
    expect(Math.abs(sum / ellipsoidal(box(-180, 89, 180, 90)) - 1)).toBeLessThan(1e-4);
  });

  it.each<GridId>(['utm-20km', 'utm-100km', '20x20km'])('are made of an area that only touches the border of a zone (%s)', (grid) => {
    const aoi: Area = {
      type: 'Polygon',
      coordinates: [
        [
          [-60, 0],
          [-54, 1],
          [-54, 4],
          [-59, 5],
          [-60, 0],
        ],
      ],
    };
    const cells = split(aoi, grid);
    expect(countTiles(shapeOf(aoi), grid)).toEqual({ count: cells.length, exact: true });
    expect(Math.abs(cells.reduce((all, { geometry }) => all + flat(geometry), 0) / flat(aoi) - 1)).toBeLessThan(1e-3);
  });

  it.each<GridId>(['utm-20km', '20x20km'])('are none for an area smaller than a millimetre (%s)', (grid) => {
    expect(countTiles(shapeOf(box(5, 51, 5 + 1e-10, 51 + 1e-10)), grid)).toEqual({ count: 0, exact: true });
  });

  it.each<GridId>(['20x20km', '250x250km', 'utm-10km', 'utm-100km'])('of the area of a tile are that tile (%s)', (grid) => {
    for (const [x, y] of [
      [5, 51],
      [-112, 40.6],
      [100, -33],
      [24, 69],
    ] as const)
      for (const { id, geometry } of split(box(x, y, x + 0.5, y + 0.4), grid))
        expect([grid, split(geometry, grid).map((cell) => cell.id)]).toEqual([grid, [id]]);
  });

  it('of overlapping polygons come once', () => {
    const twice: Area = { type: 'MultiPolygon', coordinates: [...shape(box(5, 51, 5.6, 51.5)), ...shape(box(5.3, 51, 6, 51.5))] };
    expect(split(twice, '20x20km').map(({ id }) => id)).toEqual(split(box(5, 51, 6, 51.5), '20x20km').map(({ id }) => id));
  });
});

describe('an area that cannot be split is refused with what is wrong with it', () => {
  const ring = (...positions: number[][]): Area => ({ type: 'Polygon', coordinates: [positions] });
  it.each<[string, Area, RegExp]>([
    ['not closed', ring([0, 0], [1, 0], [1, 1], [0, 1]), /ends where it begins/],
    ['too few positions', ring([0, 0], [1, 0], [0, 0]), /at least four/],
    ['no degrees', ring([500000, 0], [500001, 0], [500001, 1], [500000, 0]), /no longitude and latitude/],
    ['crossing itself', ring([0, 0], [1, 1], [1, 0], [0, 1], [0, 0]), /crosses itself at 0.5, 0.5/],
    ['jumping over the antimeridian', ring([179, 0], [-179, 0], [-179, 1], [179, 1], [179, 0]), /beyond 180/],
    ['without area', ring([0, 0], [1, 0], [2, 0], [0, 0]), /empty/],
    [
      'round the Earth twice',
      ring([-200, 0], [-50, 0], [100, 0], [200, 0], [200, 1], [100, 1], [-50, 1], [-200, 1], [-200, 0]),
      /more than once/,
    ],
    ['with too many positions', ring(...Array.from({ length: 6000 }, (_, i) => [i / 1000, 0])), /at most 5000/],
  ])('%s', (_, aoi, words) => {
    const faults = areaFaults(aoi, '20x20km', '/aoi');
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.map(({ message }) => message).join(' ')).toMatch(words);
    expect(faults[0]!.pointer).toMatch(/^\/aoi\/coordinates/);
  });
});
