import * as z from 'zod';
import { RateLimits } from '../../lambdas/shared/http/model.ts';
import { Issuers } from '../../lambdas/shared/auth/model.ts';
import { Settings } from '../../lambdas/dispatch/model.ts';
import { authFault, exclusiveFault, Platform } from '../../lambdas/platforms/model.ts';

/** Retention times that CloudWatch Logs offers and that make sense here. */
const LogRetentionDays = z.union([z.literal(1), z.literal(7), z.literal(30), z.literal(90), z.literal(365)]);

/** Everything that differs between environments. One file beside this one holds each environment's values. */
const Values = z.strictObject({
  env: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,19}$/)
    .describe('Name of the environment; part of stack names and of the tag that marks our jobs on platforms'),
  region: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/),
  removal: z
    .enum(['destroy', 'retain'])
    .describe('What happens to tables, bucket and users when a stack goes; retain also protects them from deletion'),
  terminationProtection: z.boolean().describe('CloudFormation refuses to delete the stacks'),
  logLevel: z.enum(['debug', 'info', 'warn', 'error']),
  logRetentionDays: LogRetentionDays,
  throttle: z.strictObject({
    rate: z.number().positive().describe('Requests a second that API Gateway lets through, all callers together'),
    burst: z.number().int().positive().describe('Requests that may come at once'),
  }),
  rateLimits: RateLimits.default({ reads: { perMinute: 600, burst: 300 }, writes: { perMinute: 120, burst: 120 } }).describe(
    'How often one user may ask',
  ),
  rolesClaim: z.string().min(1).describe('Claim of the access token that holds the roles'),
  issuers: Issuers.describe('OpenID Connect issuers whose tokens are taken beside those of the user pool'),
  passwordAuth: z.boolean().describe('The app client offers USER_PASSWORD_AUTH; SRP and ADMIN_USER_PASSWORD_AUTH it always offers'),
  settings: Settings,
  internalPlatforms: z
    .boolean()
    .default(false)
    .describe('Platforms may have internal addresses and speak plain HTTP: on this machine, or in a network of your own'),
  platforms: z
    .array(Platform)
    .min(1)
    .refine((all) => new Set(all.map((p) => p.id)).size === all.length, 'two platforms have the same id')
    .refine((all) => all.every((p) => authFault(p) === undefined), 'a platform of this kind is not logged in to this way')
    .refine((all) => all.every((p) => exclusiveFault(p) === undefined), 'a platform whose jobs run as their users is not exclusive'),
  containers: z
    .strictObject({
      maxVcpus: z.int().positive().describe('CPUs of all running containers together'),
      image: z.string().min(1).describe('Image with bash and curl, in which inputs are fetched and results are put away'),
    })
    .optional()
    .describe('Deployed processes may be containers, which AWS Batch runs; absent: there is no service that runs any'),
  endpoint: z.url().optional().describe('URL of the AWS emulator as functions see it; absent: AWS itself'),
  publicEndpoint: z.url().optional().describe('URL of the AWS emulator as clients see it; absent: the same'),
  alarmEmail: z.email().optional().describe('Who is told of alarms; absent: alarms show in CloudWatch only'),
});

export const Config = Values.refine(
  // Plain http is spoken to the emulator's machine only.
  ({ endpoint, issuers }) => endpoint !== undefined || issuers.every(({ issuer }) => issuer.startsWith('https:')),
  'an issuer by plain http is for the emulator only',
).refine(
  ({ containers, platforms }) => platforms.filter(({ kind }) => kind === 'batch').length === (containers === undefined ? 0 : 1),
  'one platform of kind batch where there are containers, and none where there are not',
);
export type Config = z.infer<typeof Config>;
/** What an environment's file states: defaults may be left out. */
export type ConfigInput = z.input<typeof Config>;
