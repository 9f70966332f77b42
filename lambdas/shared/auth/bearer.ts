import type { Verify } from '../http/authenticate.ts';
import { looksLikePat } from './pat.ts';
import { unauthenticated } from './unauthenticated.ts';
import type { VerifyPat } from './verify-pat.ts';
import type { VerifyJwt } from './verify.ts';

/** A JSON Web Token in its compact form (RFC 7519). */
const jwt = /^[\w-]+\.[\w-]+\.[\w-]*$/;
/** Longer than any token of ours, and than what the gateway lets through. */
const longest = 10_000;

/**
 * Who sends an `Authorization` header: `Bearer <JWT>`, `Bearer <personal access token>`, and the forms that openEO clients
 * send (openEO API 1.x, "Bearer Tokens"): `Bearer oidc/<provider>/<JWT>` and `Bearer basic//<personal access token>`.
 */
export function bearerVerifier(verifyJwt: VerifyJwt, verifyPat: VerifyPat): Verify {
  return async (authorization) => {
    if (authorization === undefined || authorization.trim() === '')
      throw unauthenticated('Send an access token: Authorization: Bearer <token>.', 'Bearer realm="swath"');
    if (authorization.length > longest) throw unauthenticated('The Authorization header is too long to be one.');
    const sent = /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? '';
    const [, form, provider, inner] = /^(oidc|basic)\/([^/]*)\/(.*)$/.exec(sent) ?? [];
    const token = inner ?? sent;
    if (looksLikePat(token) && (form === undefined || (form === 'basic' && provider === ''))) return verifyPat(token);
    if (jwt.test(token) && form !== 'basic') return verifyJwt(token, provider);
    throw unauthenticated('The Authorization header must be: Bearer <token>, with a JSON Web Token or a personal access token.');
  };
}
