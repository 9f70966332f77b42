import * as z from 'zod';

/** Asymmetric signatures that keys of an issuer may make; never `none`, never a shared secret. */
const Algorithm = z.enum(['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']);

const isLoopback = (url: string): boolean => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);
const secure = (url: string): boolean => new URL(url).protocol === 'https:' || isLoopback(url);

/** An OpenID Connect issuer whose tokens are taken beside those of the environment's own user pool. */
export const Issuer = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
      .describe('Name of the provider, as openEO clients send it: `Bearer oidc/<id>/<token>`'),
    issuer: z.url().refine(secure, 'must be https').describe('Exactly what the claim `iss` says'),
    audience: z
      .array(z.string().min(1))
      .min(1)
      .describe('What the claim `aud` must name one of: this service, or the clients whose tokens are meant for it'),
    rolesClaim: z.string().min(1).optional().describe('Claim that lists roles; absent: everybody is a `user`'),
    algorithms: z.array(Algorithm).min(1).default(['RS256']),
    jwksUri: z
      .url()
      .refine(secure, 'must be https')
      .optional()
      .describe("Where the keys are; absent: what the issuer's discovery document says, on its own origin"),
  })
  .meta({ id: 'Issuer' });
export type Issuer = z.infer<typeof Issuer>;

/** The id of the environment's own user pool among the issuers. */
export const ownIssuer = 'swath';

/** No two of the same name or address, and none with plain http but where a machine speaks to itself. */
export const Issuers = z
  .array(Issuer)
  .default([])
  .refine((all) => new Set(all.map(({ id }) => id)).size === all.length, 'two issuers have the same id')
  .refine((all) => all.every(({ id }) => id !== ownIssuer), `the id ${ownIssuer} is the user pool's own`)
  .refine((all) => new Set(all.map(({ issuer }) => issuer)).size === all.length, 'two entries have the same issuer');
export type Issuers = z.infer<typeof Issuers>;
