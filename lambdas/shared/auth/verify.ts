import { CognitoJwtVerifier } from 'aws-jwt-verify';
import {
  CognitoJwtInvalidClientIdError,
  CognitoJwtInvalidTokenUseError,
  FetchError,
  JwkValidationError,
  JwksValidationError,
  JwtBaseError,
  JwtExpiredError,
  JwtInvalidAudienceError,
  JwtNotBeforeError,
  ParameterValidationError,
} from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import type { Role } from '../http/route.ts';
import { userIdOf } from '../ids/user-id.ts';
import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import type { Caller } from './caller.ts';
import { type ReadKeys, readKeys } from './keys.ts';
import { unauthenticated } from './unauthenticated.ts';

interface Pool {
  userPoolId: string;
  clientId: string;
  /** Claim of the token that lists roles, e.g. `cognito:groups`. */
  rolesClaim: string;
  keys?: ReadKeys;
}

const grantable: readonly Role[] = ['user', 'developer', 'administrator'];

/** What to do about each way in which a token can be wrong; the first that fits. */
const advice: [new (...args: never[]) => Error, string][] = [
  [JwtExpiredError, 'The token has expired. Sign in again.'],
  [JwtNotBeforeError, 'The token is not valid yet. Is the clock of the machine that made it right?'],
  // The library's name for an issuer that it was not set up for.
  [ParameterValidationError, 'The token was issued by somebody whom this service does not know. Sign in here.'],
  [JwtInvalidAudienceError, 'The token was made for another application. Sign in for this service.'],
  [CognitoJwtInvalidClientIdError, 'The token was made for another application. Sign in with this service.'],
  [CognitoJwtInvalidTokenUseError, 'This is not an access token. Send the access token, not the id token.'],
];

/** The answer while an issuer's keys cannot be had. */
export function discoveryFailed(error: unknown): Problem {
  log.error('the keys of the token issuer cannot be read', { error });
  const message = 'Tokens cannot be checked just now, because their issuer does not answer. Try again in some seconds.';
  return new Problem(503, 'SERVICE_UNAVAILABLE', message, { headers: { 'retry-after': '5' } });
}

export function problemOf(error: unknown): unknown {
  if ([FetchError, JwksValidationError, JwkValidationError].some((kind) => error instanceof kind)) return discoveryFailed(error);
  if (!(error instanceof JwtBaseError)) return error;
  const known = advice.find(([kind]) => error instanceof kind)?.[1];
  return unauthenticated(known ?? 'The token is not one that this service can trust. Sign in again.');
}

/** Everybody who signed in is a `user`; the claim may be a list or one text with the roles separated by spaces or commas. */
export function rolesIn(claim: unknown): Role[] {
  const names = Array.isArray(claim) ? claim : typeof claim === 'string' ? claim.split(/[\s,]+/) : [];
  return grantable.filter((role) => role === 'user' || names.includes(role));
}

/** Who a JSON Web Token says that its bearer is; `provider` is whose the bearer says that it is. */
export type VerifyJwt = (token: string, provider?: string) => Promise<Caller>;

/**
 * Checks access tokens of a Cognito user pool: signature (RS256, keys of the pool only), issuer, client, use and expiry.
 * Cognito's access tokens carry their audience as `client_id`, which its own verifier knows.
 */
export function cognitoVerifier({ userPoolId, clientId, rolesClaim, keys = readKeys }: Pool): VerifyJwt {
  const jwksCache = new SimpleJwksCache({ fetcher: { fetch: keys } });
  const verifier = CognitoJwtVerifier.create({ userPoolId, clientId, tokenUse: 'access' }, { jwksCache });
  return async (token): Promise<Caller> => {
    const claims = await verifier.verify(token).catch((error: unknown) => {
      throw problemOf(error);
    });
    return { userId: userIdOf(claims.iss, claims.sub), issuer: claims.iss, subject: claims.sub, roles: rolesIn(claims[rolesClaim]) };
  };
}
