import type { Answer } from './call.ts';
import type { HttpResult } from './exchange.ts';

/** Bytes that are text by their media type leave as text: the gateway's other form is a third longer. */
const isText = (type: string): boolean => /^text\/|[/+](json|xml)\b/i.test(type);

/** The gateway's form of an answer; header names leave in lower case, so that none is there twice. */
export function answerWith({ status, body, headers: given = {} }: Answer): HttpResult {
  const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name.toLowerCase(), value]));
  if (body === undefined) return { statusCode: status, headers };
  if (body instanceof Uint8Array) {
    const [bytes, asText] = [Buffer.from(body), isText(headers['content-type'] ?? '')];
    return { statusCode: status, headers, body: bytes.toString(asText ? 'utf8' : 'base64'), isBase64Encoded: !asText };
  }
  const isPlain = typeof body === 'string' && headers['content-type'] !== undefined;
  return { statusCode: status, headers: { 'content-type': 'application/json', ...headers }, body: isPlain ? body : JSON.stringify(body) };
}
