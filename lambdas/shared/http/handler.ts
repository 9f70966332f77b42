import middy from '@middy/core';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { env } from '../env.ts';
import { accessLog } from './access-log.ts';
import { answerWith } from './answer.ts';
import { authenticate, type Verify } from './authenticate.ts';
import { bodyLimit } from './body-limit.ts';
import { jsonBody } from './body.ts';
import type { Answer, Call, Handlers } from './call.ts';
import { correlation } from './correlation.ts';
import type { Door } from './doors.ts';
import type { HttpEvent, HttpResult } from './exchange.ts';
import { head } from './head.ts';
import { rateHeaders, rateLimit, type Limit } from './limit.ts';
import { limitFromEnv } from './limit-from-env.ts';
import { parameters } from './parameters.ts';
import { people, varies } from './people.ts';
import { problems } from './problems.ts';
import type { Route } from './route.ts';
import { routing } from './routing.ts';

interface Options<Routes extends readonly Route[]> {
  routes: Routes;
  handlers: NoInfer<Handlers<Routes>>;
  door: Door;
  /** What a browser gets at the routes that have a page. */
  page?: Answer;
  /** May be left out where every route is for `anyone`. */
  verify?: Verify;
  /** Those of the environment unless given. */
  limit?: Limit | undefined;
}

function callOf({ exchange, headers }: HttpEvent): Call {
  return {
    get caller() {
      if (!exchange.caller) throw new Error('A route for anyone has no caller.');
      return exchange.caller;
    },
    params: exchange.params as Call['params'],
    query: exchange.query,
    body: exchange.body,
    text: exchange.text ?? '',
    headers,
    url: env('API_URL').replace(/\/+$/, ''),
    requestId: exchange.requestId,
  };
}

/**
 * The entry point of an area's route table: one list of middlewares, the same in every area. Answers and
 * errors pass it backwards, so that whatever is thrown leaves encoded, measured and correlated.
 */
export function httpHandler<const Routes extends readonly Route[]>({
  routes,
  handlers,
  door,
  page,
  verify,
  limit = limitFromEnv(),
}: Options<Routes>) {
  const handlerOf = (route: Route) => (handlers as Record<string, (call: Call) => Promise<Answer>>)[route.operationId]!;
  const handler = middy<HttpEvent, HttpResult>()
    .use(correlation())
    .use(accessLog())
    .use(head())
    .use(rateHeaders(limit))
    .use(varies(page !== undefined))
    .use(problems(door))
    .use(bodyLimit())
    .use(routing(routes))
    .use(people(page !== undefined))
    .use(authenticate(routes, verify))
    .use(rateLimit(limit))
    .use(parameters())
    .use(jsonBody())
    .handler(async (event) => answerWith(page && event.exchange.page ? page : await handlerOf(event.exchange.route!)(callOf(event))));
  return (event: APIGatewayProxyEventV2, context: Context): Promise<HttpResult> =>
    handler(event as HttpEvent, context) as Promise<HttpResult>;
}
