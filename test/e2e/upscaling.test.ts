import { describe, expect, it, jest } from '@jest/globals';
import type { TaskDetail, TaskJobs, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { aTitle, collected, ended, getJob, jobBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';
import { until } from '../support/until.ts';

jest.setTimeout(60_000);

/** Upscaling tasks on the deployed stack. */
const post = (values: unknown[], more: object = {}, name = 'text') =>
  api<TaskSummary>('POST', '/upscale_tasks', { as: 'alice', body: { ...jobBody(), dimension: { name, values }, ...more } });
const task = async (id: string) => (await api<TaskDetail>('GET', `/upscale_tasks/${id}`, { as: 'alice' })).body;
const jobsOf = async (id: string, count: number) =>
  until(`task ${id} has its ${count} jobs`, async () => {
    const { body } = await api<TaskJobs>('GET', `/upscale_tasks/${id}/jobs?limit=1000`, { as: 'alice' });
    return body.jobs.length === count ? body.jobs : undefined;
  });

describe('a task', () => {
  it.concurrent('runs its jobs, each with its value, whether short or long', async () => {
    const long = 'long '.repeat(100);
    const made = await post(['one', long], { title: aTitle('pair') });
    expect([made.status, made.body]).toMatchObject([201, { status: 'created', total: 2 }]);
    expect(made.headers.get('location')).toMatch(new RegExp(`/upscale_tasks/${made.body.id}$`));
    const jobs = await jobsOf(made.body.id, 2);
    await Promise.all(jobs.map(({ id }) => ended(id)));
    const asked = await Promise.all(jobs.map(async ({ id }) => (await collected(id)).parameters));
    expect(asked).toEqual([{ text: 'one' }, { text: long }]);
    const results = await api('GET', `/unit_jobs/${jobs[1]!.id}/results`, { as: 'alice' });
    expect(results.status).toBe(200);
    expect(await task(made.body.id)).toMatchObject({ dimension: { name: 'text' }, jobs: [{ index: 0, value: 'one' }, { index: 1 }] });
  });

  it.concurrent('of 600 values is expanded by chunks, and is one however often it is asked for', async () => {
    const values = Array.from({ length: 600 }, (_, n) => n);
    const key = { 'idempotency-key': aTitle('key') };
    const body = { ...jobBody({ platform: 'fake-tasks', application: 'anything' }), dimension: { name: 'title', values } };
    const send = () => api<TaskSummary>('POST', '/upscale_tasks', { as: 'alice', body, headers: key });
    const [first, second] = await Promise.all([send(), send()]);
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, first.body.id]);
    const jobs = await jobsOf(first.body.id, 600);
    expect(jobs.map(({ value }) => value)).toEqual(values);
    expect(await getJob(`${first.body.id}-599`)).toMatchObject({ parameters: { title: 599 } });
  });

  it.concurrent('is refused with all its faults, and hidden from others', async () => {
    const { status, body } = await api('POST', '/upscale_tasks', {
      as: 'alice',
      body: { ...jobBody({ parameters: { text: 'x' } }), dimension: { name: 'text', values: [1, 1] } },
    });
    expect([status, body]).toMatchObject([
      422,
      { details: { errors: [{ pointer: '/dimension/name' }, { pointer: '/dimension/values/1' }] } },
    ]);
    const { body: made } = await post(['mine']);
    expect((await api('GET', `/upscale_tasks/${made.id}`, { as: 'bob' })).status).toBe(404);
  });
});
