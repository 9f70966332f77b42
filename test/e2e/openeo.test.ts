import { describe, expect, it } from '@jest/globals';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { openEo } from '../support/control.ts';
import { expectDocumented } from '../support/documented.ts';
import { aJob, aTitle, collected, ended, post, type ErrorBody, type JobWish } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { until } from '../support/until.ts';

const wish = (title: string, parameters: Record<string, unknown> = {}): JobWish => ({
  ...{ platform: 'fake-openeo', application: 'echo', label: 'openeo', title, parameters },
});

describe('A job on an openEO back-end', () => {
  it('is created, started once, and hands its results over', async () => {
    const title = aTitle('openeo');
    const { id } = await aJob(wish(title, { seconds: 1 }));
    expect(await collected(id)).toMatchObject({ status: 'finished', label: 'openeo', platform: 'fake-openeo' });
    expect(await openEo.runs(title)).toEqual([1]);
    const { body } = await api<{ assets: Record<string, { href: string }> }>('GET', `/unit_jobs/${id}/results`, { as: 'alice' });
    expect(Object.values(body.assets).length).toBeGreaterThan(0);
  });

  it('is told what the back-end estimates of it, where it does', async () => {
    const { id } = await aJob(wish(aTitle('estimated')));
    const estimate = () => api('GET', `/unit_jobs/${id}/estimate`, { as: 'alice' });
    await ended(id);
    expect(await estimate()).toMatchObject({ status: 404, body: { error_code: 'NO_ESTIMATE' } });
    await openEo.style({ estimate: { costs: 12.5, duration: 'PT1H' } });
    const answer = await estimate();
    expectDocumented('getUnitJobEstimate', answer);
    expect(answer.body).toEqual({ platform: 'fake-openeo', costs: 12.5, currency: 'EUR', duration: 'PT1H' });
    expect((await api('GET', `/unit_jobs/${id}/estimate`, { as: 'bob' })).body).toMatchObject({ error_code: 'JOB_NOT_FOUND' });
  });

  it('takes a user-defined process by its URL, on a host that is registered with the platform', async () => {
    const title = aTitle('udp');
    const application = `${await openEo.url()}/udp/echo.json`;
    const { id } = await aJob({ ...wish(title), application });
    expect(await ended(id)).toMatchObject({ status: 'finished', process: application });
  });

  it('fetches no process from a host that is not', async () => {
    const { status, body } = await post({ ...wish(aTitle('foreign')), application: 'https://elsewhere.example/udp.json' });
    if (status === 201) expect(await ended((body as { id: string }).id)).toMatchObject({ status: 'failed' });
    else expect([status, (body as unknown as ErrorBody).details?.errors[0]?.pointer]).toEqual([422, '/service/application']);
  });

  it("tells its user the back-end's own reason when it fails", async () => {
    const { id } = await aJob(wish(aTitle('failing'), { fail: 'no such band' }));
    expect(await ended(id)).toMatchObject({ status: 'failed', message: expect.stringContaining('no such band') });
  });

  it('stops there when it is cancelled', async () => {
    const { id } = await aJob(wish(aTitle('long'), { seconds: 300 }));
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    expect(await ended(id)).toMatchObject({ status: 'canceled' });
  });

  it('must be asked for as openEO', async () => {
    const { status, body } = await post({ ...wish(aTitle('label')), label: 'ogc_api_process' });
    expect([status, (body as unknown as ErrorBody).details?.errors.map(({ pointer }) => pointer)]).toEqual([422, ['/label']]);
  });
});

it("Twelve jobs within the back-end's two places: none fails for lack of room, none runs twice", async () => {
  await openEo.style({ runningLimit: 2 });
  const titles = Array.from({ length: 12 }, () => aTitle('room'));
  const jobs = await Promise.all(titles.map((title) => aJob({ ...wish(title, { seconds: 0.5 }), prefer: 'respond-async' })));
  const all = await Promise.all(jobs.map(({ id }) => ended(id, { within: 100 })));
  expect(all.map(({ status }) => status)).toEqual(titles.map(() => 'finished'));
  expect(await Promise.all(titles.map((title) => openEo.runs(title)))).toEqual(titles.map(() => [1]));
  expect(await openEo.maxRunning()).toBeLessThanOrEqual(2);
});

it('The daily audit deletes what was left behind and never ran, and nothing else', async () => {
  await ended((await aJob(wish(aTitle('any')))).id); // its lane exists
  const gone = '00000000-0000-7000-8000-000000000000';
  const orphan = await openEo.leave(`An orphan [swath:swath-local/${gone}.1]`);
  const others = await Promise.all([
    openEo.leave(`One that runs [swath:swath-local/${gone}.1]`, 'running'),
    openEo.leave(`Of another deployment [swath:swath-elsewhere/${gone}.1]`),
    openEo.leave("Somebody's own"),
  ]);
  await aws.lambda().send(new InvokeCommand({ FunctionName: local().outputs['AuditFunction']! }));
  await until('the orphan is deleted', async () => !(await openEo.has(orphan)) || undefined);
  expect(await Promise.all(others.map((id) => openEo.has(id)))).toEqual([true, true, true]);
});
