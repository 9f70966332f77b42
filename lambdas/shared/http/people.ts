import { addHeaders, type Middleware } from './exchange.ts';

/** The weight that an `Accept` header gives to a media type that it names; 0 for one that it does not (RFC 9110, 12.5.1). */
function weight(accept: string, type: string): number {
  const named = accept.split(',').map((part) =>
    part
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/),
  );
  const parameters = named.find(([name]) => name === type)?.slice(1);
  if (parameters === undefined) return 0;
  const q = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
  return Number.isNaN(q) ? 0 : q;
}

/** Whether a person's browser asks: it names HTML before JSON. Programs name JSON, or anything. */
export const asksForPage = (accept = ''): boolean => weight(accept, 'text/html') > weight(accept, 'application/json');

/** What is answered at a route that has a page depends on `Accept`: caches are told, also of errors. */
export function varies(pages: boolean): Middleware {
  const vary: Middleware['after'] = ({ event, response }) => {
    if (pages && event.exchange.route?.page) addHeaders(response, { vary: 'accept' });
  };
  return { after: vary, onError: vary };
}

/** Marks requests of browsers at routes that have a page. */
export function people(pages: boolean): Middleware {
  return {
    before: ({ event: { exchange, headers, requestContext } }) => {
      const reads = ['GET', 'HEAD'].includes(requestContext.http.method);
      if (pages && reads && exchange.route?.page && asksForPage(headers['accept'])) exchange.page = true;
    },
  };
}
