import { Problem } from '../../../shared/problem.ts';
import { iso } from '../../../shared/time/clock.ts';
import type { UserCredential } from '../model.ts';
import type { TokenOutcome } from '../ports.ts';
import { faultOf, isGoodFor, lifeOf, refusal, type UserPlatform } from '../rules.ts';
import { contextOf, type Deps } from './deps.ts';

/** RFC 8693. */
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange';
const tokenType = (kind: string) => `urn:ietf:params:oauth:token-type:${kind}`;

/** Who sends a request, and the JSON Web Token that she sent with it: none where she sent a personal access token. */
interface Bearer {
  userId: string;
  issuer: string;
  jwt: string | undefined;
}

/**
 * Exchanges the token of a request for a credential at a platform that trusts its issuer, unless there is one that works.
 * True when there is a new one, or a new reason why there is none. A refusal is kept, so that it says why jobs wait; an issuer that does not answer is a 503
 * where nothing else would let the jobs go, since the token is not kept for later.
 */
export async function obtain(deps: Deps, platform: UserPlatform, bearer: Bearer): Promise<boolean> {
  const { exchange } = platform.auth;
  if (exchange === undefined || bearer.jwt === undefined || !exchange.from.includes(bearer.issuer)) return false;
  const before = await deps.store.get(bearer.userId, platform.id);
  const now = deps.clock.now();
  if (isGoodFor(before, now)) return false;
  const outcome = await deps.issuer.ask(platform, formOf(platform, bearer.jwt));
  if (outcome.kind === 'unavailable') {
    if (faultOf(before, platform, now) === undefined) return false;
    const message = `${platform.title} runs jobs as their users, and your token cannot be exchanged just now: ${outcome.message}`;
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', message, { headers: { 'retry-after': '10' } });
  }
  if (outcome.kind === 'refused' && faultOf(before, platform, now) === undefined) return false;
  const row = await rowOf(deps, platform, bearer.userId, outcome, (before?.version ?? 0) + 1);
  // Refused by a write of somebody else's: what that one stored counts.
  return deps.store.put(row, before?.version);
}

function formOf({ auth }: UserPlatform, jwt: string): Record<string, string> {
  const { requestedIssuer, requestedTokenType } = auth.exchange!;
  return {
    grant_type: grant,
    subject_token: jwt,
    subject_token_type: tokenType('access_token'),
    scope: auth.scope,
    ...(auth.audience === undefined ? {} : { audience: auth.audience }),
    ...(requestedIssuer === undefined ? {} : { requested_issuer: requestedIssuer }),
    ...(requestedTokenType === undefined ? {} : { requested_token_type: tokenType(requestedTokenType) }),
  };
}

async function rowOf(
  deps: Deps,
  platform: UserPlatform,
  userId: string,
  outcome: Exclude<TokenOutcome, { kind: 'unavailable' }>,
  version: number,
): Promise<UserCredential> {
  const base = { userId, platformId: platform.id, version, source: 'exchange', setAt: iso(deps.clock.now()) } as const;
  if (outcome.kind === 'refused') return { ...base, state: 'broken', reason: refusal(outcome.word, 'exchange', platform) };
  const seal = (token: string) => deps.vault.seal(token, contextOf(base));
  return {
    ...base,
    ...{ state: 'good', access: await seal(outcome.access), ...lifeOf(outcome.askedAt, outcome.seconds) },
    ...(outcome.refresh === undefined ? {} : { refresh: await seal(outcome.refresh) }),
  };
}
