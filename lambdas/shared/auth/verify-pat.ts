import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { iso, type Clock } from '../time/clock.ts';
import type { Caller } from './caller.ts';
import type { TokenStore } from './dynamo-tokens.ts';
import { isHashOf, readPat } from './pat.ts';
import { unauthenticated } from './unauthenticated.ts';

/** Who sends a personal access token. */
export type VerifyPat = (token: string) => Promise<Caller>;

/** Checks personal access tokens with their table; the day of the last use is written at most once a day by each function. */
export function patVerifier(tokens: TokenStore, clock: Clock): VerifyPat {
  const noted = new Map<string, string>();
  return async (token) => {
    const named = readPat(token);
    if (named === undefined) throw unauthenticated('This is no whole personal access token. Was all of it copied?');
    const { owner, id } = named;
    const known = await tokens.get(owner, id).catch((error: unknown) => {
      log.error('the table of tokens cannot be read', { error });
      const message = 'Tokens cannot be checked just now. Try again in some seconds.';
      throw new Problem(503, 'SERVICE_UNAVAILABLE', message, { headers: { 'retry-after': '5' } });
    });
    if (known === undefined || !isHashOf(known.hash, token))
      throw unauthenticated('There is no such personal access token, or it was revoked. Make a new one.');
    if (known.expires * 1000 <= clock.now()) throw unauthenticated('This personal access token has expired. Make a new one.');
    const day = iso(clock.now()).slice(0, 10);
    if (known.lastUsed !== day && noted.get(id) !== day) {
      noted.set(id, day);
      await tokens.used(owner, id, day).catch((error: unknown) => log.warn('the use of a token was not noted', { error }));
    }
    return { userId: owner, issuer: known.issuer, subject: known.subject, roles: known.roles, scopes: known.scopes };
  };
}
