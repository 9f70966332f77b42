import { describe, expect, it } from '@jest/globals';
import type { PlatformChange, PlatformRecord, PlatformView } from '../../lambdas/platforms/model.ts';
import { fake, openEo } from '../support/control.ts';
import { aFakeJob, aTitle, ended, getJob, post, untilJob, type ErrorBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';
import { until } from '../support/until.ts';

const limits = { running: 5, parallel: 4, burst: 100, readsPerMinute: 600 };
const entry = async () => ({ kind: 'ogc-processes', title: 'Added', baseUrl: await fake('fake-added').url(), exclusive: true, limits });
const put = <T = PlatformRecord>(body: object, more: { as?: string; query?: string; headers?: Record<string, string> } = {}) =>
  api<T>('PUT', `/platforms/added${more.query ?? ''}`, { as: more.as ?? 'ada', body, ...(more.headers ? { headers: more.headers } : {}) });
const say = (word: string) => api<PlatformRecord>('POST', `/platforms/added/${word}`, { as: 'ada' });

describe('A platform that an administrator registers', () => {
  it('is refused to users, under a wrong kind, and where nothing answers', async () => {
    const good = await entry();
    const refusals = await Promise.all([
      put<ErrorBody>(good, { as: 'alice' }),
      put<ErrorBody>({ ...good, kind: 'openeo' }),
      put<ErrorBody>({ ...good, baseUrl: await openEo.url() }),
      put<ErrorBody>({ ...good, baseUrl: 'http://127.0.0.1:9' }, { query: '?dry_run=true' }),
      put<ErrorBody>({ ...good, baseUrl: 'https://ada:secret@example.org', limits: { running: -1 } }),
      api<ErrorBody>('POST', '/platforms/fake/pause', { as: 'alice' }),
      api<ErrorBody>('GET', '/platforms/fake/changes', { as: 'alice' }),
    ]);
    expect(refusals.map(({ status, body }) => [status, body.error_code])).toEqual([
      [403, 'FORBIDDEN'],
      [422, 'PLATFORM_UNSUITABLE'],
      [422, 'VALIDATION_ERROR'], // registered already as fake-openeo
      [422, 'PLATFORM_UNSUITABLE'],
      [422, 'VALIDATION_ERROR'],
      [403, 'FORBIDDEN'],
      [403, 'FORBIDDEN'],
    ]);
    expect(refusals[3]!.body.message).toMatch(/does not answer as an OGC API - Processes server: .*cannot be reached/);
  });

  it('runs jobs without a deployment, waits while paused, and goes when its last job is over', async () => {
    const good = await entry();
    expect(await put(good, { query: '?dry_run=true' })).toMatchObject({ status: 200, body: { version: 1 } });
    expect((await api('GET', '/platforms/added', { as: 'alice' })).status).toBe(404);
    const added = await put(good);
    expect(added).toMatchObject({ status: 200, body: { entry: { id: 'added' }, state: 'active', source: 'api', version: 1 } });
    expect(added.headers.get('etag')).toBe('"1"');

    // Every function knows it after three seconds.
    await until(
      'the platform is known',
      async () => (await post({ platform: 'added', application: 'anything' })).status === 201 || undefined,
    );
    const first = await aFakeJob('added', aTitle('on a new platform'));
    expect((await ended(first.id, { ticking: true })).status).toBe('finished');

    expect((await put(good, { headers: { 'if-match': '"7"' } })).status).toBe(412);
    expect(await say('pause')).toMatchObject({ status: 200, body: { state: 'paused', version: 2 } });
    await until('the pause is known', async () => {
      const { body } = await api<PlatformView>('GET', '/platforms/added', { as: 'bob' });
      return body.state === 'paused' || undefined;
    });
    const title = aTitle('held by a pause');
    const held = await until('a job is held', async () => {
      const job = await aFakeJob('added', aTitle(title), { seconds: 60 });
      const seen = await getJob(job.id);
      if (seen.queue?.reason?.includes('paused')) return seen;
      await api('POST', `/unit_jobs/${job.id}/cancel`, { as: 'alice' });
      return undefined;
    });
    expect(held.status).toBe('queued');
    expect(await say('resume')).toMatchObject({ body: { state: 'active', version: 3 } });
    await untilJob(held.id, 'goes on', (job) => job.platformJobId !== undefined, { ticking: true });

    const inUse = await api<ErrorBody>('DELETE', '/platforms/added', { as: 'ada' });
    expect(inUse).toMatchObject({ status: 409, body: { error_code: 'PLATFORM_IN_USE' } });
    expect((await say('pause')).status).toBe(200);
    const waiting = await until('a job waits', async () => {
      const job = await aFakeJob('added', aTitle('waits until the removal'), { seconds: 60 });
      // Until the pause is known everywhere a function may still start it.
      const seen = await untilJob(job.id, 'is older than what functions keep', ({ created }) => Date.now() - Date.parse(created) > 4000);
      if (seen.queue?.reason?.includes('paused')) return seen;
      await api('POST', `/unit_jobs/${job.id}/cancel`, { as: 'alice' });
      return undefined;
    });
    expect(await api('DELETE', '/platforms/added?drain=true', { as: 'ada' })).toMatchObject({ status: 200, body: { state: 'removing' } });
    const failed = await ended(waiting.id, { ticking: true });
    expect(failed).toMatchObject({ status: 'failed', message: expect.stringContaining('removed by an administrator') });
    await until('new jobs are refused', async () => {
      const { status, body } = await post({ platform: 'added', application: 'anything' });
      return (status === 409 && (body as unknown as ErrorBody).error_code === 'PLATFORM_DRAINING') || undefined;
    });

    await api('POST', `/unit_jobs/${held.id}/cancel`, { as: 'alice' });
    expect((await ended(held.id, { ticking: true })).status).toBe('canceled');
    await until('the platform is gone', async () => (await api('GET', '/platforms/added', { as: 'alice' })).status === 404 || undefined, {
      ticking: true,
    });

    const { body } = await api<{ changes: PlatformChange[] }>('GET', '/platforms/added/changes?limit=100', { as: 'ada' });
    expect(body.changes.map(({ action }) => action)).toEqual(['removed', 'removing', 'paused', 'resumed', 'paused', 'added']);
  });
});
