import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { s3 } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { systemClock } from '../shared/time/system.ts';
import { routes } from './routes.ts';
import { s3Uploads } from './s3.ts';
import { makeTicket } from './use-cases.ts';

const deps = { uploads: s3Uploads(s3, env('BUCKET')), clock: systemClock };

export const handler = httpHandler<typeof routes>({
  routes,
  door: 'native',
  verify: verifierFromEnv(),
  handlers: {
    makeUploadTicket: async ({ caller, body }) => ({
      status: 201,
      headers: { 'cache-control': 'no-store' },
      body: await makeTicket(deps, caller.userId, body),
    }),
  },
});
