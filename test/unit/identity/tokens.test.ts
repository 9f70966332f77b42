import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { listTokens, makeToken, revokeToken } from '../../../lambdas/identity/use-cases.ts';
import { TokenRequest, type NewToken } from '../../../lambdas/identity/model.ts';
import { routes } from '../../../lambdas/identity/routes.ts';
import { bearerVerifier } from '../../../lambdas/shared/auth/bearer.ts';
import type { Caller } from '../../../lambdas/shared/auth/caller.ts';
import { makePat, patBytes, readPat } from '../../../lambdas/shared/auth/pat.ts';
import type { TokenRecord } from '../../../lambdas/shared/auth/token-record.ts';
import { patVerifier } from '../../../lambdas/shared/auth/verify-pat.ts';
import { userIdOf } from '../../../lambdas/shared/ids/user-id.ts';
import { withoutSecrets } from '../../../lambdas/shared/redact.ts';

const day = 24 * 3600 * 1000;
let now: number;
let kept: Map<string, TokenRecord>;
let uses: string[];
let isDown: boolean;
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  now = Date.parse('2026-03-01T12:00:00Z');
  kept = new Map();
  uses = [];
  isDown = false;
});
afterEach(() => void jest.restoreAllMocks());

const clock = { now: () => now };
const deps = {
  clock,
  secrets: { bytes: (count: number) => randomBytes(count) },
  tokens: {
    list: async (owner: string) => [...kept.values()].filter((one) => one.owner === owner),
    add: async (token: TokenRecord) => void kept.set(`${token.owner} ${token.id}`, token),
    remove: async (owner: string, id: string) => kept.delete(`${owner} ${id}`),
  },
};
const newVerifier = () =>
  bearerVerifier(
    () => Promise.reject(new Error('This is a JSON Web Token.')),
    patVerifier(
      {
        get: async (owner, id) => (isDown ? Promise.reject(new Error('throttled')) : kept.get(`${owner} ${id}`)),
        used: async (owner, id, date) => {
          uses.push(date);
          const known = kept.get(`${owner} ${id}`);
          if (known) kept.set(`${owner} ${id}`, { ...known, lastUsed: date });
        },
      },
      clock,
    ),
  );
const userOf = (subject: string, roles: Caller['roles'] = ['user']): Caller => ({
  ...{ userId: userIdOf('https://issuer', subject), issuer: 'https://issuer', subject, roles },
});
const ada = userOf('ada', ['user', 'developer', 'administrator']);
const make = (request: object = {}, caller = ada): Promise<NewToken> =>
  makeToken(deps, caller, TokenRequest.parse({ title: 'script', ...request }));
const refused = (message: string) =>
  expect.objectContaining({ status: 401, code: 'AUTHENTICATION_FAILED', message: expect.stringContaining(message) });
const refusal = (authorization: string, verify = newVerifier()) => verify(authorization).catch((error: unknown) => error);

describe('a personal access token', () => {
  it('stands for its owner, with her roles but never as an administrator, and within its scopes', async () => {
    const { token } = await make({ scopes: ['jobs:read'] });
    const expected = { ...ada, roles: ['user', 'developer'], scopes: ['jobs:read'] };
    expect(await newVerifier()(`Bearer ${token}`)).toEqual(expected);
    expect(await newVerifier()(`Bearer basic//${token}`)).toEqual(expected);
  });

  it('is kept as a hash: no item, list or log holds it', async () => {
    const { token, id } = await make();
    expect(token).toMatch(/^swath_pat_[a-z2-7]{101}$/);
    const secret = token.slice(-59);
    expect(JSON.stringify([...kept.values()])).not.toContain(secret);
    expect(JSON.stringify(await listTokens(deps, ada))).not.toContain(secret);
    expect(withoutSecrets(`it said ${token}.`)).toBe('it said [redacted].');
    expect((await listTokens(deps, ada)).map((one) => one.id)).toEqual([id]);
  });

  it('is good for 90 days unless said, and for 365 at most', async () => {
    expect(Date.parse((await make()).expires) - now).toBe(90 * day);
    expect(Date.parse((await make({ expires: '2026-03-02T12:00:00+02:00' })).expires)).toBe(Date.parse('2026-03-02T10:00:00Z'));
    const fault = (message: string) => ({ status: 422, errors: [{ pointer: '/expires', message: expect.stringContaining(message) }] });
    await expect(make({ expires: new Date(now + 366 * day).toISOString() })).rejects.toMatchObject(fault('365'));
    await expect(make({ expires: new Date(now - 1).toISOString() })).rejects.toMatchObject(fault('over'));
  });

  it('that has expired is refused and no longer listed', async () => {
    const { token } = await make();
    now += 90 * day;
    expect(await refusal(`Bearer ${token}`)).toEqual(refused('expired'));
    expect(await listTokens(deps, ada)).toEqual([]);
  });

  it('that was revoked is refused at once, also where it was taken before', async () => {
    const { token, id } = await make();
    const verify = newVerifier();
    await verify(`Bearer ${token}`);
    await revokeToken(deps, ada, id);
    expect(await refusal(`Bearer ${token}`, verify)).toEqual(refused('revoked'));
    await expect(revokeToken(deps, ada, id)).rejects.toMatchObject({ status: 404, code: 'TOKEN_NOT_FOUND' });
  });

  it('of somebody else can be neither seen nor revoked', async () => {
    const { token, id } = await make();
    await expect(revokeToken(deps, userOf('eve'), id)).rejects.toMatchObject({ status: 404 });
    expect(await listTokens(deps, userOf('eve'))).toEqual([]);
    expect(await newVerifier()(`Bearer ${token}`)).toMatchObject({ subject: 'ada' });
  });

  it('with a letter changed is refused without asking the table', async () => {
    const { token } = await make();
    isDown = true;
    const changed = token.slice(0, 60) + (token[60] === 'a' ? 'b' : 'a') + token.slice(61);
    expect(await refusal(`Bearer ${changed}`)).toEqual(refused('whole'));
    expect(await refusal(`Bearer ${token.slice(0, -1)}`)).toEqual(refused('whole'));
  });

  it('made up for a token that exists is refused: its secret is another', async () => {
    const { token } = await make();
    const { owner, id } = readPat(token)!;
    const bytes = randomBytes(patBytes);
    const forged = makePat(owner, bytes).token;
    kept.set(`${owner} ${readPat(forged)!.id}`, { ...kept.get(`${owner} ${id}`)!, id: readPat(forged)!.id });
    expect(await refusal(`Bearer ${forged}`)).toEqual(refused('no such'));
  });

  it('tells the day of its last use, written once a day', async () => {
    const { token } = await make();
    const verify = newVerifier();
    for (const later of [0, 1000, 2000]) {
      now += later;
      await verify(`Bearer ${token}`);
    }
    now += day;
    await verify(`Bearer ${token}`);
    await newVerifier()(`Bearer ${token}`);
    expect(uses).toEqual(['2026-03-01', '2026-03-02']);
    expect(await listTokens(deps, ada)).toMatchObject([{ lastUsed: '2026-03-02' }]);
  });

  it('cannot be judged while the table does not answer: 503, try again', async () => {
    const { token } = await make();
    isDown = true;
    expect(await refusal(`Bearer ${token}`)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
  });

  it('is made, listed and revoked by people only: the routes state no scope', () => {
    for (const route of routes) expect(route).not.toHaveProperty('scope');
  });

  it('is one of a hundred at the most', async () => {
    for (let n = 0; n < 100; n += 1) await make();
    await expect(make()).rejects.toMatchObject({ status: 409, code: 'TOO_MANY_TOKENS' });
    await make({}, userOf('bob'));
    now += 91 * day;
    await make();
  });
});

describe('a header', () => {
  it.each(['Bearer swath_pat_abc', 'Bearer basic//swath_pat_abc'])('%s holds no whole token', async (header) =>
    expect(await refusal(header)).toEqual(refused('whole')),
  );
  it.each(['Bearer basic/x/swath_pat_abc', 'Bearer oidc/x/swath_pat_abc', 'Bearer basic//other'])(
    '%s has a form that nobody sends',
    async (header) => expect(await refusal(header)).toEqual(refused('must be')),
  );
  it('of more than 10,000 letters is none', async () => expect(await refusal(`Bearer ${'a'.repeat(10_000)}`)).toEqual(refused('too long')));
});
