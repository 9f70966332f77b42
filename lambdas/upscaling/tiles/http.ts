import { verifierFromEnv } from '../../shared/auth/from-env.ts';
import { httpHandler } from '../../shared/http/handler.ts';
import { routes } from './routes.ts';
import { countTilesOf, makeTiles } from './use-cases.ts';

export const handler = httpHandler({
  routes,
  handlers: {
    makeTiles: async ({ body, query }) =>
      query.dry_run === true ? { status: 200, body: countTilesOf(body) } : { status: 201, body: makeTiles(body) },
  },
  door: 'native',
  verify: verifierFromEnv(),
});
