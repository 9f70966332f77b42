import type { Caller } from '../shared/auth/caller.ts';
import { hashPat, makePat, patBytes } from '../shared/auth/pat.ts';
import { scopes } from '../shared/auth/scopes.ts';
import type { TokenRecord } from '../shared/auth/token-record.ts';
import { Problem } from '../shared/problem.ts';
import { iso, ms, type Clock } from '../shared/time/clock.ts';
import { mostDays, usualDays, type NewToken, type TokenRequest, type TokenView } from './model.ts';
import type { OwnedTokens, Secrets } from './ports.ts';

interface Deps {
  tokens: OwnedTokens;
  secrets: Secrets;
  clock: Clock;
}

/** Tokens that an owner may have at once. */
const mostTokens = 100;
const day = 24 * 3600 * 1000;

const view = ({ id, title, scopes: given, roles, created, expires, lastUsed }: TokenRecord): TokenView => ({
  ...{ id, title, scopes: given, roles, created, expires: iso(expires * 1000) },
  ...(lastUsed === undefined ? {} : { lastUsed }),
});

/** When the token that is asked for expires, in ms since the epoch. */
function expiryOf({ expires }: TokenRequest, now: number): number {
  if (expires === undefined) return now + usualDays * day;
  const at = ms(expires);
  const message =
    at <= now ? 'This time is over.' : at > now + mostDays * day ? `A token is good for at most ${mostDays} days.` : undefined;
  if (message !== undefined)
    throw new Problem(422, 'VALIDATION_ERROR', 'The body has faults; details name each.', { errors: [{ pointer: '/expires', message }] });
  return at;
}

/**
 * Makes a personal access token; what is kept of it is a hash. It has the roles of its owner, but never that of an
 * administrator: what lies about in scripts must not be able to do everything.
 */
export async function makeToken({ tokens, secrets, clock }: Deps, caller: Caller, request: TokenRequest): Promise<NewToken> {
  const now = clock.now();
  const expires = Math.floor(expiryOf(request, now) / 1000);
  const live = (await tokens.list(caller.userId)).filter((one) => one.expires * 1000 > now);
  if (live.length >= mostTokens)
    throw new Problem(409, 'TOO_MANY_TOKENS', `You have ${live.length} personal access tokens: revoke those that you no longer use.`);
  const { token, id } = makePat(caller.userId, secrets.bytes(patBytes));
  const record: TokenRecord = {
    ...{ id, owner: caller.userId, issuer: caller.issuer, subject: caller.subject, hash: hashPat(token), title: request.title },
    roles: caller.roles.filter((role) => role === 'user' || role === 'developer'),
    scopes: request.scopes ?? [...scopes],
    ...{ created: iso(now), expires },
  };
  await tokens.add(record);
  return { ...view(record), token };
}

/** The caller's tokens, newest first, without those that have expired. */
export async function listTokens({ tokens, clock }: Pick<Deps, 'tokens' | 'clock'>, caller: Caller): Promise<TokenView[]> {
  const all = await tokens.list(caller.userId);
  return all
    .filter((one) => one.expires * 1000 > clock.now())
    .toSorted((a, b) => (a.created < b.created ? 1 : -1))
    .map(view);
}

/** From here on the token is good for nothing. */
export async function revokeToken({ tokens }: Pick<Deps, 'tokens'>, caller: Caller, id: string): Promise<void> {
  if (!(await tokens.remove(caller.userId, id))) throw new Problem(404, 'TOKEN_NOT_FOUND', 'You have no such personal access token.');
}
