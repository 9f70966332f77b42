import document from '../../docs/openapi.json' with { type: 'json' };
import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { httpHandler } from '../shared/http/handler.ts';
import { page } from '../shared/http/page.ts';
import { fileIn } from './assets.ts';
import { dynamoDatabase } from './dynamo.ts';
import { routes } from './routes.ts';
import { landingPage } from './rules.ts';
import { health } from './use-cases.ts';
import { straighten } from './straighten.ts';

/** Beside the bundle lies what its pages need. */
declare const __dirname: string;
const asset = fileIn(__dirname);
const database = dynamoDatabase(dynamo(), env('JOBS_TABLE'));

export const handler = straighten(
  httpHandler({
    routes,
    handlers: {
      showLandingPage: async ({ url }) => ({ status: 200, body: landingPage(url, env('WEBSOCKET_URL')) }),
      showApiDocument: async ({ url }) => ({
        status: 200,
        headers: { 'content-type': 'application/vnd.oai.openapi+json;version=3.1' },
        body: { ...document, servers: [{ url }] },
      }),
      showHealth: async () => ({ status: 200, body: await health(database) }),
      showPageScript: async () => asset('app.js', 'text/javascript'),
      showPageStyle: async () => asset('style.css', 'text/css'),
    },
    page: page(env('API_URL'), env('WEBSOCKET_URL')),
    door: 'native',
  }),
  env('API_URL'),
);
