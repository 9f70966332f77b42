import { beforeAll, describe, expect, it } from '@jest/globals';
import { fakeOpenEo, partner } from '../support/control.ts';
import { aJob, aTitle, ended, getJob } from '../support/jobs.ts';
import { api, hasToken } from '../support/local.ts';
import { until } from '../support/until.ts';

const platform = 'fake-partner';
const openEo = fakeOpenEo(platform);
/** What tokens for that platform are meant for. */
const audience = 'https://platform.example';
/** A job that is over has a message only where something went wrong. */
async function finished(id: string, as: string): Promise<void> {
  const { status, message } = await ended(id, { as, ticking: true });
  expect([status, message]).toEqual(['finished', undefined]);
}
const jobs = (authorization: string) => api('GET', '/unit_jobs', { headers: { authorization } });

describe('Somebody who signs in at an issuer of the config', () => {
  let token: string;
  beforeAll(async () => {
    token = (await partner.signIn('alice')).access_token;
    hasToken("the partner's alice", token);
  });

  it('has jobs of her own, which nobody of the same name at the user pool sees', async () => {
    const job = await aJob({ as: "the partner's alice", parameters: { text: 'hello' } });
    expect((await ended(job.id, { as: "the partner's alice" })).status).toBe('finished');
    expect(await api('GET', `/unit_jobs/${job.id}`, { as: 'alice' })).toMatchObject({ status: 404 });
    const mine = await aJob();
    expect(await api('GET', `/unit_jobs/${mine.id}`, { as: "the partner's alice" })).toMatchObject({ status: 404 });
  });

  it('may name the issuer, as openEO clients do, but no other', async () => {
    expect((await jobs(`Bearer oidc/partner/${token}`)).status).toBe(200);
    expect((await jobs(`Bearer oidc/swath/${token}`)).status).toBe(401);
  });

  it('is refused with a token that is meant for somebody else, or was changed', async () => {
    const { access_token: elsewhere } = await partner.signIn('alice', audience);
    const [head, , signature] = token.split('.');
    const [, claims] = elsewhere.split('.');
    for (const bad of [elsewhere, [head, claims, signature].join('.')]) {
      const answer = await jobs(`Bearer ${bad}`);
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('invalid_token')]);
    }
  });
});

describe("A platform of the partner, on which its people's jobs run as their own", () => {
  /** A job there, as soon as the function that takes it knows the platform: three seconds after it was registered. */
  const work = async (as: string) => {
    const application = `${await openEo.url()}/udp/echo.json`;
    return until('a job is taken', () => aJob({ platform, label: 'openeo', application, title: aTitle('own'), as }));
  };

  beforeAll(async () => {
    await openEo.asPartners(audience);
    const [issuer, { id, secret }] = [await partner.url(), await partner.client()];
    const auth = { method: 'user', issuer, clientId: id, audience, scope: 'jobs', exchange: { from: [issuer] } };
    const entry = { kind: 'openeo', title: 'Partner', baseUrl: await openEo.url(), processHosts: [await openEo.host()], auth };
    expect(await api('PUT', `/platforms/${platform}`, { as: 'ada', body: entry })).toMatchObject({ status: 200 });
    const account = await api('PUT', `/platforms/${platform}/account`, { as: 'ada', body: { method: 'user', clientSecret: secret } });
    expect(account).toMatchObject({ status: 200 });
  });

  it('gets a token that the issuer exchanged for that of the request', async () => {
    hasToken('ana', (await partner.signIn('ana')).access_token);
    const job = await work('ana');
    await finished(job.id, 'ana');
    expect(await openEo.of('ana')).toEqual([(await getJob(job.id, 'ana')).platformJobId]);
  });

  it('gets tokens by the refresh token that its user stored, for her scripts', async () => {
    hasToken('eva', (await partner.signIn('eva')).access_token);
    const { refresh_token: refreshToken } = await partner.signIn('eva', audience);
    expect(await api('PUT', `/platforms/${platform}/credential`, { as: 'eva', body: { refreshToken } })).toMatchObject({ status: 200 });
    const pat = await api<{ token: string }>('POST', '/tokens', {
      as: 'eva',
      body: { title: 'script', scopes: ['jobs:read', 'jobs:write'] },
    });
    hasToken('a script of eva', pat.body.token);
    const job = await work('a script of eva');
    await finished(job.id, 'a script of eva');
    expect(await openEo.of('eva')).toEqual([(await getJob(job.id, 'eva')).platformJobId]);
    const { body } = await api('GET', `/platforms/${platform}/credential`, { as: 'eva' });
    expect(body).toMatchObject({ state: 'works', source: 'stored' });
  });
});
