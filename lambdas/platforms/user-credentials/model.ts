import * as z from 'zod';

const Time = z.string().describe('RFC 3339, UTC');

/**
 * What a user's jobs run with on a platform: a row of the table of user credentials. Tokens are sealed with user and
 * platform as context: moved to another row they open nothing. A row that was forgotten stays, without them.
 */
export const UserCredential = z.object({
  userId: z.string(),
  platformId: z.string(),
  /** +1 with each write, each of which names the version that it has seen. */
  version: z.number().int(),
  /** `untried`: a refresh token that was stored and not used yet. */
  state: z.enum(['untried', 'good', 'broken', 'forgotten']),
  /** Got by the exchange of the token of a request, or stored by the user. */
  source: z.enum(['exchange', 'stored']),
  refresh: z.string().optional(),
  access: z.string().optional(),
  /** Of the access token, by our own clock: when it is to be renewed, and when it ends. */
  renewAt: Time.optional(),
  until: Time.optional(),
  /** The platform had refused the access token before this one. */
  forced: z.boolean().optional(),
  /** Why it does not work. */
  reason: z.string().optional(),
  setAt: Time,
  renewedAt: Time.optional(),
  /** Somebody renews it: nobody else does until then. */
  leaseUntil: Time.optional(),
});
export type UserCredential = z.infer<typeof UserCredential>;

/** A refresh token that was issued to the client of the platform's entry. */
export const RefreshToken = z
  .strictObject({
    refreshToken: z
      .string()
      .min(1)
      .max(8192)
      .regex(/^[\x21-\x7e]+$/, 'no spaces, no line breaks')
      .describe("A refresh token of the platform's issuer, issued to the client that the platform's entry names (`clientId`)"),
  })
  .meta({ id: 'RefreshToken' });
export type RefreshToken = z.infer<typeof RefreshToken>;

/** What may be seen of a user's credential. */
export const CredentialView = z
  .object({
    platform: z.string(),
    issuer: z.string().describe('Whose tokens the platform takes'),
    clientId: z.string().describe('The client that a refresh token has to be issued to'),
    state: z
      .enum(['none', 'untried', 'works', 'broken'])
      .describe('`untried`: stored, and not used yet; `broken`: it does not work any more; `todo` says what you can do'),
    source: z.enum(['exchange', 'stored']).optional().describe('Got by exchange of the token of a request of yours, or stored by you'),
    obtained: Time.optional().describe('When it was got or stored'),
    renewed: Time.optional().describe('When its access token was renewed last'),
    expires: Time.optional().describe('When its access token ends'),
    renewable: z.boolean().describe('It goes on beyond that by itself'),
    todo: z.string().optional().describe('Why jobs wait for it, and what you can do'),
  })
  .meta({ id: 'PlatformCredential' });
export type CredentialView = z.infer<typeof CredentialView>;

/** What is read of an issuer's discovery document (OpenID Connect Discovery 1.0, 3). */
export const Discovery = z.object({ issuer: z.string(), token_endpoint: z.url() });
