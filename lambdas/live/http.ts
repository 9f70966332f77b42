import { randomBytes } from 'node:crypto';
import { verifierFromEnv } from '../shared/auth/from-env.ts';
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoTickets } from './dynamo-connections.ts';
import { routes } from './routes.ts';
import { issueTicket } from './use-cases/tickets.ts';

const deps = {
  tickets: dynamoTickets(dynamo(), env('CONNECTIONS_TABLE')),
  secrets: { next: () => randomBytes(32).toString('base64url') },
  clock: systemClock,
};

export const handler = httpHandler({
  routes,
  handlers: {
    createLiveTicket: async ({ caller }) => ({ status: 201, body: await issueTicket(deps, caller, env('WEBSOCKET_URL')) }),
  },
  door: 'native',
  verify: verifierFromEnv(),
});
