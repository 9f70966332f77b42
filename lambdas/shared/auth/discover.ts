import * as z from 'zod';
import type { Issuer } from './model.ts';
import type { ReadKeys } from './keys.ts';

const Discovered = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * Where an issuer's keys are: configured, or in its discovery document (OpenID Connect Discovery 1.0, 4). The document must
 * be the issuer's own and name an address on its own origin: nothing that it says leads anywhere else.
 */
export async function jwksUriOf({ issuer, jwksUri }: Pick<Issuer, 'issuer' | 'jwksUri'>, read: ReadKeys): Promise<string> {
  if (jwksUri !== undefined) return jwksUri;
  const bytes = await read(`${issuer.replace(/\/+$/, '')}/.well-known/openid-configuration`);
  const found = Discovered.parse(JSON.parse(Buffer.from(bytes).toString()));
  if (found.issuer !== issuer) throw new Error(`The discovery document of ${issuer} is that of another issuer.`);
  if (new URL(found.jwks_uri).origin !== new URL(issuer).origin) throw new Error(`The keys of ${issuer} are said to be elsewhere.`);
  return found.jwks_uri;
}
