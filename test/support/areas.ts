import type { Area } from '../../lambdas/upscaling/tiles/model.ts';

/** The area between these longitudes and latitudes. */
export const box = (west: number, south: number, east: number, north: number): Area & { type: 'Polygon' } => ({
  type: 'Polygon',
  coordinates: [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ],
  ],
});
