import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import { fake } from '../support/control.ts';
import { aJob, aTitle, ended, getJob, post, untilJob, type ErrorBody, type JobWish } from '../support/jobs.ts';
import { api } from '../support/local.ts';

const wish = (more: JobWish = {}): JobWish => ({ title: aTitle('once'), key: randomUUID(), prefer: 'respond-async', ...more });
const errorOf = (body: unknown) => (body as ErrorBody).error_code;

describe('A request with an Idempotency-Key', () => {
  it('makes one job, however often and at once it is sent, also with large parameters', async () => {
    const same = wish({ platform: 'fake', application: 'anything', parameters: { text: 'x'.repeat(20_000) } });
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(same)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 201));
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers.get('idempotency-replayed') === 'true')).toHaveLength(9);
    expect(await ended(answers[0]!.body.id)).toMatchObject({ status: 'finished' });
    expect(Object.keys((await getJob(answers[0]!.body.id)).parameters)).toEqual(['text']);
    const again = await post(same);
    expect(again.body).toMatchObject({ id: answers[0]!.body.id, status: 'finished' });
  });
  it('is refused for another body, and free for another user', async () => {
    const first = wish();
    const { body } = await post(first);
    const other = await post({ ...first, title: 'another' });
    expect([other.status, errorOf(other.body)]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
    const bob = await post({ ...first, as: 'bob' });
    expect(bob.status).toBe(201);
    expect(bob.body.id).not.toBe(body.id);
  });
  it('says so when its job was deleted', async () => {
    const first = wish();
    const { body } = await post(first);
    await ended(body.id);
    await api('DELETE', `/unit_jobs/${body.id}`, { as: 'alice' });
    const again = await post(first);
    expect([again.status, errorOf(again.body)]).toEqual([404, 'JOB_NOT_FOUND']);
  });
  it('must be 1 to 255 printable characters', async () => {
    for (const key of ['x'.repeat(256), 'caf\u00e9']) expect((await post(wish({ key }))).status).toBe(422);
  });
});

describe('A retry', () => {
  const retry = (id: string, as = 'alice') => api<JobDetail>('POST', `/unit_jobs/${id}/retry`, { as });
  it('runs a failed job again, once, although five ask at the same moment', async () => {
    const { id } = await aJob({ parameters: { fail: 'on purpose' } });
    await ended(id);
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry(id)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 409, 409, 409, 409]);
    const again = await untilJob(id, 'failed again', ({ incarnation, status }) => incarnation === 2 && status === 'failed');
    expect(again.message).toContain('on purpose');
  });
  it('runs a cancelled job on its platform for the first time', async () => {
    const title = aTitle('retried');
    const { id } = await aJob({ platform: 'fake', application: 'anything', title, parameters: { title, seconds: 60 } });
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    await ended(id);
    expect((await retry(id)).status).toBe(202);
    await untilJob(id, 'runs again', ({ platformJobId, incarnation }) => incarnation === 2 && platformJobId !== undefined);
    expect(await fake('fake').starts(title)).toBe(2);
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
  });
  it("is refused for a job that is not over, that succeeded, and hidden for somebody else's", async () => {
    const { id } = await aJob({ parameters: { pause: 30 } });
    expect(errorOf((await retry(id)).body)).toBe('JOB_NOT_RETRIABLE');
    expect((await retry(id, 'bob')).status).toBe(404);
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    const done = await aJob();
    await ended(done.id);
    expect((await retry(done.id)).status).toBe(409);
  });
});

describe('/jobs_status and /params', () => {
  interface Status {
    upscaling_tasks: unknown[];
    processing_jobs: { id: string; parameters: object }[];
    links: { rel: string; href: string }[];
  }
  it("tell a user's own jobs, page by page", async () => {
    const mine = [await aJob({ parameters: { message: 'one' } }), await aJob()];
    const first = await api<Status>('GET', '/jobs_status?filter=processing&limit=1', { as: 'alice' });
    expect(first.body).toMatchObject({ upscaling_tasks: [], processing_jobs: [{ id: mine[1]!.id }] });
    const next = new URL(first.body.links.find(({ rel }) => rel === 'next')!.href);
    const second = await api<Status>('GET', `/jobs_status${next.search}`, { as: 'alice' });
    expect(second.body.processing_jobs).toMatchObject([{ id: mine[0]!.id, parameters: { message: 'one' } }]);
    expect((await api<Status>('GET', '/jobs_status', { as: 'bob' })).body.processing_jobs.map(({ id }) => id)).not.toContain(mine[0]!.id);
    expect((await api('GET', '/jobs_status?filter=nonsense', { as: 'alice' })).status).toBe(422);
  });
  it('tell the parameters of services on every kind of platform', async () => {
    const ask = (label: string, endpoint: string, application: string) =>
      api<{ name: string; type: string }[]>('POST', '/params', { as: 'alice', body: { label, service: { endpoint, application } } });
    expect((await ask('ogc_api_process', 'pygeoapi', 'ndvi')).body).toContainEqual(
      expect.objectContaining({ name: 'red', type: 'integer' }),
    );
    expect((await ask('ogc_api_process', 'builtin', 'echo')).body).toContainEqual(
      expect.objectContaining({ name: 'pause', type: 'double' }),
    );
    expect((await ask('ogc_api_process', 'builtin', 'nothing')).status).toBe(422);
  });
});
