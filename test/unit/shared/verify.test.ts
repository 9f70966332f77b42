import { beforeAll, beforeEach, afterEach, describe, expect, it, jest } from '@jest/globals';
import { FetchError } from 'aws-jwt-verify/error';
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { keysAddress } from '../../../lambdas/shared/auth/keys.ts';
import { bearerVerifier } from '../../../lambdas/shared/auth/bearer.ts';
import { cognitoVerifier } from '../../../lambdas/shared/auth/verify.ts';
import { userIdOf } from '../../../lambdas/shared/ids/user-id.ts';

const userPoolId = 'eu-central-1_abcdefghi';
const issuer = `https://cognito-idp.eu-central-1.amazonaws.com/${userPoolId}`;
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const good = () => ({ iss: issuer, sub: 'ada', client_id: 'client', token_use: 'access', iat: inSeconds(-10), exp: inSeconds(60) });

let ours: { publicKey: KeyObject; privateKey: KeyObject };
let theirs: typeof ours;
beforeAll(() => {
  ours = generateKeyPairSync('rsa', { modulusLength: 2048 });
  theirs = generateKeyPairSync('rsa', { modulusLength: 2048 });
});
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
});
afterEach(() => {
  jest.restoreAllMocks();
});

const signed = (claims: object, header: object = { alg: 'RS256', kid: 'k1' }, key = ours.privateKey) => {
  const content = `${part(header)}.${part(claims)}`;
  return `${content}.${sign('RSA-SHA256', Buffer.from(content), key).toString('base64url')}`;
};
const keys = async () =>
  Buffer.from(JSON.stringify({ keys: [{ ...ours.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' }] }));
const verifier = (more: object = {}) =>
  bearerVerifier(cognitoVerifier({ userPoolId, clientId: 'client', rolesClaim: 'cognito:groups', keys: keys as never, ...more }), () =>
    Promise.reject(new Error('This is no personal access token.')),
  );
const refusal = async (authorization: string | undefined, verify = verifier()) =>
  verify(authorization).then(
    () => undefined,
    (e: unknown) => e,
  );
const refused = (message: string) =>
  expect.objectContaining({
    status: 401,
    code: 'AUTHENTICATION_FAILED',
    message: expect.stringContaining(message),
    headers: { 'www-authenticate': expect.stringContaining('Bearer') },
  });

describe('an access token', () => {
  it('says who calls', async () =>
    expect(await verifier()(`Bearer ${signed(good())}`)).toEqual({
      userId: userIdOf(issuer, 'ada'),
      issuer,
      subject: 'ada',
      roles: ['user'],
    }));
  it('may come in the form of openEO clients', async () =>
    expect((await verifier()(`Bearer oidc/swath/${signed(good())}`)).subject).toBe('ada'));
  it('lists roles, of which only the known ones count', async () => {
    const token = signed({ ...good(), 'cognito:groups': ['administrator', 'anyone', 'root'] });
    expect((await verifier()(`bearer ${token}`)).roles).toEqual(['user', 'administrator']);
  });
  it('may list roles in a claim of another name, as one text', async () => {
    const token = signed({ ...good(), scope: 'openid developer' });
    expect((await verifier({ rolesClaim: 'scope' })(`Bearer ${token}`)).roles).toEqual(['user', 'developer']);
  });

  const wrong: [string, () => string, string][] = [
    ['is expired', () => signed({ ...good(), exp: inSeconds(-5) }), 'expired'],
    ['is not valid yet', () => signed({ ...good(), nbf: inSeconds(50) }), 'not valid yet'],
    ['was issued by somebody else', () => signed({ ...good(), iss: 'https://evil.example' }), 'issued by somebody'],
    ['was made for another client', () => signed({ ...good(), client_id: 'other' }), 'another application'],
    ['is an id token', () => signed({ ...good(), token_use: 'id', aud: 'client' }), 'not an access token'],
    ['is signed with another key', () => signed(good(), undefined, theirs.privateKey), 'trust'],
    ['names a key that there is not', () => signed(good(), { alg: 'RS256', kid: 'k2' }), 'trust'],
    ['names no key', () => signed(good(), { alg: 'RS256' }), 'trust'],
    ['has no signature (alg none)', () => `${part({ alg: 'none', kid: 'k1' })}.${part(good())}.`, 'trust'],
    ['was changed after it was signed', () => signed(good()).replace(/\.[^.]+\./, `.${part({ ...good(), sub: 'eve' })}.`), 'trust'],
    ['is no JSON inside', () => 'abc.def.ghi', 'trust'],
    [
      'is signed with the public key as a shared secret (HS256)',
      () => {
        const content = `${part({ alg: 'HS256', kid: 'k1' })}.${part(good())}`;
        const secret = ours.publicKey.export({ format: 'pem', type: 'spki' });
        return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
      },
      'trust',
    ],
  ];
  it.each(wrong)('that %s is refused', async (_, make, message) => {
    const token = make();
    const problem = await refusal(`Bearer ${token}`);
    expect(problem).toEqual(refused(message));
    expect(JSON.stringify([problem, (problem as Error).message])).not.toContain(token.split('.')[1]);
  });
  it.each([
    undefined,
    '',
    'Bearer',
    'Bearer  ',
    'Basic YTpi',
    'Bearer a.b',
    'Bearer a.b.c d',
    'Token a.b.c',
    'Bearer basic//a.b.c',
    'Bearer oidc/a.b.c',
  ])('that is sent as %j is refused', async (header) => expect(await refusal(header)).toEqual(refused('Bearer <token>')));
  it('cannot be judged while the keys cannot be read: 503, try again', async () => {
    const unreadable = () => Promise.reject(new FetchError('https://keys', 'down'));
    const unavailable = expect.objectContaining({ status: 503, code: 'SERVICE_UNAVAILABLE', headers: { 'retry-after': '5' } });
    expect(await refusal(`Bearer ${signed(good())}`, verifier({ keys: unreadable }))).toEqual(unavailable);
    expect(await refusal(`Bearer ${signed(good())}`, verifier({ keys: async () => Buffer.from('<html>') }))).toEqual(unavailable);
  });
});

describe('the keys of the pool', () => {
  const uri = `${issuer}/.well-known/jwks.json`;
  it('are read from AWS', () => expect(keysAddress(uri, undefined)).toBe(uri));
  it('are read from the emulator where there is one', () =>
    expect(keysAddress(uri, 'http://127.0.0.1:4566/')).toBe(`http://127.0.0.1:4566/${userPoolId}/.well-known/jwks.json`));
});
