import { log } from '../log.ts';
import type { Middleware } from './exchange.ts';

/** One line for each request: never its body, query or headers. */
export function accessLog(): Middleware {
  const line: Middleware['after'] = ({ event: { exchange, requestContext, rawPath }, response }) =>
    log.info('request', {
      method: requestContext.http.method,
      path: exchange.route?.path ?? rawPath.slice(0, 200),
      status: response?.statusCode,
      ms: Date.now() - exchange.startedAt,
      userId: exchange.caller?.userId,
    });
  return { after: line, onError: line };
}
