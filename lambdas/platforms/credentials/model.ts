import * as z from 'zod';

const secret = z.string().min(1).max(2048);

/** What a deployment proves itself with to a platform, as an administrator sets it. It is never read back. */
export const Account = z
  .discriminatedUnion('method', [
    z.strictObject({ method: z.literal('basic'), username: z.string().min(1).max(255), password: secret }),
    z
      .strictObject({ method: z.literal('oidc'), clientId: z.string().min(1).max(255), clientSecret: secret })
      .describe('A client that may use the client credentials grant at the token URL of the registry entry'),
    z
      .strictObject({ method: z.literal('user'), clientSecret: secret })
      .describe('Secret of the client that the registry entry of a platform names whose jobs run as their users'),
  ])
  .meta({ id: 'PlatformAccount' });
export type Account = z.infer<typeof Account>;
export type BasicAccount = Extract<Account, { method: 'basic' }>;
export type OidcAccount = Extract<Account, { method: 'oidc' }>;

/** A row of the credentials table. `sealed` is the account, encrypted with the platform's id as context: moved to another row it opens nothing. */
export const StoredAccount = z.object({
  platformId: z.string(),
  method: z.enum(['basic', 'oidc', 'user']),
  sealed: z.string(),
  setAt: z.string().describe('RFC 3339, UTC'),
  setBy: z.string(),
});
export type StoredAccount = z.infer<typeof StoredAccount>;

/** What may be seen of an account. */
export const AccountView = z
  .object({
    platform: z.string(),
    method: z.enum(['basic', 'oidc', 'user']),
    setAt: z.string().meta({ format: 'date-time' }),
    setBy: z.string().describe('Id of the administrator'),
  })
  .meta({ id: 'PlatformAccountView' });
export type AccountView = z.infer<typeof AccountView>;

/** Answer of a token endpoint (RFC 6749, 5.1 and 5.2). */
export const TokenAnswer = z.object({
  access_token: z.string().min(1),
  refresh_token: z.string().min(1).optional().catch(undefined),
  expires_in: z.coerce.number().positive().optional().catch(undefined),
});
export const TokenError = z.object({ error: z.string() });
