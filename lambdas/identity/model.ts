import * as z from 'zod';
import { scopes } from '../shared/auth/scopes.ts';

const Time = z.string().meta({ format: 'date-time' });

/** Days that a token is good for: unless said, and at the most. */
export const usualDays = 90;
export const mostDays = 365;

const Scopes = z
  .array(z.enum(scopes))
  .min(1)
  .max(scopes.length)
  .refine((all) => new Set(all).size === all.length, 'Each scope once.');

/** What a client sends to have a personal access token made. */
export const TokenRequest = z
  .strictObject({
    title: z.string().min(1).max(255).describe('For people: what the token is for'),
    expires: z.iso
      .datetime({ offset: true })
      .optional()
      .describe(`When it stops to be good for anything: at most ${mostDays} days from now, ${usualDays} unless said`),
    scopes: Scopes.optional().describe(
      '`jobs:read`: see your jobs and tasks and their results; `jobs:write`: make, cancel and delete them; `platforms:read`: see platforms and processes; `files:write`: bring files into your workspace; `processes:write`: deploy, replace and undeploy processes (developers). Absent: all',
    ),
  })
  .meta({ id: 'TokenRequest' });
export type TokenRequest = z.infer<typeof TokenRequest>;

/** A token without its secret. */
export const TokenView = z
  .object({
    id: z.string(),
    title: z.string(),
    scopes: z.array(z.enum(scopes)),
    roles: z.array(z.string()).describe('Those of the owner when it was made, but never administrator'),
    created: Time,
    expires: Time,
    lastUsed: z.string().optional().describe('Day of the last use, UTC; absent: never'),
  })
  .meta({ id: 'Token' });
export type TokenView = z.infer<typeof TokenView>;

export const NewToken = TokenView.extend({ token: z.string().describe('The token itself: shown here and never again') }).meta({
  id: 'NewToken',
});
export type NewToken = z.infer<typeof NewToken>;
