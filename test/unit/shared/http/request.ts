import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';

interface Request {
  method?: string;
  path?: string;
  query?: string;
  headers?: Record<string, string>;
  /** A text is sent as it is, anything else as JSON. */
  body?: unknown;
  base64?: boolean;
  stage?: string;
}

/** A request as API Gateway hands it to a function (payload format 2.0). */
export function request({ method = 'GET', path = '/', query = '', headers = {}, body, base64 = false, stage = '$default' }: Request) {
  const event = {
    rawPath: path,
    rawQueryString: query,
    headers,
    isBase64Encoded: base64,
    requestContext: { requestId: 'gateway-id', stage, http: { method, path } },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  return event as unknown as APIGatewayProxyEventV2;
}

export const context = {} as Context;
