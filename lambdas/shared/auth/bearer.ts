import type { Verify } from '../http/authenticate.ts';
import { looksLikePat } from './pat.ts';
import { unauthenticated } from './unauthenticated.ts';
import type { VerifyPat } from './verify-pat.ts';
import type { VerifyJwt } from './verify.ts';

/** A JSON Web Token in its compact form (RFC 7519). */
const jwt = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Longer than any token of ours, and than what the gateway lets through. */
const longest = 10_000;

/** A bearer token, and what an openEO client puts in front of it. */
function parts(authorization: string): { form?: string | undefined; provider?: string | undefined; token: string } {
  const sent = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';
  const [, form, provider, inner] = /^(oidc|basic)\/([^/]*)\/(.*)$/.exec(sent) ?? [];
  return { form, provider, token: inner ?? sent };
}

/** The bare token of an `Authorization` header that was verified. */
export const bearerToken = (authorization: string | undefined): string | undefined =>
  authorization === undefined ? undefined : parts(authorization).token;

/**
 * Who sends an `Authorization` header: `Bearer <JWT>`, `Bearer <personal access token>`, and the forms that openEO clients
 * send (openEO API 1.x, "Bearer Tokens"): `Bearer oidc/<provider>/<JWT>` and `Bearer basic//<personal access token>`.
 */
export function bearerVerifier(verifyJwt: VerifyJwt, verifyPat: VerifyPat): Verify {
  return async (authorization) => {
    if (authorization === undefined || authorization.trim() === '')
      throw unauthenticated('Send an access token: Authorization: Bearer <token>.', 'Bearer realm="swath"');
    if (authorization.length > longest) throw unauthenticated('The Authorization header is too long to be one.');
    const { form, provider, token } = parts(authorization);
    if (looksLikePat(token) && (form === undefined || (form === 'basic' && provider === ''))) return verifyPat(token);
    if (jwt.test(token) && form !== 'basic') return verifyJwt(token, provider);
    throw unauthenticated('The Authorization header must be: Bearer <token>, with a JSON Web Token or a personal access token.');
  };
}
