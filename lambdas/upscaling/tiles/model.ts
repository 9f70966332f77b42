import * as z from 'zod';

/** The grids that an area can be split by. Their cells never move: the same area always gives the same tiles. */
export const GridId = z
  .enum(['20x20km', '250x250km', 'utm-10km', 'utm-20km', 'utm-50km', 'utm-100km'])
  .describe(
    '`20x20km`, `250x250km`: bands of latitude, each cut into cells of one area of at most 400 or 62,500 km2, at any latitude. ' +
      '`utm-*`: squares aligned to the UTM coordinates of their MGRS zone (84 N to 80 S), cut at the borders of the zone',
  );
export type GridId = z.infer<typeof GridId>;

const Position = z.array(z.number()).min(2).max(3);
const Ring = z.array(Position);
const Polygon = z.object({ type: z.literal('Polygon'), coordinates: z.array(Ring).min(1) }).meta({ id: 'Polygon' });
const MultiPolygon = z
  .object({ type: z.literal('MultiPolygon'), coordinates: z.array(z.array(Ring).min(1)).min(1) })
  .meta({ id: 'MultiPolygon' });

/** GeoJSON geometry of an area: longitude and latitude in degrees (WGS 84), edges straight in these (RFC 7946). */
export const Area = z
  .discriminatedUnion('type', [Polygon, MultiPolygon])
  .describe(
    'GeoJSON Polygon or MultiPolygon. Across the antimeridian: either cut there (RFC 7946, 3.1.9), or with longitudes beyond 180. ' +
      'Around a pole: with an edge along the latitude of the pole',
  );
export type Area = z.infer<typeof Area>;

/** The most tiles of one answer. */
export const mostTiles = 10_000;

/** APEx `TileRequest`. */
export const TileRequest = z.strictObject({ aoi: Area, grid: GridId }).meta({ id: 'TileRequest' });
export type TileRequest = z.infer<typeof TileRequest>;

/** One cell of a grid, cut to the area. */
export interface Tile {
  /** Names the cell for ever, e.g. `20x20km:257:412`, `utm-20km:31N:25:280`. */
  id: string;
  geometry: Area;
}

/** APEx `GeometryCollection`; the ids of the cells stand beside it in the same order. */
export const TileCollection = z
  .object({
    type: z.literal('GeometryCollection'),
    geometries: z.array(Area),
    ids: z.array(z.string()).describe('Names of the cells, in the order of the geometries'),
  })
  .meta({ id: 'TileCollection' });
export type TileCollection = z.infer<typeof TileCollection>;

/** What a dry run tells. */
export const TileCount = z
  .object({
    grid: GridId,
    count: z.number().int().min(0).describe('Tiles that the area would be split into'),
    exact: z.boolean().describe('False where the outline is too long for the grid to be followed: then the count is estimated'),
  })
  .meta({ id: 'TileCount' });
export type TileCount = z.infer<typeof TileCount>;
