import { describe, expect, it } from '@jest/globals';
import type { NewToken } from '../../lambdas/identity/model.ts';
import { jobBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';

const make = (request: object) => api<NewToken>('POST', '/tokens', { as: 'alice', body: { title: 'test', ...request } });
const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('A personal access token', () => {
  it.concurrent('stands for its owner within its scopes, in both forms, until it is revoked', async () => {
    const made = await make({ scopes: ['jobs:read'] });
    expect([made.status, made.headers.get('cache-control')]).toEqual([201, 'no-store']);
    const { token, id } = made.body;
    expect((await api('GET', '/unit_jobs', bearing(token))).status).toBe(200);
    expect((await api('GET', '/unit_jobs', bearing(`basic//${token}`))).status).toBe(200);
    const refused = await api('POST', '/unit_jobs', { ...bearing(token), body: jobBody() });
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([403, expect.stringContaining('scope="jobs:write"')]);
    expect((await api('POST', '/tokens', { ...bearing(token), body: { title: 'another' } })).status).toBe(403);
    const { body } = await api<{ tokens: { id: string; lastUsed?: string }[] }>('GET', '/tokens', { as: 'alice' });
    expect(body.tokens.find((one) => one.id === id)).toMatchObject({ lastUsed: new Date().toISOString().slice(0, 10) });
    expect((await api('DELETE', `/tokens/${id}`, { as: 'bob' })).status).toBe(404);
    expect((await api('DELETE', `/tokens/${id}`, { as: 'alice' })).status).toBe(204);
    expect((await api('GET', '/unit_jobs', bearing(token))).status).toBe(401);
  });

  it.concurrent('is taken by every door', async () => {
    const { token, id } = (await make({})).body;
    for (const path of ['/unit_jobs', '/platforms', '/processes', '/jobs', '/jobs_status'])
      expect([path, (await api('GET', path, bearing(token))).status]).toEqual([path, 200]);
    await api('DELETE', `/tokens/${id}`, { as: 'alice' });
  });
});
