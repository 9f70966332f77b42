import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { plainPath } from './rules.ts';

type HttpHandler = (event: APIGatewayProxyEventV2, context: Context) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * API Gateway knows `/unit_jobs` and not `/unit_jobs/` or `//unit_jobs`: such a path comes to the landing function, which
 * sends the client where it meant to go. 308 keeps method and body (RFC 9110, 15.4.9).
 */
export const straighten =
  (handler: HttpHandler, apiUrl: string): HttpHandler =>
  async (event, context) => {
    const plain = plainPath(event.rawPath);
    if (plain === undefined) return handler(event, context);
    const query = event.rawQueryString ? `?${event.rawQueryString}` : '';
    const path = plain.split('/').map(encodeURIComponent).join('/');
    return { statusCode: 308, headers: { location: `${apiUrl.replace(/\/+$/, '')}${path}${query}` } };
  };
