import { JwtVerifier } from 'aws-jwt-verify';
import { JwtInvalidSignatureAlgorithmError } from 'aws-jwt-verify/error';
import { SimpleJwksCache } from 'aws-jwt-verify/jwk';
import { userIdOf } from '../ids/user-id.ts';
import { discoveryFailed, problemOf, rolesIn, type VerifyJwt } from './verify.ts';
import { jwksUriOf } from './discover.ts';
import { type ReadKeys, readKeys } from './keys.ts';
import type { Issuer } from './model.ts';
import { unauthenticated } from './unauthenticated.ts';

/**
 * Checks tokens of one OpenID Connect issuer: signature by a key of its key set and one of the algorithms pinned here,
 * issuer, audience and expiry. Keys are cached; a key id that is not among them is looked for again at most every ten
 * seconds (the library's penalty box).
 */
function oidcVerifier(trusted: Issuer, read: ReadKeys = readKeys): VerifyJwt {
  const { issuer, audience, rolesClaim, algorithms } = trusted;
  const make = async () =>
    JwtVerifier.create(
      {
        ...{ issuer, audience, jwksUri: await jwksUriOf(trusted, read) },
        customJwtCheck: ({ header }) => {
          if (!algorithms.some((algorithm) => algorithm === header.alg))
            throw new JwtInvalidSignatureAlgorithmError('The algorithm is not one of those agreed upon', header.alg, algorithms);
        },
      },
      { jwksCache: new SimpleJwksCache({ fetcher: { fetch: read } }) },
    );
  let made: ReturnType<typeof make> | undefined;
  return async (token) => {
    // What could not be found out is asked for again by the next request.
    const verifier = await (made ??= make()).catch((error: unknown) => {
      made = undefined;
      throw discoveryFailed(error);
    });
    const claims = await verifier.verify(token).catch((error: unknown) => {
      throw problemOf(error);
    });
    if (typeof claims.sub !== 'string' || claims.sub === '')
      throw unauthenticated('The token does not say who you are: it has no subject.');
    // The library takes a token that never expires.
    if (typeof claims.exp !== 'number') throw unauthenticated('The token does not say when it expires.');
    const roles = rolesClaim === undefined ? rolesIn(undefined) : rolesIn(claims[rolesClaim]);
    return { userId: userIdOf(issuer, claims.sub), issuer, subject: claims.sub, roles };
  };
}

/** What a token says its issuer is, not verified: only to choose who verifies it. */
function claimedIssuer(token: string): unknown {
  try {
    return (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss?: unknown } | null)?.iss;
  } catch {
    return undefined;
  }
}

/** Checks a token by its own issuer, and everything else by `own`, which refuses whom it does not know. A provider that is named must be the token's. */
export function issuersVerifier(own: { id: string; verify: VerifyJwt }, trusted: readonly Issuer[], read?: ReadKeys): VerifyJwt {
  const verifiers = new Map(trusted.map((one) => [one.issuer as unknown, { id: one.id, verify: oidcVerifier(one, read) }]));
  return async (token, provider) => {
    const { id, verify } = verifiers.get(claimedIssuer(token)) ?? own;
    const caller = await verify(token);
    if (provider !== undefined && provider !== id) throw unauthenticated(`The token is not one of the provider ${provider.slice(0, 40)}.`);
    return caller;
  };
}
