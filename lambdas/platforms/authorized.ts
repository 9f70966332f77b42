import type { Bounds, Exchange, HttpClient, Method } from './http-client.ts';
import { CredentialFault, type Authorization } from './ports.ts';
import type { Reply } from './replies/model.ts';

/** What a request needs beside its address. */
interface Request {
  method: Method;
  path: string;
  body?: unknown;
  headers?: Record<string, string>;
  bounds?: Bounds | undefined;
}

/**
 * Requests under an authorization. One that cannot be had means that nothing was sent; one that the platform refuses is
 * got anew for the next request, and nothing is sent twice. What an answer repeats of the token is not passed on.
 */
export class Authorized {
  private readonly authorization: Authorization;
  private readonly isRefused: (reply: Reply) => boolean;
  private refused: string | undefined;

  constructor(authorization: Authorization, isRefused: (reply: Reply) => boolean) {
    this.authorization = authorization;
    this.isRefused = isRefused;
  }

  async send(http: HttpClient, { method, path, body, headers = {}, bounds }: Request): Promise<Exchange> {
    let authorization: string | undefined;
    try {
      authorization = await this.header();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { kind: 'unreached', message, ...(error instanceof CredentialFault ? { credential: true as const } : {}) };
    }
    const sent = { ...headers, ...(authorization === undefined ? {} : { authorization }) };
    const answer = await http.send(method, path, body, sent, bounds);
    if (answer.kind !== 'answer') return answer;
    if (authorization !== undefined && this.isRefused(answer)) this.refused = authorization;
    return { ...answer, text: without(answer.text, authorization) };
  }

  /** Value of the header; throws as the authorization does. */
  async header(): Promise<string | undefined> {
    const { refused } = this;
    this.refused = undefined;
    return this.authorization(refused);
  }
}

function without(text: string, authorization: string | undefined): string {
  const token = authorization?.replace(/^Bearer (?:(?:oidc|basic)\/[^/]*\/)?/, '') ?? '';
  return token === '' || !text.includes(token) ? text : text.replaceAll(token, '[redacted]');
}
