import { laneState, queuedCount } from '../dispatch/api.ts';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { systemClock } from '../shared/time/system.ts';
import type { PlatformLoad } from './ports.ts';
import { registryFromTable } from './registry.ts';
import { routes } from './routes.ts';
import { listPlatforms, showPlatform } from './use-cases/show.ts';

const load: PlatformLoad = {
  async lane(platformId) {
    const lane = await laneState(platformId);
    return lane && { ...lane, running: lane.slots?.size ?? 0, failures: lane.failures ?? 0 };
  },
  queued: queuedCount,
};
const deps = { registry: registryFromTable(), load, clock: systemClock };

export const handler = httpHandler({
  routes,
  handlers: {
    listPlatforms: async () => ({ status: 200, body: { platforms: await listPlatforms(deps) } }),
    showPlatform: async ({ params }) => ({ status: 200, body: await showPlatform(deps, params.platformId) }),
  },
  door: 'native',
  verify: verifierFromEnv(),
});
