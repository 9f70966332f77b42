import * as z from 'zod';

/** Where secrets go. */
const secureUrl = z.url({ protocol: /^https?$/ }).regex(/^https:|^http:\/\/(?:127\.0\.0\.1|localhost)[:/]/, 'https, but for this machine');
const provider = z
  .string()
  .regex(/^[\w.-]+$/)
  .optional()
  .describe('openEO: id of the identity provider at the platform; tokens then go as `oidc/<provider>/<token>`');

/**
 * How this deployment proves itself to a platform, or as whom jobs run there. The account itself never stands in config: an
 * administrator sets it through the API. Tokens are asked for at the token endpoint that follows from the entry only, and
 * plain `http` leads to this machine at most.
 */
const PlatformAuth = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('none') }),
  z.strictObject({ method: z.literal('basic') }),
  z.strictObject({
    method: z.literal('oidc'),
    tokenUrl: secureUrl.describe('Token endpoint of the identity provider that the platform trusts'),
    provider,
    scope: z.string().optional(),
  }),
  z
    .strictObject({
      method: z.literal('user'),
      issuer: secureUrl.describe('OpenID Connect issuer of the tokens that the platform takes'),
      tokenUrl: secureUrl
        .optional()
        .describe("Its token endpoint; absent: what the issuer's discovery document says, on the issuer's own origin"),
      clientId: z
        .string()
        .min(1)
        .max(255)
        .describe("This deployment's client at the issuer; the secret of one that has a secret is the platform's account"),
      provider,
      scope: z.string().default('openid offline_access').describe('Asked for in an exchange; `offline_access` asks for a refresh token'),
      audience: z.string().optional().describe('Asked for in an exchange'),
      exchange: z
        .strictObject({
          from: z.array(z.url()).min(1).describe("Issuers (claim `iss`) of users' tokens that are exchanged"),
          requestedIssuer: z.string().optional().describe('Keycloak: alias of the identity provider whose token is wanted'),
          requestedTokenType: z.enum(['access_token', 'refresh_token']).optional(),
        })
        .optional()
        .describe('How the token of a request is exchanged (RFC 8693); absent: users store a refresh token themselves'),
    })
    .describe('Jobs run as the user who sends them, each user in a lane of her own'),
]);
type PlatformAuth = z.infer<typeof PlatformAuth>;
export type OidcAuth = Extract<PlatformAuth, { method: 'oidc' }>;
export type UserAuth = Extract<PlatformAuth, { method: 'user' }>;

/** What becomes of the files of a job's results. */
export const ResultsPolicy = z.enum(['reference', 'copy']);
const host = z.string().regex(/^[a-z0-9.-]+(:\d+)?$/);

/** Kinds that run in this deployment itself: nothing is called at their base URL, and nobody logs in. */
const ownKinds = ['builtin', 'batch'] as const;
const kinds = ['ogc-processes', 'openeo', ...ownKinds] as const;
export const isOwn = (kind: (typeof kinds)[number]): boolean => (ownKinds as readonly string[]).includes(kind);

/** Where in the bucket they leave the files of their jobs, each in a folder named by the platform's id of the job. */
export const resultsPrefixes = { builtin: 'builtin/', batch: 'batch/' } as const satisfies Record<(typeof ownKinds)[number], string>;

/** An entry of the platform registry. The environment's config seeds it. */
export const Platform = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
      .describe('Short name used in requests, lanes and paths'),
    kind: z.enum(kinds).describe('Which adapter speaks to it; `batch` runs the containers of deployed processes'),
    title: z.string().min(1),
    baseUrl: z.url().describe('Base URL; a request may name the platform by exactly this URL'),
    exclusive: z
      .boolean()
      .default(false)
      .describe('The account is used by nobody but this deployment, so an unknown job there is ours; never so with `auth: user`'),
    auth: PlatformAuth.default({ method: 'none' }).describe('How this deployment proves itself to the platform'),
    processHosts: z
      .array(host)
      .default([])
      .describe('Hosts (with their port, where it is not the usual one) from which process descriptions named by URL may be fetched'),
    results: z
      .strictObject({
        policy: ResultsPolicy.optional().describe(
          'What happens to the files of results, unless a request says otherwise; absent: `reference`',
        ),
        maxBytes: z
          .number()
          .int()
          .positive()
          .optional()
          .describe('Largest file that is copied; a larger one stays where it is. Absent: 5 GiB'),
      })
      .optional(),
    resultHosts: z
      .array(host)
      .optional()
      .describe(
        'Hosts beside the one of the base URL (with their port, where it is not the usual one) from which files of results may be copied',
      ),
    limits: z
      .strictObject({
        startsPerMinute: z.number().positive().optional().describe('Rate at which jobs may be started; absent: no limit'),
        burst: z.number().int().positive().default(1).describe('Starts that may come at once after a quiet time'),
        running: z
          .number()
          .int()
          .positive()
          .max(2000)
          .optional()
          .describe('Jobs that may exist unfinished on the platform; absent: no limit'),
        parallel: z.number().int().positive().default(4).describe('Requests in flight at once'),
        readsPerMinute: z.number().int().positive().default(60).describe('Requests a minute that polling may spend'),
      })
      .prefault({}),
    deadlineHours: z.number().positive().default(168).describe('Age at which an unfinished job is cancelled and fails'),
  })
  .meta({ id: 'PlatformEntry' });
export type Platform = z.infer<typeof Platform>;

/** What is wrong with the way in which this deployment is to prove itself there; undefined where nothing is. */
export function authFault({ kind, auth }: Pick<Platform, 'kind' | 'auth'>): string | undefined {
  if (auth.method === 'none' || kind === 'openeo') return undefined;
  if (isOwn(kind)) return 'Nobody logs in to what runs in this deployment itself: leave it out.';
  return auth.method === 'basic' ? "Basic login is openEO's: an OGC API - Processes server takes oidc." : undefined;
}

/** Whether `exclusive` can be true of the entry; undefined where it can. A job of another user, or one that she made herself, would be taken for the one that is looked for. */
export const exclusiveFault = ({ exclusive, auth }: Pick<Platform, 'exclusive' | 'auth'>): string | undefined =>
  exclusive && auth.method === 'user' ? 'Must be false or left out where jobs run as their users: the accounts are theirs.' : undefined;

/** What an administrator has said of a platform. */
const PlatformState = z
  .enum(['active', 'paused', 'draining', 'removing'])
  .describe(
    '`paused`: nothing new is started, jobs wait; `draining`: the same, and new jobs are refused; `removing`: as draining, until its last job is over',
  );

/** A platform as the job core sees it: the entry, and whether it may start jobs. */
export interface RegisteredPlatform extends Platform {
  state: z.infer<typeof PlatformState>;
  /** Grows with each change of the entry or its state. */
  version: number;
}

/** An entry's row in the table. A removed one stays, so that neither a deployment's config nor an old ETag brings it back. */
export const PlatformRecord = z.object({
  entry: Platform,
  state: z.enum([...PlatformState.options, 'removed']).describe(`${PlatformState.description}; \`removed\`: it is not listed any more`),
  source: z.enum(['seed', 'api']).describe('`seed`: the entry follows the config of the deployment; `api`: an administrator has set it'),
  version: z.number().int().positive().describe('Grows with each change; the ETag'),
  changed: z.string().meta({ format: 'date-time' }).describe('When it was changed last'),
  changedBy: z.string().describe('Id of the administrator who changed it last, or `deployment`'),
  withdrawn: z.literal(true).optional().describe('The config no longer holds the entry: it drains'),
});
export type PlatformRecord = z.infer<typeof PlatformRecord>;

/** The row as administrators see it. */
export const PlatformRegistration = PlatformRecord.meta({ id: 'PlatformRegistration' });

/** What PUT takes: an entry, whose id stands in the path and may stand in the body too. */
export const PlatformBody = Platform.partial({ id: true });
export type PlatformBody = z.infer<typeof PlatformBody>;

/** One change of an entry or its state. Entries hold no secrets, only references of them. */
export const PlatformChange = z
  .object({
    time: z.string().meta({ format: 'date-time' }),
    by: z.string().describe('Id of the administrator; `deployment` for what a deployment or the end of a removal did'),
    action: z.enum(['added', 'replaced', 'paused', 'resumed', 'draining', 'removing', 'removed', 'seeded', 'withdrawn']),
    version: z.number().int().positive().describe('Version of the registration from this change on'),
    differences: z
      .array(
        z.object({ field: z.string().describe('Such as limits.running'), before: z.unknown().optional(), after: z.unknown().optional() }),
      )
      .describe('What was changed, field by field'),
  })
  .meta({ id: 'PlatformChange' });
export type PlatformChange = z.infer<typeof PlatformChange>;

/** Time-outs of requests to platforms, in seconds. */
export const PlatformTimes = z.strictObject({ connectSeconds: z.number().positive(), readSeconds: z.number().positive() });
export type PlatformTimes = z.infer<typeof PlatformTimes>;

/** How a platform is doing, as its lane has seen it. */
export const PlatformHealth = z
  .object({
    status: z
      .enum(['ok', 'degraded', 'closed', 'unknown'])
      .describe('`closed`: nothing is sent until nextAttemptAt; `unknown`: not used yet'),
    lastSeenAt: z.string().meta({ format: 'date-time' }).optional().describe('When the platform last answered'),
    reason: z.string().optional().describe('What went wrong last'),
    nextAttemptAt: z.string().meta({ format: 'date-time' }).optional().describe('When it is tried again'),
  })
  .meta({ id: 'PlatformHealth' });
export type PlatformHealth = z.infer<typeof PlatformHealth>;

/** A registered platform as users see it. */
export const PlatformView = z
  .object({
    ...Platform.pick({ id: true, kind: true, title: true, baseUrl: true, limits: true }).shape,
    state: PlatformState,
    runAs: z
      .enum(['service', 'user'])
      .describe('`user`: your jobs run there as yourself, in a lane of your own, which health and queue are about'),
    health: PlatformHealth,
    queue: z.object({
      queued: z.number().int().min(0).describe('Jobs that wait here for the platform, counted up to 1000'),
      running: z.number().int().min(0).describe('Jobs of ours that are on the platform'),
    }),
  })
  .meta({ id: 'Platform' });
export type PlatformView = z.infer<typeof PlatformView>;
