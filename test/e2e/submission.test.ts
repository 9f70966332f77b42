import { describe, expect, it } from '@jest/globals';
import { fake } from '../support/control.ts';
import { aFakeJob, aJob, aTitle, ended, post, untilJob, type ErrorBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';

describe('The answer to a job request', () => {
  it('holds the id that the platform gave where the lane is free', async () => {
    const { status, headers, body } = await post({ parameters: { text: 'now' } });
    expect(status).toBe(201);
    expect(body.platformJobId).toEqual(expect.any(String));
    expect(headers.get('location')).toMatch(new RegExp(`/unit_jobs/${body.id}$`));
    expect((await fetch(headers.get('location')!)).status).toBe(401);
  });

  it('comes before the platform was asked when the client prefers so', async () => {
    const { status, headers, body } = await post({ prefer: 'respond-async' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ status: 'queued', phase: 'queued', queue: { position: expect.any(Number) } });
    expect(body.platformJobId).toBeUndefined();
    expect(headers.get('preference-applied')).toBe('respond-async');
    expect((await ended(body.id)).status).toBe('finished');
  });

  it('names the wait that it kept to', async () => {
    expect((await post({ prefer: 'wait=3' })).headers.get('preference-applied')).toBe('wait=3');
  });

  it('takes a platform by its base URL too', async () => {
    const job = await aJob({ platform: 'https://builtin.swath.invalid' });
    expect(job).toMatchObject({ platform: 'builtin', service: { endpoint: 'https://builtin.swath.invalid' } });
  });
});

describe('A platform with two places, both taken', () => {
  const titles = [aTitle('first'), aTitle('second'), aTitle('third'), aTitle('fourth')];

  it('lets jobs wait with their place in the queue, gives a place to the next, and cancels one that waits at once', async () => {
    const running = await Promise.all(titles.slice(0, 2).map((title) => aFakeJob('fake-jobs', title, { seconds: 120 })));
    for (const { id } of running) await untilJob(id, 'is on the platform', (job) => job.platformJobId !== undefined);
    const wish = { platform: 'fake-jobs', application: 'anything' };
    const third = await aJob({ ...wish, title: titles[2]!, parameters: { title: titles[2] } });
    const fourth = await aJob({ ...wish, title: titles[3]!, parameters: { title: titles[3] } });
    // Answered without waiting: had it waited, the place would still be none of the platform's.
    expect(third).toMatchObject({ phase: 'queued', queue: { position: 1 } });
    expect(fourth).toMatchObject({ phase: 'queued', queue: { position: 2 } });

    const cancelled = await api('POST', `/unit_jobs/${third.id}/cancel`, { as: 'alice' });
    expect(cancelled).toMatchObject({ status: 202, body: { status: 'canceled', phase: 'dismissed' } });
    expect((await untilJob(fourth.id, 'is next', ({ queue }) => queue?.position === 1)).status).toBe('queued');

    await fake('fake-jobs').edit(titles[0]!, { endsAt: Date.now() });
    expect((await ended(fourth.id, { ticking: true })).status).toBe('finished');
    expect(await fake('fake-jobs').starts(titles[2]!)).toBe(0);

    // A cancel reaches a one-phase platform too.
    await api('POST', `/unit_jobs/${running[1]!.id}/cancel`, { as: 'alice' });
    expect((await ended(running[1]!.id, { ticking: true })).status).toBe('canceled');
    expect(await fake('fake-jobs').job(titles[1]!)).toEqual([]);
  });
});

describe('Deleting', () => {
  it('refuses while the job is being cancelled on its platform, then removes it', async () => {
    const title = aTitle('to be deleted');
    const { id } = await aFakeJob('fake-jobs', title, { seconds: 120 });
    await untilJob(id, 'is on the platform', (job) => job.platformJobId !== undefined);
    const first = await api<ErrorBody>('DELETE', `/unit_jobs/${id}`, { as: 'alice' });
    expect(first).toMatchObject({ status: 409, body: { error_code: 'JOB_NOT_FINISHED' } });
    expect(first.headers.get('retry-after')).toBe('5');
    expect((await ended(id, { ticking: true })).status).toBe('canceled');
    expect(await api('DELETE', `/unit_jobs/${id}`, { as: 'alice' })).toMatchObject({ status: 200, body: null });
    expect((await api('GET', `/unit_jobs/${id}`, { as: 'alice' })).status).toBe(404);
  });
});
