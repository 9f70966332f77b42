import { beforeAll, describe, expect, it } from '@jest/globals';
import { expectDocumented } from '../support/documented.ts';
import { fakeIssuer, fakeOpenEo } from '../support/control.ts';
import { canary } from '../support/fake-issuer.ts';
import { aTitle, ended, getJob, jobBody, untilJob, type JobWish } from '../support/jobs.ts';
import { api, everything, token } from '../support/local.ts';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';

const platform = 'fake-own';
const openEo = fakeOpenEo('fake-own');
const credential = (method: 'GET' | 'PUT' | 'DELETE', as: string, refreshToken?: string) =>
  api(method, `/platforms/${platform}/credential`, { as, ...(refreshToken === undefined ? {} : { body: { refreshToken } }) });
const claims = async (user: string) =>
  JSON.parse(Buffer.from((await token(user)).split('.')[1]!, 'base64url').toString()) as { iss: string; username: string };

async function send(as: string, title: string, parameters: object = {}, wish: JobWish = {}): Promise<JobDetail> {
  const body = jobBody({ platform, application: `${await openEo.url()}/udp/echo.json`, title, label: 'openeo', ...wish });
  const { status, body: job } = await api<JobDetail>('POST', '/unit_jobs', {
    as,
    body: { ...body, parameters },
    headers: { prefer: 'respond-async' },
  });
  if (status !== 201) throw new Error(`${status}: ${JSON.stringify(job)}`);
  return job;
}
const held = (id: string, as: string) => untilJob(id, 'is held', (job) => job.held === 'credential', { ticking: true, as });

let users: { alice: string; bob: string };
beforeAll(async () => {
  const [alice, bob] = [await claims('alice'), await claims('bob')];
  users = { alice: alice.username, bob: bob.username };
  await fakeIssuer.trust(alice.iss);
  await openEo.asUsers();
  const { id, secret } = await fakeIssuer.client();
  const auth = { method: 'user', issuer: await fakeIssuer.url(), clientId: id, exchange: { from: [alice.iss] } };
  const entry = { kind: 'openeo', title: 'Own', baseUrl: await openEo.url(), processHosts: [await openEo.host()], auth };
  const limits = { running: 2, parallel: 4, burst: 100, startsPerMinute: 6000, readsPerMinute: 600 };
  const put = await api('PUT', `/platforms/${platform}`, { as: 'ada', body: { ...entry, limits } });
  expect(put).toMatchObject({ status: 200 });
  const account = await api('PUT', `/platforms/${platform}/account`, { as: 'ada', body: { method: 'user', clientSecret: secret } });
  expect(account).toMatchObject({ status: 200, body: { method: 'user' } });
  expect(await api('PUT', `/platforms/builtin/credential`, { as: 'alice', body: { refreshToken: 'x' } })).toMatchObject({ status: 404 });
});

describe('A platform where jobs run as their users', () => {
  it('has the jobs of each user as her own, by exchange of the tokens of their requests', async () => {
    const title = aTitle('own');
    const [hers, his] = await Promise.all([send('alice', title), send('bob', title)]);
    await Promise.all([ended(hers.id, { as: 'alice', ticking: true }), ended(his.id, { as: 'bob', ticking: true })]);
    const [alices, bobs] = [await getJob(hers.id), await getJob(his.id, 'bob')];
    expect([alices.status, bobs.status]).toEqual(['finished', 'finished']);
    expect(await openEo.of(users.alice)).toEqual([alices.platformJobId]);
    expect(await openEo.of(users.bob)).toEqual([bobs.platformJobId]);
    const shown = await credential('GET', 'alice');
    expectDocumented('showPlatformCredential', shown);
    expect(shown.body).toMatchObject({ state: 'works', source: 'exchange', renewable: true });
    const listed = await api<{ platforms: object[] }>('GET', '/platforms', { as: 'alice' });
    expect(listed.body.platforms).toContainEqual(expect.objectContaining({ id: platform, runAs: 'user' }));
  });

  it('is spoken to with renewed tokens in the middle of a job, each refresh token used once', async () => {
    await fakeIssuer.accessSeconds(4);
    expectDocumented('setPlatformCredential', await credential('PUT', 'alice', await fakeIssuer.refreshToken(users.alice)));
    const { refreshed } = await fakeIssuer.counts();
    const job = await send('alice', aTitle('renewed'), { seconds: 12 });
    expect((await ended(job.id, { ticking: true, within: 120 })).status).toBe('finished');
    const counts = await fakeIssuer.counts();
    expect(counts.refreshed - refreshed).toBeGreaterThan(2);
    expect(counts.reused).toBe(0);
  });

  it('lets jobs wait when a credential is revoked, and go on when their user brings another', async () => {
    await fakeIssuer.refuse(users.alice, 'not_linked');
    const title = aTitle('revoked');
    const running = await send('alice', title, { seconds: 8 });
    await untilJob(running.id, 'runs', (job) => job.status === 'running', { ticking: true });
    await fakeIssuer.revoke(users.alice);
    const waiting = await send('alice', title);
    const seen = await held(waiting.id, 'alice');
    expect(seen).toMatchObject({ status: 'queued', message: expect.stringMatching(/not linked|invalid_grant|does not take your token/) });
    expect((await getJob(running.id)).status).toBe('running');
    // Nobody else waits for it.
    const bobs = await send('bob', aTitle('meanwhile'));
    expect((await ended(bobs.id, { as: 'bob', ticking: true })).status).toBe('finished');
    expect(await credential('GET', 'alice')).toMatchObject({ body: { state: 'broken', todo: expect.any(String) } });
    await credential('PUT', 'alice', await fakeIssuer.refreshToken(users.alice));
    expect((await ended(waiting.id, { ticking: true, within: 60 })).status).toBe('finished');
    expect((await ended(running.id, { ticking: true, within: 60 })).status).toBe('finished');
    expect(await openEo.runs(title)).toEqual([1, 1]);
  });

  it('takes a job whose token nobody exchanges, holds it with the reason, and lets it go with the next request that brings one', async () => {
    await credential('DELETE', 'bob');
    await fakeIssuer.refuse(users.bob, 'access_denied');
    const job = await send('bob', aTitle('refused'));
    const reason = await untilJob(job.id, 'says why', ({ message }) => /access_denied/.test(message ?? ''), { as: 'bob' });
    expect(reason).toMatchObject({ status: 'queued', held: 'credential' });
    const task = await api<{ id: string }>('POST', '/upscale_tasks', {
      as: 'bob',
      body: {
        ...jobBody({ platform, application: `${await openEo.url()}/udp/echo.json`, title: aTitle('task'), label: 'openeo' }),
        parameters: {},
        dimension: { name: 'seconds', values: [0, 0.1, 0.2] },
      },
    });
    expect(task.status).toBe(201);
    await fakeIssuer.refuse(users.bob, undefined);
    const next = await send('bob', aTitle('next'));
    for (const { id } of [job, next]) expect((await ended(id, { as: 'bob', ticking: true, within: 60 })).status).toBe('finished');
    await untilJob(`${task.body.id}-2`, 'ended', ({ status }) => status === 'finished', { as: 'bob', ticking: true, within: 60 });
  });

  it('is reached by the OGC door, too', async () => {
    const sent = await api<{ jobID: string }>('POST', `/processes/${platform}:echo/execution`, {
      as: 'bob',
      body: { inputs: { seconds: 0 } },
      headers: { prefer: 'respond-async' },
    });
    expect(sent.status).toBe(201);
    const job = await ended(sent.body.jobID, { as: 'bob', ticking: true, within: 60 });
    expect(job.status).toBe('finished');
    expect(await openEo.of(users.bob)).toContain(job.platformJobId);
  });

  it('leaves no token anywhere', async () => {
    const kept = await everything();
    expect(kept).toContain('own ');
    expect(kept).toContain('UserCredentials');
    expect(kept.includes(canary)).toBe(false);
    for (const user of ['alice', 'bob']) expect(kept.includes(await token(user))).toBe(false);
  });
});
