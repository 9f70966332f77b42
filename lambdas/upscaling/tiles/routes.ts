import * as z from 'zod';
import type { Route } from '../../shared/http/route.ts';
import { TileCollection, TileCount, TileRequest } from './model.ts';

export const routes = [
  {
    method: 'POST',
    path: '/tiles',
    operationId: 'makeTiles',
    summary: 'Split an area into tiles',
    description:
      'The cells of a grid that an area meets, cut to it. Grids never move, so the same place always has the same tile, whatever the area. ' +
      'With `dry_run=true` only their number is answered (200), however many there are.',
    roles: ['user'],
    scope: 'platforms:read',
    query: z.object({ dry_run: z.stringbool().optional().describe('Only count the tiles') }),
    body: TileRequest,
    bodyExample: {
      aoi: {
        type: 'Polygon',
        coordinates: [
          [
            [-113.2, 40.6],
            [-111.8, 40.6],
            [-111.8, 41.7],
            [-113.2, 41.7],
            [-113.2, 40.6],
          ],
        ],
      },
      grid: '20x20km',
    },
    success: { status: 201, description: 'The tiles', schema: TileCollection },
    alternatives: [{ status: 200, description: 'The number of tiles (`dry_run=true`)', schema: TileCount }],
    errors: [
      {
        status: 422,
        codes: ['VALIDATION_ERROR', 'TOO_MANY_TILES'],
        when: 'The area or the grid has faults; or the area has more tiles than one answer can carry: the message has their number.',
      },
    ],
  },
] as const satisfies Route[];
