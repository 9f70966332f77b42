import { logContext } from '../log.ts';
import { addHeaders, type Middleware } from './exchange.ts';

/** What may stand in a header, a log line and an event without any escaping. */
const safe = /^[\w.:-]{1,128}$/;

/** Takes the client's `X-Correlation-ID` (or makes one of the gateway's request id), logs with it, and sends it back. */
export function correlation(): Middleware {
  const answer: Middleware['after'] = ({ event, response }) => addHeaders(response, { 'x-correlation-id': event.exchange.requestId });
  return {
    before: ({ event }) => {
      const given = event.headers['x-correlation-id'];
      const requestId = given !== undefined && safe.test(given) ? given : event.requestContext.requestId;
      event.exchange = { requestId, startedAt: Date.now(), params: {}, query: {} };
      logContext({ requestId });
    },
    after: answer,
    onError: answer,
  };
}
