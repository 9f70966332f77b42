import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { clientCredentials } from '../../../lambdas/platforms/credentials/client-credentials.ts';
import type { StoredAccount } from '../../../lambdas/platforms/credentials/model.ts';
import { openAccount, setAccount, showAccount } from '../../../lambdas/platforms/credentials/use-cases.ts';
import { Platform } from '../../../lambdas/platforms/model.ts';

const clock = { now: () => Date.parse('2026-11-25T12:00:00Z') };
const entry = (auth: object) => Platform.parse({ id: 'vito', kind: 'openeo', title: 'V', baseUrl: 'https://vito.example', auth });
const basic = { method: 'basic', username: 'swath', password: 'canary' } as const;

/** A vault whose sealed texts open with their own context only. */
function safe() {
  const rows = new Map<string, StoredAccount>();
  const key = (context: Record<string, string>) => JSON.stringify(context);
  return {
    ...{ rows, clock },
    accounts: { get: async (id: string) => rows.get(id), put: async (row: StoredAccount) => void rows.set(row.platformId, row) },
    vault: {
      seal: async (text: string, context: Record<string, string>) => Buffer.from(key(context) + text).toString('base64'),
      open: async (sealed: string, context: Record<string, string>) => {
        const text = Buffer.from(sealed, 'base64').toString();
        if (!text.startsWith(key(context))) throw new Error('InvalidCiphertext');
        return text.slice(key(context).length);
      },
    },
  };
}

describe("A platform's account", () => {
  it('is stored sealed, seen without what it holds, and opened for a login', async () => {
    const s = safe();
    const view = { platform: 'vito', method: 'basic', setAt: '2026-11-25T12:00:00.000Z', setBy: 'ada' };
    expect(await setAccount(s, entry({ method: 'basic' }), basic, 'ada')).toEqual(view);
    expect(await showAccount(s, entry({ method: 'basic' }))).toEqual(view);
    expect(JSON.stringify([...s.rows.values()])).not.toContain('canary');
    expect(await openAccount(s, 'vito', 'basic')).toEqual(basic);
  });

  it('opens nothing in the row of another platform', async () => {
    const s = safe();
    await setAccount(s, entry({ method: 'basic' }), basic, 'ada');
    s.rows.set('other', { ...s.rows.get('vito')!, platformId: 'other' });
    await expect(openAccount(s, 'other', 'basic')).rejects.toThrow('InvalidCiphertext');
  });

  it('must be of the method that the entry names, and says what to do while there is none', async () => {
    const s = safe();
    await expect(setAccount(s, entry({ method: 'none' }), basic, 'ada')).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/method' }],
    });
    await expect(showAccount(s, entry({ method: 'basic' }))).rejects.toMatchObject({ status: 404 });
    await expect(openAccount(s, 'vito', 'basic')).rejects.toThrow('an administrator can PUT /platforms/vito/account');
  });
});

describe('Tokens by client credentials', () => {
  const asked: { authorization: string | undefined; body: string }[] = [];
  let answers: { status: number; json: object }[] = [];
  let issuer: Server;
  let time = 0;
  beforeAll(async () => {
    issuer = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => (body += String(chunk)));
      request.on('end', () => {
        asked.push({ authorization: request.headers.authorization, body });
        const { status, json } = answers.shift() ?? { status: 200, json: { access_token: `t${asked.length}`, expires_in: 300 } };
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      });
    });
    await new Promise<void>((done) => issuer.listen(0, '127.0.0.1', done));
  });
  afterAll(() => void issuer.close());
  beforeEach(() => {
    asked.splice(0);
    answers = [];
    time = 0;
  });
  const authorization = (more: object = {}) =>
    clientCredentials(
      { method: 'oidc', tokenUrl: `http://127.0.0.1:${(issuer.address() as AddressInfo).port}/token`, ...more },
      async () => ({ method: 'oidc', clientId: 'swath', clientSecret: 'a b:ü' }),
      { connectSeconds: 2, readSeconds: 2 },
      { now: () => time },
    );

  it('are asked for once by all who need one, in the form of the platform', async () => {
    const get = authorization({ provider: 'egi', scope: 'openid' });
    expect(await Promise.all([get(), get(), get()])).toEqual(Array(3).fill('Bearer oidc/egi/t1'));
    expect(asked).toEqual([
      {
        authorization: `Basic ${Buffer.from('swath:a%20b%3A%C3%BC').toString('base64')}`,
        body: 'grant_type=client_credentials&scope=openid',
      },
    ]);
  });

  it('are renewed a minute before they end, and when the platform refuses one', async () => {
    const get = authorization();
    expect(await get()).toBe('Bearer t1');
    time = 239_000;
    expect(await get()).toBe('Bearer t1');
    time = 240_000;
    expect(await get()).toBe('Bearer t2');
    expect(await get('Bearer t1')).toBe('Bearer t2'); // refused, and renewed since
    expect(await get('Bearer t2')).toBe('Bearer t3');
  });

  it('that are refused say so by the word of the issuer alone, and are asked for again next time', async () => {
    answers = [{ status: 401, json: { error: 'invalid_client', error_description: 'secret a b:ü is wrong' } }];
    const get = authorization();
    await expect(get()).rejects.toThrow(/^The token endpoint does not let this deployment's account in \(invalid_client\)\.$/);
    expect(await get()).toBe('Bearer t2');
  });
});
