import { addHeaders, type Middleware } from './exchange.ts';

/** HEAD answers as GET does, with the length of the body that it leaves out (RFC 9110, 9.3.2). */
export function head(): Middleware {
  const withoutBody: Middleware['after'] = ({ event, response }) => {
    if (!response || event.requestContext.http.method !== 'HEAD') return;
    addHeaders(response, { 'content-length': String(Buffer.byteLength(response.body ?? '')) });
    delete response.body;
  };
  return { after: withoutBody, onError: withoutBody };
}
