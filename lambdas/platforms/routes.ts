import * as z from 'zod';
import type { Route } from '../shared/http/route.ts';
import { PlatformView } from './model.ts';

export const routes = [
  {
    method: 'GET',
    path: '/platforms',
    operationId: 'listPlatforms',
    summary: 'List the registered platforms',
    description: 'Every platform that work can be sent to, with its limits, its health and how much waits for it.',
    roles: ['user'],
    scope: 'platforms:read',
    success: {
      status: 200,
      description: 'The platforms',
      schema: z.object({ platforms: z.array(PlatformView) }).meta({ id: 'PlatformList' }),
    },
    errors: [],
  },
  {
    method: 'GET',
    path: '/platforms/{platformId}',
    operationId: 'showPlatform',
    summary: 'Show one platform',
    roles: ['user'],
    scope: 'platforms:read',
    params: z.object({ platformId: z.string().describe('Id of a registered platform').meta({ example: 'pygeoapi' }) }),
    success: { status: 200, description: 'The platform', schema: PlatformView },
    errors: [{ status: 404, codes: ['NOT_FOUND'], when: 'No platform with this id is registered.' }],
  },
] as const satisfies Route[];
