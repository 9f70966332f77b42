import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CredentialFault } from '../../../lambdas/platforms/ports.ts';
import { faultOf } from '../../../lambdas/platforms/user-credentials/rules.ts';
import { userAuthorization } from '../../../lambdas/platforms/user-credentials/use-cases/authorize.ts';
import { obtain } from '../../../lambdas/platforms/user-credentials/use-cases/exchange.ts';
import { forgetCredential, setCredential, showCredential } from '../../../lambdas/platforms/user-credentials/use-cases/keep.ts';
import { canary, FakeIssuer } from '../../support/fake-issuer.ts';
import { credentialWorld } from '../../support/credentials.ts';

let issuer: FakeIssuer;
beforeEach(async () => void (issuer = await new FakeIssuer().open()));
afterEach(() => issuer.stop());

const world = (more: Parameters<typeof credentialWorld>[1] = {}) => {
  const w = credentialWorld(issuer, more);
  return {
    ...w,
    /** A request of this user with a token of the issuer's. */
    request: (user = 'alice', more: { jwt?: undefined } = {}) =>
      obtain(w.deps, w.platform, { userId: user, issuer: issuer.url, jwt: issuer.login(user), ...more }),
    /** What a function of the deployment authorizes with; each call is another function. */
    fn: (user = 'alice') => userAuthorization(w.deps, w.platform, user),
    put: (refreshToken: string, user = 'alice') => setCredential(w.deps, user, w.entry, { refreshToken }),
    show: (user = 'alice') => showCredential(w.deps, user, w.entry),
    row: (user = 'alice') => w.rows.get(`${user} own`)!,
  };
};
const fault = (message: RegExp) => expect.objectContaining({ constructor: CredentialFault, message: expect.stringMatching(message) });
const bearer = (user: string) => expect.stringMatching(new RegExp(`^Bearer ${canary}access-${user}-`));

describe("A user's credential by exchange of her token", () => {
  it('is got when she sends a request, kept sealed, and used by every function', async () => {
    const w = world({ provider: 'egi' });
    expect(await w.show()).toMatchObject({
      state: 'none',
      renewable: false,
      todo: expect.stringContaining('PUT /platforms/own/credential'),
    });
    expect(await w.request()).toBe(true);
    const header = await w.fn()();
    expect(header).toMatch(new RegExp(`^Bearer oidc/egi/${canary}access-alice-`));
    expect(await w.fn()()).toBe(header);
    expect(await w.show()).toMatchObject({ state: 'works', source: 'exchange', renewable: true, expires: expect.any(String) });
    expect(JSON.stringify([...w.rows.values()])).not.toContain(canary);
    expect(issuer.counts).toMatchObject({ exchanged: 1, refreshed: 0 });
  });

  it('is not asked for while there is one that works, nor with a token that is none of those that the entry names', async () => {
    const w = world();
    await w.request();
    expect(await w.request()).toBe(false);
    expect(issuer.counts.exchanged).toBe(1);
    const others = world({ exchange: { from: ['https://other.example'] } });
    expect(await others.request()).toBe(false);
    expect(await world({ exchange: undefined }).request()).toBe(false);
    expect(await world().request('alice', { jwt: undefined })).toBe(false); // a personal access token is nobody's business there
    expect(issuer.counts.asked).toBe(1);
  });

  it('that is refused is told with what to do; another request gets it as soon as it is no longer refused', async () => {
    const w = world();
    issuer.refuses.set('alice', 'not_linked');
    expect(await w.request()).toBe(true); // her lane learns why it is held
    await expect(w.fn()()).rejects.toEqual(fault(/not linked with the one that Own knows: link it at http/));
    issuer.refuses.set('alice', 'access_denied');
    await w.request();
    expect(await w.show()).toMatchObject({ state: 'broken', todo: expect.stringContaining('(access_denied)') });
    issuer.refuses.clear();
    expect(await w.request()).toBe(true);
    expect(await w.fn()()).toEqual(bearer('alice'));
  });

  it('that is refused takes nothing away that still works', async () => {
    const w = world();
    issuer.refreshes = false;
    await w.request();
    const header = await w.fn()();
    issuer.refuses.set('*', 'access_denied');
    w.pass(100); // less than ten minutes are left, so that another is asked for
    expect(await w.request()).toBe(false);
    expect(await w.fn()()).toBe(header);
  });

  it('is a 503 while the issuer does not answer and nothing else would let the jobs go', async () => {
    const w = world();
    issuer.faults.push({ match: /exchange/, answer: { status: 502 }, times: 1 });
    await expect(w.request()).rejects.toMatchObject({ status: 503, code: 'PLATFORM_UNAVAILABLE', headers: { 'retry-after': '10' } });
    expect(w.rows.size).toBe(0);
    await w.put(issuer.refreshToken('alice'));
    issuer.faults.push({ match: /exchange/, answer: 'drop' });
    expect(await w.request()).toBe(false);
  });

  it('without a refresh token works to its end, and then asks for a new request', async () => {
    const w = world();
    issuer.refreshes = false;
    await w.request();
    expect(await w.show()).toMatchObject({ state: 'works', renewable: false });
    w.pass(299);
    expect(await w.fn()()).toEqual(bearer('alice'));
    w.pass(2);
    await expect(w.fn()()).rejects.toEqual(fault(/has ended, and cannot be renewed\. Send any request/));
  });
});

describe('An access token', () => {
  it('is renewed ahead of its end by one function alone, and every other gets the new one', async () => {
    const w = world();
    await w.request();
    const first = await w.fn()();
    w.pass(239);
    expect(await w.fn()()).toBe(first);
    w.pass(2);
    issuer.latencyMs = 30;
    const headers = await Promise.all(Array.from({ length: 8 }, () => w.fn()()));
    // Who comes while it is renewed takes the old one, which works for a minute yet.
    const second = await w.fn()();
    expect(second).not.toBe(first);
    expect([first, second]).toEqual(expect.arrayContaining(headers));
    expect(issuer.counts).toMatchObject({ refreshed: 1, reused: 0 });
  });

  it('that has ended is waited for by all while one function renews it', async () => {
    const w = world();
    await w.request();
    w.pass(301);
    issuer.latencyMs = 30;
    const headers = await Promise.all(Array.from({ length: 8 }, () => w.fn()()));
    expect(new Set(headers).size).toBe(1);
    expect(issuer.counts).toMatchObject({ refreshed: 1, reused: 0 });
  });

  it('is renewed again and again, each refresh token once', async () => {
    const w = world();
    await w.put(issuer.refreshToken('alice'));
    expect(await w.show()).toMatchObject({ state: 'untried', source: 'stored' });
    for (let n = 0; n < 5; n += 1) {
      await w.fn()();
      w.pass(250);
    }
    expect(await w.show()).toMatchObject({ state: 'works', source: 'stored', renewed: expect.any(String) });
    expect(issuer.counts).toMatchObject({ refreshed: 5, reused: 0 });
  });

  it('that the platform refuses is renewed once; when it refuses the new one, too, the credential is broken', async () => {
    const w = world();
    await w.request();
    const fn = w.fn();
    const first = await fn();
    const second = await fn(first);
    expect(second).not.toBe(first);
    expect(await w.fn()(first)).toBe(second); // a late refusal of the old one says nothing of the new one
    await expect(w.fn()(second)).rejects.toEqual(fault(/Own does not take your token any more\. Send any request/));
    expect(issuer.counts.refreshed).toBe(1);
    expect(await w.request()).toBe(true);
    expect(await fn()).toEqual(bearer('alice'));
  });
});

describe('A credential that cannot be renewed', () => {
  it('since it was revoked, says so until there is another', async () => {
    const w = world();
    await w.request();
    issuer.revoke('alice');
    w.pass(301);
    await expect(w.fn()()).rejects.toEqual(fault(/does not renew your credential for Own \(invalid_grant\)/));
    expect(await w.show()).toMatchObject({
      state: 'broken',
      renewable: false,
      todo: expect.stringContaining('PUT /platforms/own/credential'),
    });
    expect(w.row()).not.toHaveProperty('refresh');
    await w.put(issuer.refreshToken('alice'));
    expect(await w.fn()()).toEqual(bearer('alice'));
  });

  it.each([
    ['does not answer', 'hang'],
    ['breaks off', 'drop'],
    ['has a fault', { status: 500, body: '{"error":"server_error"}' }],
    ['is asked too often', { status: 429, body: '{"error":"slow_down"}' }],
    ['does not know this deployment', { status: 401, body: '{"error":"invalid_client"}' }],
  ] as const)('since the issuer %s, is not broken: the platform is tried again later', async (_, answer) => {
    const w = world();
    await w.put(issuer.refreshToken('alice'));
    issuer.faults.push({ match: /refresh/, answer, times: 1 });
    const failed: unknown = await w
      .fn()()
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(Error);
    expect(failed).not.toBeInstanceOf(CredentialFault);
    expect(await w.fn()()).toEqual(bearer('alice'));
  });

  it('ahead of its end goes on as it is', async () => {
    const w = world();
    await w.request();
    const first = await w.fn()();
    w.pass(250);
    issuer.faults.push({ match: /refresh/, answer: { status: 503 } });
    expect(await w.fn()()).toBe(first);
  });

  it('since a function died between the answer and its write, tells the user to bring another', async () => {
    const w = world();
    await w.request();
    w.pass(301);
    let writes = 0;
    w.hooks.before = async () => {
      if ((writes += 1) === 2) throw new Error('the function died');
    };
    await expect(w.fn()()).rejects.toThrow('the function died');
    w.hooks.before = undefined;
    w.pass(60); // its lease is over
    await expect(w.fn()()).rejects.toEqual(fault(/was revoked, has ended, or was used elsewhere/));
    expect(issuer.counts.reused).toBe(1);
  });

  it('is left alone by who finds that another was stored meanwhile', async () => {
    const w = world();
    await w.request();
    w.pass(301);
    w.hooks.before = async (row) => {
      if (row.leaseUntil !== undefined) return;
      w.hooks.before = undefined;
      await w.put(issuer.refreshToken('alice'));
    };
    expect(await w.fn()()).toEqual(bearer('alice'));
    expect(await w.show()).toMatchObject({ state: 'works', source: 'stored' });
  });
});

describe('A credential', () => {
  it('is forgotten at once and for good, whoever renews it at that moment', async () => {
    const w = world();
    await w.request();
    w.pass(301);
    w.hooks.before = async (row) => {
      if (row.leaseUntil !== undefined) return;
      w.hooks.before = undefined;
      await forgetCredential(w.deps, 'alice', w.entry);
    };
    await expect(w.fn()()).rejects.toEqual(fault(/has no credential of yours/));
    expect(await forgetCredential(w.deps, 'alice', w.entry)).toMatchObject({ state: 'none' });
    expect(await forgetCredential(w.deps, 'bob', w.entry)).toMatchObject({ state: 'none' });
    expect(w.rows.size).toBe(1);
    expect(Object.keys(w.row())).not.toContain('refresh');
  });

  it('is for its user and platform: in the row of another it opens nothing', async () => {
    const w = world();
    await w.request('alice');
    w.rows.set('bob own', { ...w.row('alice'), userId: 'bob' });
    await expect(w.fn('bob')()).rejects.toThrow('InvalidCiphertext');
    expect(await w.fn('alice')()).toEqual(bearer('alice'));
  });

  it('may be longer than what KMS takes at once', async () => {
    const { vault } = world().deps;
    const long = 'x'.repeat(20_000);
    const sealed = await vault.seal(long, { platform: 'own', holder: 'alice' });
    expect(await vault.open(sealed, { holder: 'alice', platform: 'own' })).toBe(long);
    await expect(vault.open(sealed, { holder: 'bob', platform: 'own' })).rejects.toThrow('InvalidCiphertext');
    const [key = '', body = ''] = sealed.split('.');
    const bytes = Buffer.from(body, 'base64');
    bytes[bytes.length - 1]! ^= 1;
    await expect(vault.open(`${key}.${bytes.toString('base64')}`, { platform: 'own', holder: 'alice' })).rejects.toThrow();
  });

  it('is none of a platform that runs jobs under an account of the deployment', async () => {
    const w = world();
    const entry = { ...w.entry, auth: { method: 'none' } as const };
    await expect(showCredential(w.deps, 'alice', entry)).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  it('goes to no token endpoint but one of the origin of its issuer', async () => {
    const elsewhere = await new FakeIssuer().open();
    try {
      issuer.tokenEndpoint = `${elsewhere.url}/token`;
      const w = world();
      await w.put(issuer.refreshToken('alice'));
      await expect(w.fn()()).rejects.toThrow('does not tell where its token endpoint is');
      expect(elsewhere.counts.asked).toBe(0);
      expect(faultOf(w.row(), w.platform, w.deps.clock.now())).toBeUndefined();
    } finally {
      await elsewhere.stop();
    }
  });
});
