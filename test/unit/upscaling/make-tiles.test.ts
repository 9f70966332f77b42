import { describe, expect, it } from '@jest/globals';
import { mostTiles, TileCollection, TileRequest, type Area } from '../../../lambdas/upscaling/tiles/model.ts';
import { routes } from '../../../lambdas/upscaling/tiles/routes.ts';
import { countTilesOf, makeTiles } from '../../../lambdas/upscaling/tiles/use-cases.ts';
import { box } from '../../support/areas.ts';

const star = (spikes: number, width: number, height: number): Area => {
  const ring = Array.from({ length: 2 * spikes }, (_, i) => {
    const [r, turn] = [i % 2 ? 1 : 0.3, (Math.PI * i) / spikes];
    return [r * width * Math.cos(turn), r * height * Math.sin(turn)];
  });
  return { type: 'Polygon', coordinates: [[...ring, ring[0]!]] };
};
const refusal = (request: Parameters<typeof makeTiles>[0]) => {
  try {
    makeTiles(request);
  } catch (error) {
    return error;
  }
  throw new Error('Nothing was refused.');
};

describe('POST /tiles', () => {
  it('answers the tiles of the example with their ids, as documented', () => {
    const request = TileRequest.parse(routes[0].bodyExample);
    const made = makeTiles(request);
    expect(TileCollection.parse(made)).toEqual(made);
    expect(made.ids.length).toBe(made.geometries.length);
    expect(countTilesOf(request)).toEqual({ grid: '20x20km', count: made.ids.length, exact: true });
  });

  it('refuses more tiles than one answer carries, and says how many there are', () => {
    const request = { aoi: box(-180, -90, 180, 90), grid: '20x20km' as const };
    expect(refusal(request)).toMatchObject({
      status: 422,
      code: 'TOO_MANY_TILES',
      message: expect.stringMatching(/^These are 1275662 tiles, the most is 10000\./),
    });
    expect(mostTiles).toBe(10_000);
  });

  it('refuses tiles whose outlines are too large for an answer, though they are few', () => {
    const request = { aoi: box(-40, -20, 60, 40), grid: 'utm-100km' as const };
    expect(countTilesOf(request).count).toBeLessThan(mostTiles);
    expect(refusal(request)).toMatchObject({
      code: 'TOO_MANY_TILES',
      message: expect.stringMatching(/outlines have more than 4 MB: simplify/),
    });
  });

  it('refuses an area with faults, each named, for the count as well', () => {
    const aoi = box(0, 0, 0, 0);
    const fault = {
      status: 422,
      code: 'VALIDATION_ERROR',
      errors: [{ pointer: '/aoi/coordinates', message: expect.stringContaining('empty') }],
    };
    expect(refusal({ aoi, grid: '20x20km' })).toMatchObject(fault);
    expect(() => countTilesOf({ aoi, grid: '20x20km' })).toThrow(expect.objectContaining(fault));
  });
});

describe('The count of an outline that is too long to follow', () => {
  it('is estimated and says so', () => {
    const { count, exact } = countTilesOf({ aoi: star(500, 170, 75), grid: 'utm-10km' });
    expect(exact).toBe(false);
    expect(count).toBeGreaterThan(1_000_000);
  });
});
