import { describe, expect, it } from '@jest/globals';
import type { StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import type { TaskDetail, TaskJobs, TaskList, TaskSummary } from '../../lambdas/upscaling/model.ts';
import type { TaskCollection } from '../../lambdas/upscaling/results/model.ts';
import { aTitle, collected, ended, getJob, jobBody } from '../support/jobs.ts';
import { api } from '../support/local.ts';
import { until } from '../support/until.ts';

/** Upscaling tasks on the deployed stack. */
const post = (name: string, values: unknown[], more: object = {}, headers: Record<string, string> = {}) =>
  api<TaskSummary>('POST', '/upscale_tasks', { as: 'alice', body: { ...jobBody(), dimension: { name, values }, ...more }, headers });
const task = async (id: string) => (await api<TaskDetail>('GET', `/upscale_tasks/${id}`, { as: 'alice' })).body;
const act = (id: string, what: string) => api<TaskSummary>('POST', `/upscale_tasks/${id}/${what}`, { as: 'alice' });
/** The task, once it is as asked. */
const untilTask = (id: string, what: string, isSo: (seen: TaskDetail) => boolean) => {
  let seen: TaskDetail | undefined;
  return until(`task ${id} ${what}`, async () => ((seen = await task(id)) && isSo(seen) ? seen : undefined), {
    within: 90,
    ticking: true,
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}; last seen: ${JSON.stringify({ ...seen, jobs: undefined })}`);
  });
};
const jobsOf = async (id: string, count: number) =>
  until(
    `task ${id} has its ${count} jobs`,
    async () => {
      const { body } = await api<TaskJobs>('GET', `/upscale_tasks/${id}/jobs?limit=1000`, { as: 'alice' });
      return body.jobs.length === count ? body.jobs : undefined;
    },
    { within: 90 },
  );

describe('a task', () => {
  it.concurrent('runs its jobs, each with its value, whether short or long', async () => {
    const long = 'long '.repeat(100);
    const made = await post('text', ['one', long], { title: aTitle('pair') });
    expect([made.status, made.body]).toMatchObject([201, { status: 'created', total: 2 }]);
    expect(made.headers.get('location')).toMatch(new RegExp(`/upscale_tasks/${made.body.id}$`));
    const jobs = await jobsOf(made.body.id, 2);
    await Promise.all(jobs.map(({ id }) => ended(id, { within: 90, ticking: true })));
    const asked = await Promise.all(jobs.map(async ({ id }) => (await collected(id)).parameters));
    expect(asked).toEqual([{ text: 'one' }, { text: long }]);
    expect((await api('GET', `/unit_jobs/${jobs[1]!.id}/results`, { as: 'alice' })).status).toBe(200);
    const over = await untilTask(made.body.id, 'is over', ({ phase }) => phase === 'successful');
    expect(over).toMatchObject({ dimension: { name: 'text' }, progress: 100, jobs: [{ index: 0, value: 'one' }, { index: 1 }] });
    const results = await until('all results are there', async () => {
      const { body } = await api<TaskCollection>('GET', `/upscale_tasks/${made.body.id}/results`, { as: 'alice' });
      return body['swath:complete'] ? body : undefined;
    });
    expect(results).toMatchObject({ type: 'Collection', id: made.body.id, 'swath:counts': { successful: 2 }, 'swath:extent': 'unknown' });
    const href = results.links.find(({ rel }) => rel === 'items')!.href;
    const page = await api<{ features: StacItem[] }>('GET', `${href.slice(href.indexOf('/upscale_tasks'))}?limit=2`, { as: 'alice' });
    expect(page.body.features.map(({ id, properties }) => [id, properties['swath:value']])).toEqual([
      [jobs[0]!.id, 'one'],
      [jobs[1]!.id, undefined],
    ]);
    const kept = page.body.features[1]!.links.find(({ rel }) => rel === 'canonical')!;
    expect(((await (await fetch(kept.href)).json()) as StacItem).id).toBe(jobs[1]!.id);
    const list = await api<TaskList>('GET', '/upscale_tasks', { as: 'alice' });
    expect(list.body.tasks.map(({ id }) => id)).toContain(made.body.id);
    const status = await api<{ upscaling_tasks: { id: string; status: string }[] }>('GET', '/jobs_status', { as: 'alice' });
    expect(status.body.upscaling_tasks.find(({ id }) => id === made.body.id)).toMatchObject({
      status: 'finished',
      label: 'ogc_api_process',
    });
    expect((await api('DELETE', `/upscale_tasks/${made.body.id}`, { as: 'alice' })).status).toBe(200);
    expect((await api('GET', `/upscale_tasks/${made.body.id}`, { as: 'alice' })).status).toBe(404);
    await until('its jobs are gone', async () =>
      (await api('GET', `/unit_jobs/${jobs[0]!.id}`, { as: 'alice' })).status === 404 ? true : undefined,
    );
  });

  it.concurrent('goes on when a value makes one job invalid, and runs the failed job again', async () => {
    const { body: made } = await post('number', [1, 'five', 3]);
    const first = await untilTask(made.id, 'is over', ({ finished }) => finished !== undefined);
    expect(first).toMatchObject({
      status: 'finished',
      phase: 'partial',
      counts: { successful: 2, failed: 1 },
      errors: [{ count: 1, index: 1 }],
    });
    const failed = await api<TaskJobs>('GET', `/upscale_tasks/${made.id}/jobs?status=failed`, { as: 'alice' });
    expect(failed.body.jobs.map(({ value }) => value)).toEqual(['five']);
    const rows = await api<string>('GET', `/upscale_tasks/${made.id}/manifest?limit=2`, { as: 'alice' });
    const [one, five] = rows.body
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect([one, five]).toMatchObject([
      { value: 1, status: 'finished' },
      { value: 'five', status: 'failed', message: failed.body.jobs[0]!.message },
    ]);
    const next = /<(.+)>; rel="next"/.exec(rows.headers.get('link')!)![1]!;
    const csv = await api<string>('GET', next.slice(next.indexOf('/upscale_tasks')).replace('jsonl', 'csv'), { as: 'alice' });
    expect([csv.status, csv.headers.get('content-type'), csv.body.split(',').slice(0, 4)]).toEqual([
      ...[200, 'text/csv; charset=utf-8'],
      ['2', `${made.id}-2`, '3', 'finished'],
    ]);
    expect((await act(made.id, 'retry')).body).toMatchObject({ status: 'queued' });
    const second = await untilTask(made.id, 'is over again', ({ finished }) => finished !== undefined);
    expect(second).toMatchObject({ incarnation: 2, counts: { successful: 2, failed: 1 } });
    expect((await getJob(`${made.id}-0`)).incarnation).toBe(1);
    expect((await getJob(`${made.id}-1`)).incarnation).toBe(2);
  });

  it.concurrent('of 600 values is one however often it is asked for, pauses, goes on, and is cancelled', async () => {
    const values = Array.from({ length: 600 }, (_, n) => n);
    const more = { ...jobBody({ platform: 'fake-tasks', application: 'anything', parameters: { seconds: 600 } }) };
    const key = { 'idempotency-key': aTitle('key') };
    const send = () => post('title', values, more, key);
    const [first, second] = await Promise.all([send(), send()]);
    const { id } = first.body;
    expect([first.status, second.status, second.body.id]).toEqual([201, 201, id]);
    expect((await jobsOf(id, 600)).map(({ value }) => value)).toEqual(values);
    expect(await getJob(`${id}-599`)).toMatchObject({ parameters: { seconds: 600, title: 599 } });
    expect((await act(id, 'pause')).body).toMatchObject({ paused: 'owner' });
    expect((await act(id, 'retry')).status).toBe(409);
    expect((await act(id, 'resume')).body).not.toHaveProperty('paused');
    await untilTask(id, 'runs', ({ phase }) => phase === 'running');
    expect((await act(id, 'cancel')).body).toMatchObject({ cancelling: true });
    const over = await untilTask(id, 'is cancelled', ({ status }) => status === 'canceled');
    expect(over).toMatchObject({ counts: { dismissed: 600 } });
    expect((await act(id, 'resume')).status).toBe(409);
  });

  it.concurrent('is refused with all its faults, and hidden from others', async () => {
    const { status, body } = await post('text', [1, 1], { parameters: { text: 'x' } });
    expect([status, body]).toMatchObject([
      422,
      { details: { errors: [{ pointer: '/dimension/name' }, { pointer: '/dimension/values/1' }] } },
    ]);
    const { body: made } = await post('text', ['mine']);
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/jobs'],
      ['GET', '/manifest'],
      ['GET', '/results'],
      ['GET', '/results/items'],
      ['POST', '/cancel'],
      ['DELETE', ''],
    ] as const)
      expect((await api(method, `/upscale_tasks/${made.id}${path}`, { as: 'bob' })).status).toBe(404);
  });
});
