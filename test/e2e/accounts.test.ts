import { describe, expect, it } from '@jest/globals';
import { fakeOpenEo } from '../support/control.ts';
import { aJob, aTitle, ended, untilJob, type ErrorBody } from '../support/jobs.ts';
import { api, everything } from '../support/local.ts';

const account = { method: 'basic', username: 'swath', password: `canary-${process.pid}-${Date.now()}` };
const path = '/platforms/fake-login/account';

describe('A platform that wants a login', () => {
  it('lets jobs wait until an administrator has set its account, which nobody reads back and nothing tells of', async () => {
    await fakeOpenEo('fake-login').style({ account: { username: account.username, password: account.password } });
    expect((await api('GET', path, { as: 'ada' })).status).toBe(404);
    const title = aTitle('login');
    const { id } = await aJob({ platform: 'fake-login', application: 'echo', label: 'openeo', title, prefer: 'respond-async' });
    await untilJob(id, 'waits for the account', (job) => /account/.test(`${job.message} ${job.queue?.reason}`), { ticking: true });

    const refused = await api<ErrorBody>('PUT', path, { as: 'ada', body: { method: 'oidc', clientId: 'a', clientSecret: 'b' } });
    expect([refused.status, refused.body.details?.errors[0]?.pointer]).toEqual([422, '/method']);
    expect((await api('PUT', path, { as: 'alice', body: account })).status).toBe(403);
    const set = await api('PUT', path, { as: 'ada', body: account });
    expect(set).toMatchObject({ status: 200, body: { platform: 'fake-login', method: 'basic', setAt: expect.any(String) } });
    const shown = await api('GET', path, { as: 'ada' });
    expect(shown.body).toEqual(set.body);

    expect((await ended(id, { ticking: true, within: 60 })).status).toBe('finished');
    expect(await fakeOpenEo('fake-login').runs(title)).toEqual([1]);
    const kept = await everything();
    expect(kept).toContain(title);
    for (const secret of [account.password, Buffer.from(`${account.username}:${account.password}`).toString('base64')])
      expect(kept.includes(secret)).toBe(false);
  });
});
