import { randomBytes } from 'node:crypto';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoOwnedTokens } from './dynamo.ts';
import { routes } from './routes.ts';
import { listTokens, makeToken, revokeToken } from './use-cases.ts';

const deps = { tokens: dynamoOwnedTokens(dynamo(), env('TOKENS_TABLE')), secrets: { bytes: randomBytes }, clock: systemClock };

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    makeToken: async ({ caller, body }) => ({
      status: 201,
      headers: { 'cache-control': 'no-store' },
      body: await makeToken(deps, caller, body),
    }),
    listTokens: async ({ caller }) => ({ status: 200, body: { tokens: await listTokens(deps, caller) } }),
    revokeToken: async ({ caller, params }) => {
      await revokeToken(deps, caller, params.tokenId);
      return { status: 204 };
    },
  },
});
