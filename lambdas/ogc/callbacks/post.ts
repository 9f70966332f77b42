import { lookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isOutside, urlFault, type UrlRules } from '../../shared/url-guard.ts';
import type { Post } from '../ports.ts';

/** A receiver takes the news and does its work later. */
const answerWithinMs = 10_000;

/**
 * Posts to a URL that a user gave. The URL is judged again, and the address that its name resolves to as well, in the one look-up whose
 * answer is connected to: a name that changes its address in between leads nowhere. Redirects are answers, and are not followed.
 */
export const guardedPost =
  (rules: UrlRules, resolve: Resolve = lookup): Post =>
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
        lookup: guardedLookup(rules, resolve),
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

type Found = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

/** The system's resolver, or one that a test speaks for. */
type Resolve = (
  hostname: string,
  options: LookupOptions & { all: true },
  found: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

const guardedLookup = (rules: UrlRules, resolve: Resolve) => (hostname: string, options: LookupOptions, found: Found) =>
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const inside = error === null && !addresses.every(({ address }) => isOutside(address, rules));
    if (error !== null) found(error, []);
    else if (inside) found(Object.assign(new Error('an internal address'), { code: 'INTERNAL_ADDRESS' }), []);
    else if (options.all) found(null, addresses);
    else found(null, addresses[0]!.address, addresses[0]!.family);
  });
