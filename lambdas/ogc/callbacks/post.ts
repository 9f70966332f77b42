import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { guardedLookup, type Resolve } from '../../shared/guarded-lookup.ts';
import { isOutside, urlFault, type UrlRules } from '../../shared/url-guard.ts';
import type { Post } from '../ports.ts';

/** A receiver takes the news and does its work later. */
const answerWithinMs = 10_000;

/**
 * Posts to a URL that a user gave. The URL is judged again, and the address that its name resolves to as well, in the one look-up whose
 * answer is connected to: a name that changes its address in between leads nowhere. Redirects are answers, and are not followed.
 */
export const guardedPost =
  (rules: UrlRules, resolve?: Resolve): Post =>
  (uri, headers, body) => {
    const fault = urlFault(uri, rules);
    if (fault !== undefined) return Promise.resolve({ failure: fault });
    const url = new URL(uri);
    return new Promise((answer) => {
      const payload = Buffer.from(body);
      const request = (url.protocol === 'https:' ? requestHttps : requestHttp)(url, {
        method: 'POST',
        agent: false,
        signal: AbortSignal.timeout(answerWithinMs),
        headers: { ...headers, 'content-length': String(payload.length) },
        lookup: guardedLookup((address) => isOutside(address, rules), resolve),
      });
      request.on('response', ({ statusCode = 0 }) => {
        answer({ status: statusCode });
        request.destroy(); // what it says beyond that is nobody's business
      });
      request.on('error', (error: NodeJS.ErrnoException) =>
        answer({ failure: error.name === 'AbortError' ? 'no answer within 10 s' : `no answer (${error.code ?? error.message})` }),
      );
      request.end(payload);
    });
  };
