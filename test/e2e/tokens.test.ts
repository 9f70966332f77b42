import { createSign, generateKeyPairSync } from 'node:crypto';
import {
  CreateUserPoolClientCommand,
  CreateUserPoolCommand,
  DescribeUserPoolClientCommand,
  UpdateUserPoolClientCommand,
  InitiateAuthCommand,
  AdminCreateUserCommand,
  AdminSetUserPasswordCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { aJob, ended, getJob } from '../support/jobs.ts';
import { api, aws, local, token } from '../support/local.ts';
import { until } from '../support/until.ts';

type Part = Record<string, unknown>;
const encode = (part: Part): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const decode = (text: string): Part => JSON.parse(Buffer.from(text, 'base64url').toString()) as Part;
const partsOf = (jwt: string): [Part, Part, string] => {
  const [head = '', claims = '', signature = ''] = jwt.split('.');
  return [decode(head), decode(claims), signature];
};

/** A token signed by a key that is not the pool's. */
function forged(head: Part, claims: Part): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const content = `${encode(head)}.${encode(claims)}`;
  return `${content}.${createSign('RSA-SHA256').update(content).sign(privateKey, 'base64url')}`;
}

/** Signs a user in at a pool by the SDK; both the access and the id token. */
async function signIn(clientId: string, name: string, password: string): Promise<{ access: string; id: string }> {
  const flow = { AuthFlow: 'USER_PASSWORD_AUTH', AuthParameters: { USERNAME: name, PASSWORD: password } } as const;
  const { AuthenticationResult } = await aws.cognito().send(new InitiateAuthCommand({ ClientId: clientId, ...flow }));
  return { access: AuthenticationResult!.AccessToken!, id: AuthenticationResult!.IdToken! };
}

const aClient = async (pool: string): Promise<string> => {
  const ExplicitAuthFlows = ['ALLOW_USER_PASSWORD_AUTH' as const];
  const made = await aws.cognito().send(new CreateUserPoolClientCommand({ UserPoolId: pool, ClientName: 'other', ExplicitAuthFlows }));
  return made.UserPoolClient!.ClientId!;
};

/** A user of another pool, whose tokens are in order but for who issued them. */
async function stranger(): Promise<string> {
  const UserPoolId = (await aws.cognito().send(new CreateUserPoolCommand({ PoolName: 'other' }))).UserPool!.Id!;
  const [name, password] = ['alice', local().users['alice']!.password];
  await aws.cognito().send(new AdminCreateUserCommand({ UserPoolId, Username: name, MessageAction: 'SUPPRESS' }));
  await aws.cognito().send(new AdminSetUserPasswordCommand({ UserPoolId, Username: name, Password: password, Permanent: true }));
  return (await signIn(await aClient(UserPoolId), name, password)).access;
}

/** A token of the pool and its client that was valid for a second, which is over. */
async function expired(): Promise<string> {
  const which = { UserPoolId: local().userPoolId, ClientId: local().clientId };
  const hours = { AccessTokenValidity: 1, TokenValidityUnits: { AccessToken: 'hours' as const } };
  const second = { AccessTokenValidity: 1, TokenValidityUnits: { AccessToken: 'seconds' as const } };
  const { ExplicitAuthFlows } = (await aws.cognito().send(new DescribeUserPoolClientCommand(which))).UserPoolClient!;
  const set = (validity: typeof hours | typeof second) =>
    aws.cognito().send(new UpdateUserPoolClientCommand({ ...which, ...(ExplicitAuthFlows ? { ExplicitAuthFlows } : {}), ...validity }));
  await set(second);
  const { access } = await signIn(local().clientId, ...alice()).finally(() => set(hours));
  const { exp } = partsOf(access)[1] as { exp: number };
  await until('the end of its second', () => Date.now() > (exp + 1) * 1000 || undefined);
  return access;
}

const wrong: [string, () => Promise<string | undefined>][] = [
  ['is missing', async () => undefined],
  ['is no token', async () => 'Bearer garbage'],
  ['is of another scheme', async () => 'Basic YWxpY2U6YWxpY2U='],
  ['is unsigned (alg none)', async () => `Bearer ${encode({ ...(await parts())[0], alg: 'none' })}.${encode((await parts())[1])}.`],
  [
    'had its claims changed',
    async () => `Bearer ${encode((await parts())[0])}.${encode({ ...(await parts())[1], sub: 'x' })}.${(await parts())[2]}`,
  ],
  ['is signed by another key of the same name', async () => `Bearer ${forged((await parts())[0], (await parts())[1])}`],
  ['is signed by an unknown key', async () => `Bearer ${forged({ alg: 'RS256', kid: 'unknown' }, (await parts())[1])}`],
  ['has expired', async () => `Bearer ${await expired()}`],
  ['is of another issuer', async () => `Bearer ${await stranger()}`],
  [
    'was made for another app client of the pool',
    async () => `Bearer ${(await signIn(await aClient(local().userPoolId), ...alice())).access}`,
  ],
  ['is an id token', async () => `Bearer ${(await signIn(local().clientId, ...alice())).id}`],
];
const parts = async () => partsOf(await token('alice'));
const alice = (): [string, string] => ['alice', local().users['alice']!.password];

describe('A request whose token', () => {
  it.each(wrong)('%s is answered 401', async (how, authorization) => {
    const value = await authorization();
    const answer = await api('GET', '/unit_jobs', value === undefined ? {} : { headers: { authorization: value } });
    expect(answer).toMatchObject({ status: 401, body: { status: 'error', error_code: 'AUTHENTICATION_FAILED' } });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(JSON.stringify(answer.body)).not.toContain('eyJ');
    if (how === 'has expired') expect(answer.body['message']).toContain('expired');
  });

  it('is right is answered', async () => {
    expect((await api('GET', '/unit_jobs', { as: 'alice' })).status).toBe(200);
  });

  const guarded = [
    ...[
      ['POST', '/unit_jobs'],
      ['GET', '/unit_jobs/x'],
      ['DELETE', '/unit_jobs/x'],
      ['GET', '/unit_jobs/x/results'],
    ],
    ...[
      ['POST', '/unit_jobs/x/cancel'],
      ['GET', '/platforms'],
      ['GET', '/platforms/pygeoapi'],
      ['POST', '/job_status/tickets'],
    ],
  ];
  it.each(guarded)('is missing is refused by %s %s before anything else is looked at', async (method, path) => {
    expect((await api(method!, path!, method === 'POST' ? { body: 'no JSON' } : {})).status).toBe(401);
  });
});

describe("Another user's job", () => {
  let id: string;
  beforeAll(async () => {
    id = (await aJob({ as: 'alice' })).id;
    await ended(id);
  });

  it.each([
    ['GET', ''],
    ['DELETE', ''],
    ['GET', '/results'],
    ['POST', '/cancel'],
  ])('looks to %s %s as if it did not exist, also to an administrator', async (method, below) => {
    for (const as of ['bob', 'ada']) {
      const answer = await api(method, `/unit_jobs/${id}${below}`, { as });
      const nothing = await api(method, `/unit_jobs/${id.replaceAll(/[0-9a-f]/g, '0')}${below}`, { as });
      expect(answer).toMatchObject({ status: 404, body: { error_code: 'JOB_NOT_FOUND' } });
      expect(Object.keys(answer.body)).toEqual(Object.keys(nothing.body));
      expect(answer.status).toBe(nothing.status);
    }
    expect((await getJob(id)).id).toBe(id);
  });

  it('is not in their list', async () => {
    const list = async (as: string) => (await api<{ jobs: { id: string }[] }>('GET', '/unit_jobs?limit=1000', { as })).body.jobs;
    expect((await list('alice')).map((job) => job.id)).toContain(id);
    expect((await list('bob')).map((job) => job.id)).not.toContain(id);
  });
});
