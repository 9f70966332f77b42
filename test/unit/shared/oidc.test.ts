import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { bearerVerifier } from '../../../lambdas/shared/auth/bearer.ts';
import { Issuer, Issuers } from '../../../lambdas/shared/auth/model.ts';
import { issuersVerifier } from '../../../lambdas/shared/auth/oidc.ts';
import { unauthenticated } from '../../../lambdas/shared/auth/unauthenticated.ts';
import { userIdOf } from '../../../lambdas/shared/ids/user-id.ts';

type Keys = { publicKey: KeyObject; privateKey: KeyObject };
let rsa: Keys, ec: Keys, theirs: Keys;
let server: Server;
let url: string;
let documents: Record<string, unknown>;
let asked: string[];
let isDown: boolean;

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const good = () => ({ iss: url, sub: 'ada', aud: 'swath-api', iat: inSeconds(-10), exp: inSeconds(60) });
const signed = (claims: object, header: { alg: string; kid?: string } = { alg: 'RS256', kid: 'rsa' }, { privateKey } = rsa) => {
  const content = `${part(header)}.${part(claims)}`;
  const key = header.alg.startsWith('ES') ? ({ key: privateKey, dsaEncoding: 'ieee-p1363' } as const) : privateKey;
  return `${content}.${sign('sha256', Buffer.from(content), key).toString('base64url')}`;
};

beforeAll(() => {
  rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
  ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
});
beforeEach(async () => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  asked = [];
  isDown = false;
  server = createServer(({ url: path = '' }, response) => {
    asked.push(path);
    const document = isDown ? undefined : documents[path];
    if (typeof document === 'string') return void response.writeHead(302, { location: document }).end();
    response.writeHead(document === undefined ? 500 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const jwk = (keys: Keys, kid: string, alg: string) => ({ ...keys.publicKey.export({ format: 'jwk' }), kid, alg, use: 'sig' });
  documents = {
    '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
    '/keys': { keys: [jwk(rsa, 'rsa', 'RS256'), jwk(ec, 'ec', 'ES256')] },
  };
});
afterEach(() => {
  jest.restoreAllMocks();
  server.closeAllConnections();
  server.close();
});

const verifier = (more: object = {}) => {
  const issuer = Issuer.parse({ id: 'partner', issuer: url, audience: ['swath-api', 'swath-web'], rolesClaim: 'roles', ...more });
  const own = { id: 'swath', verify: () => Promise.reject(unauthenticated('issued by somebody whom this service does not know')) };
  return bearerVerifier(issuersVerifier(own, [issuer]), () => Promise.reject(new Error('no such token here')));
};
const refusal = (token: string, verify = verifier()) => verify(`Bearer ${token}`).catch((error: unknown) => error);
const refused = (message: string) =>
  expect.objectContaining({ status: 401, code: 'AUTHENTICATION_FAILED', message: expect.stringContaining(message) });

describe('a token of an OpenID Connect issuer', () => {
  it('says who calls: the user is issuer and subject', async () =>
    expect(await verifier()(`Bearer ${signed({ ...good(), roles: ['developer', 'root'] })}`)).toEqual({
      ...{ userId: userIdOf(url, 'ada'), issuer: url, subject: 'ada', roles: ['user', 'developer'] },
    }));
  it('may be signed with ES256 where that was agreed upon, and only there', async () => {
    const token = signed(good(), { alg: 'ES256', kid: 'ec' }, ec);
    expect(await verifier({ algorithms: ['ES256'] })(`Bearer ${token}`)).toMatchObject({ subject: 'ada' });
    expect(await refusal(token)).toEqual(refused('trust'));
  });
  it('comes as openEO clients send it, under the name of its provider', async () => {
    expect(await verifier()(`Bearer oidc/partner/${signed(good())}`)).toMatchObject({ subject: 'ada' });
    expect(await verifier()(`Bearer oidc/swath/${signed(good())}`).catch((error: unknown) => error)).toEqual(refused('provider swath'));
  });

  it.each<[string, () => string, string]>([
    ['was made for another audience', () => signed({ ...good(), aud: 'other' }), 'another application'],
    ['names no audience', () => signed({ ...good(), aud: undefined }), 'application'],
    ['is expired', () => signed({ ...good(), exp: inSeconds(-5) }), 'expired'],
    ['never expires', () => signed({ ...good(), exp: undefined }), 'when it expires'],
    ["has another issuer's signature", () => signed(good(), undefined, theirs), 'trust'],
    ['comes from an unknown issuer', () => signed({ ...good(), iss: 'https://evil.example' }), 'does not know'],
    ['says nothing of its issuer', () => signed({ ...good(), iss: undefined }), 'does not know'],
    ['has no subject', () => signed({ ...good(), sub: undefined }), 'subject'],
    ['has no signature (alg none)', () => `${part({ alg: 'none', kid: 'rsa' })}.${part(good())}.`, 'trust'],
    [
      'is signed with the public key as a shared secret',
      () => {
        const content = `${part({ alg: 'HS256', kid: 'rsa' })}.${part(good())}`;
        return `${content}.${createHmac('sha256', rsa.publicKey.export({ format: 'pem', type: 'spki' }))
          .update(content)
          .digest('base64url')}`;
      },
      'trust',
    ],
  ])('that %s is refused', async (_, make, message) => expect(await refusal(make())).toEqual(refused(message)));
});

describe('the keys of an issuer', () => {
  it('are read once, and a key id that there is not makes nobody read them for every request', async () => {
    const verify = verifier();
    for (let n = 0; n < 3; n += 1) await verify(`Bearer ${signed(good())}`);
    expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
    for (let n = 0; n < 5; n += 1) expect(await refusal(signed(good(), { alg: 'RS256', kid: 'new' }), verify)).toEqual(refused('trust'));
    expect(asked.length).toBeLessThanOrEqual(3);
    expect(await verify(`Bearer ${signed(good())}`)).toMatchObject({ subject: 'ada' });
  });
  it.each<[string, () => void]>([
    [
      'lie on another origin',
      () => void (documents['/.well-known/openid-configuration'] = { issuer: url, jwks_uri: 'https://evil.example/keys' }),
    ],
    [
      'belong to another issuer',
      () => void (documents['/.well-known/openid-configuration'] = { issuer: 'https://evil.example', jwks_uri: `${url}/keys` }),
    ],
    ['are behind a redirect', () => void (documents['/keys'] = 'https://evil.example/keys')],
    ['cannot be read', () => void (isDown = true)],
  ])('that %s are not taken: 503, until they can be had', async (_, spoil) => {
    const whole = structuredClone(documents);
    spoil();
    const verify = verifier();
    expect(await refusal(signed(good()), verify)).toMatchObject({ status: 503, code: 'SERVICE_UNAVAILABLE' });
    [documents, isDown] = [whole, false];
    expect(asked).not.toContain('https://evil.example/keys');
  });
  it('are asked for again after they could not be discovered', async () => {
    isDown = true;
    const verify = verifier();
    await refusal(signed(good()), verify);
    isDown = false;
    expect(await verify(`Bearer ${signed(good())}`)).toMatchObject({ subject: 'ada' });
  });
  it('may be at an address of the config', async () => {
    documents = { '/elsewhere': documents['/keys'] };
    expect(await verifier({ jwksUri: `${url}/elsewhere` })(`Bearer ${signed(good())}`)).toMatchObject({ subject: 'ada' });
  });
});

describe('the config of issuers', () => {
  const one = { id: 'a', issuer: 'https://a.example', audience: ['x'] };
  it.each([
    ['plain http', [{ ...one, issuer: 'http://a.example' }]],
    ['no audience', [{ ...one, audience: [] }]],
    ['algorithms that share a secret', [{ ...one, algorithms: ['HS256'] }]],
    ['no signature', [{ ...one, algorithms: ['none'] }]],
    ['two of one name', [one, { ...one, issuer: 'https://b.example' }]],
    ['two of one address', [one, { ...one, id: 'b' }]],
    ["the user pool's name", [{ ...one, id: 'swath' }]],
  ])('refuses %s', (_, issuers) => expect(Issuers.safeParse(issuers).success).toBe(false));
  it('takes RS256 unless others are named', () => expect(Issuers.parse([one])).toMatchObject([{ algorithms: ['RS256'] }]));
});
