import type { Answer } from './call.ts';
import type { HttpResult } from './exchange.ts';

/** The gateway's form of an answer; header names leave in lower case, so that none is there twice. */
export function answerWith({ status, body, headers: given = {} }: Answer): HttpResult {
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  if (body === undefined) return { statusCode: status, headers };
  const isText = typeof body === 'string' && headers['content-type'] !== undefined;
  return { statusCode: status, headers: { 'content-type': 'application/json', ...headers }, body: isText ? body : JSON.stringify(body) };
}
