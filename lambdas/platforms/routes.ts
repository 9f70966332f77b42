import * as z from 'zod';
import type { Route, RouteError } from '../shared/http/route.ts';
import { Account, AccountView } from './credentials/model.ts';
import { CredentialView, RefreshToken } from './user-credentials/model.ts';
import { PlatformBody, PlatformChange, PlatformRegistration, PlatformView } from './model.ts';

const params = z.object({
  platformId: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/)
    .describe('Id of a registered platform')
    .meta({ example: 'pygeoapi' }),
});
const noPlatform: RouteError = { status: 404, codes: ['NOT_FOUND'], when: 'No platform with this id is registered.' };
const notAsUsers: RouteError = {
  status: 404,
  codes: ['NOT_FOUND'],
  when: 'No platform with this id is registered, or it does not run jobs as their users.',
};
const headers = z.object({
  'if-match': z.string().max(200).optional().describe('ETag of the registration that was read: it is changed only if it is still this one'),
});
const moved: RouteError = {
  status: 412,
  codes: ['PRECONDITION_FAILED'],
  when: 'The registration is no longer the one that `If-Match` names.',
};
const flag = (about: string) =>
  z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe(about);
const registered = (description: string) => ({
  ...{ status: 200, description, schema: PlatformRegistration },
  headers: { ETag: 'Version of the registration, for `If-Match`' },
});
const state = <Id extends string, Word extends string>(word: Word, operationId: Id, summary: string, description: string) => ({
  ...({ method: 'POST', path: `/platforms/{platformId}/${word}`, operationId, summary, description } as const),
  ...{
    roles: ['administrator'] as const,
    params,
    headers,
    success: registered('The registration as it is now'),
    errors: [noPlatform, moved],
  },
});

export const routes = [
  {
    method: 'GET',
    path: '/platforms',
    operationId: 'listPlatforms',
    summary: 'List the registered platforms',
    description: 'Every platform that work can be sent to, with its state, its limits, its health and how much waits for it.',
    roles: ['user'],
    scope: 'platforms:read',
    success: {
      status: 200,
      description: 'The platforms',
      schema: z.object({ platforms: z.array(PlatformView) }).meta({ id: 'PlatformList' }),
    },
    errors: [],
  },
  {
    method: 'GET',
    path: '/platforms/{platformId}',
    operationId: 'showPlatform',
    summary: 'Show one platform',
    roles: ['user'],
    scope: 'platforms:read',
    params,
    success: { status: 200, description: 'The platform', schema: PlatformView },
    errors: [noPlatform],
  },
  {
    method: 'GET',
    path: '/platforms/{platformId}/registration',
    operationId: 'showRegistration',
    summary: 'Show the entry of a platform as it is registered',
    roles: ['administrator'],
    params,
    success: registered('The registration'),
    errors: [noPlatform],
  },
  {
    method: 'PUT',
    path: '/platforms/{platformId}',
    operationId: 'putPlatform',
    summary: 'Register a platform, or replace its entry',
    description:
      'The platform is asked who it is before anything is stored. From then on the entry belongs to administrators: the config of the ' +
      'deployment no longer changes it. Every function knows of it after three seconds.',
    roles: ['administrator'],
    params,
    headers,
    query: z.object({ dry_run: flag('Checks everything and stores nothing') }),
    body: PlatformBody,
    bodyExample: {
      kind: 'ogc-processes',
      title: 'Processes of the institute',
      baseUrl: 'https://processes.example.org/ogc',
      exclusive: true,
      limits: { startsPerMinute: 30, burst: 5, running: 4, parallel: 4, readsPerMinute: 60 },
    },
    success: registered('The registration as it is now, or would be'),
    errors: [
      { status: 409, codes: ['PLATFORM_IN_USE'], when: 'Kind or base URL would change while jobs wait for the platform or are on it' },
      moved,
      {
        status: 422,
        codes: ['VALIDATION_ERROR', 'PLATFORM_UNSUITABLE'],
        when: 'The entry has faults: all are listed in `details.errors`. Or the platform does not answer, or not as one of its kind',
      },
    ],
  },
  {
    method: 'DELETE',
    path: '/platforms/{platformId}',
    operationId: 'removePlatform',
    summary: 'Remove a platform',
    description:
      'A platform with jobs is refused, with their number. With `drain=true` it takes no more jobs, those that wait fail and say why, those ' +
      'that run are followed to their end, and then it is gone.',
    roles: ['administrator'],
    params,
    headers,
    query: z.object({ drain: flag('Removes a platform with jobs, too, when the last of them is over') }),
    success: registered('The registration as it is now: `removed`, or `removing` while jobs run'),
    errors: [noPlatform, { status: 409, codes: ['PLATFORM_IN_USE'], when: 'Jobs wait for the platform or are on it' }, moved],
  },
  state(
    'pause',
    'pausePlatform',
    'Start nothing on a platform for now',
    'New jobs are taken and wait; those that run are followed to their end.',
  ),
  state(
    'drain',
    'drainPlatform',
    'Let a platform run empty',
    'As paused, and new jobs are refused. What waits goes on when the platform is resumed.',
  ),
  state('resume', 'resumePlatform', 'Let a platform go on', 'Jobs that wait are started within some seconds.'),
  {
    method: 'GET',
    path: '/platforms/{platformId}/changes',
    operationId: 'listPlatformChanges',
    summary: 'Who changed a platform, when, and what',
    description: 'Newest first; those of a removed platform stay.',
    roles: ['administrator'],
    params,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(50).describe('Changes a page'),
      cursor: z
        .string()
        .regex(/^\d{1,8}$/)
        .optional()
        .describe('From the `next` link of the page before'),
    }),
    success: {
      status: 200,
      description: 'A page of changes',
      schema: z
        .object({ changes: z.array(PlatformChange), links: z.array(z.object({ rel: z.string(), href: z.string() })) })
        .meta({ id: 'PlatformChanges' }),
    },
    errors: [noPlatform],
  },
  {
    method: 'GET',
    path: '/platforms/{platformId}/account',
    operationId: 'showPlatformAccount',
    summary: "Show how this deployment's account at a platform is set",
    description: 'Its method and when it was set. The account itself cannot be read.',
    roles: ['administrator'],
    params,
    success: { status: 200, description: 'The account, without what it holds', schema: AccountView },
    errors: [{ ...noPlatform, when: 'No platform with this id is registered, or no account is set.' }],
  },
  {
    method: 'PUT',
    path: '/platforms/{platformId}/account',
    operationId: 'setPlatformAccount',
    summary: "Set this deployment's account at a platform",
    description: 'It is stored encrypted, takes the place of the one before at the next login, and cannot be read back.',
    roles: ['administrator'],
    params,
    body: Account,
    bodyExample: { method: 'oidc', clientId: 'swath', clientSecret: 'the secret of this client' },
    success: { status: 200, description: 'Set', schema: AccountView },
    errors: [noPlatform],
  },
  {
    method: 'GET',
    path: '/platforms/{platformId}/credential',
    operationId: 'showPlatformCredential',
    summary: 'Show whether your jobs can run as yourself on a platform',
    description:
      'State of your own credential at a platform that runs jobs as their users, and what you can do. What it holds cannot be read.',
    roles: ['user'],
    scope: 'platforms:read',
    params,
    success: { status: 200, description: 'The credential, without what it holds', schema: CredentialView },
    errors: [notAsUsers],
  },
  {
    method: 'PUT',
    path: '/platforms/{platformId}/credential',
    operationId: 'setPlatformCredential',
    summary: 'Store a refresh token with which your jobs run on a platform',
    description:
      'It takes the place of the credential before, is stored encrypted, and cannot be read back. Jobs of yours that wait for a credential ' +
      'go on by themselves. It is tried when a job needs it: GET tells whether it works.',
    roles: ['user'],
    params,
    body: RefreshToken,
    bodyExample: { refreshToken: 'the-refresh-token' },
    success: { status: 200, description: 'Stored', schema: CredentialView },
    errors: [notAsUsers],
  },
  {
    method: 'DELETE',
    path: '/platforms/{platformId}/credential',
    operationId: 'forgetPlatformCredential',
    summary: 'Forget your credential at a platform',
    description:
      'Jobs that wait then stay until there is another, and of those that run nothing new is heard. Its issuer is not told: revoke it there, too.',
    roles: ['user'],
    params,
    success: { status: 200, description: 'Forgotten, or there was none', schema: CredentialView },
    errors: [notAsUsers],
  },
] as const satisfies Route[];
