import * as z from 'zod';
import { scopes } from './scopes.ts';

/** A personal access token as it is kept: in the table of tokens, below its owner and its id. */
export const TokenRecord = z.object({
  id: z.string(),
  owner: z.string().describe('userId of the owner'),
  issuer: z.string(),
  subject: z.string(),
  hash: z.string().describe('SHA-256 of the token'),
  title: z.string(),
  roles: z.array(z.enum(['user', 'developer'])).describe('Those of the owner when it was made, but never administrator'),
  scopes: z.array(z.enum(scopes)),
  created: z.string(),
  expires: z.number().int().describe('Seconds since the epoch; it is good for nothing from then on'),
  lastUsed: z.string().optional().describe('Day, UTC'),
});
export type TokenRecord = z.infer<typeof TokenRecord>;

/** Key of a token in its table. */
export const tokenKey = (owner: string, id: string) => ({ pk: owner, sk: id });
