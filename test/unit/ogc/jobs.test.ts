import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { jobFilter, readDatetime, type JobQuery } from '../../../lambdas/ogc/rules/job-filter.ts';
import { logLine } from '../../../lambdas/ogc/rules/runlog.ts';
import { statusInfo } from '../../../lambdas/ogc/rules/status.ts';
import { dismissJob, listJobs, showJob, showOutput, showResults, showRunlog } from '../../../lambdas/ogc/use-cases/jobs.ts';
import { door, problemOf, url } from '../../support/ogc-door.ts';

const as = (userId: string, isAdministrator = false) => ({ userId, isAdministrator });

describe('An execution', () => {
  it('with respond-async is accepted, and names its job', async () => {
    const d = door();
    const { status, headers, body } = await d.run({ inputs: { text: 'a' } }, { respondAsync: true });
    expect(status).toBe(201);
    expect(body).toMatchObject({ type: 'process', processID: 'plat:echo', status: 'accepted' });
    expect(headers).toEqual({ location: `${url}/jobs/${(body as { jobID: string }).jobID}`, 'preference-applied': 'respond-async' });
  });

  it('without a preference answers the results, and nothing else that the core keeps', async () => {
    const d = door();
    d.later(d.call);
    expect(await d.run({ response: 'document' })).toMatchObject({ status: 200, body: { echo: 'hello' } });
  });

  it('that takes too long goes on as a job, however long its client would wait', async () => {
    const d = door();
    const before = d.w.time.now;
    const { status, headers } = await d.run({}, { wait: 9999 });
    expect(status).toBe(201);
    expect(headers).toHaveProperty('location');
    expect(headers).not.toHaveProperty('preference-applied');
    expect(d.w.time.now - before).toBeLessThan(26_000);
  });

  it('that fails while it is waited for says why', async () => {
    const d = door();
    d.w.remote.faults.execute.push({ kind: 'refused', message: 'no such band' });
    d.later(d.call);
    expect(await problemOf(d.run())).toMatchObject({ status: 422, code: 'JOB_FAILED', message: expect.stringContaining('no such band') });
  });

  it('with faults makes no job', async () => {
    const d = door();
    expect(await problemOf(d.run({ inputs: { text: 1, more: 2 } }))).toMatchObject({
      code: 'VALIDATION_ERROR',
      errors: [{ pointer: '/inputs/more' }, { pointer: '/inputs/text' }],
    });
    expect((await listJobs(d.deps, as('alice'), { limit: 10 })).jobs).toEqual([]);
  });

  it("refuses files of others in the words of this door's requests", async () => {
    const d = door();
    expect(await problemOf(d.run({ inputs: { text: 's3://bucket/users/bob/workspace/a.tif' } }))).toMatchObject({
      status: 403,
      errors: [{ pointer: '/inputs/text' }],
    });
  });

  it('sent twice with one key makes one job', async () => {
    const d = door();
    const [first, second] = [await d.run({}, { respondAsync: true }, 'k'), await d.run({}, { respondAsync: true }, 'k')];
    expect(second.headers).toMatchObject({ location: first.headers!['location'], 'idempotency-replayed': 'true' });
  });
});

describe('A job', () => {
  it('is accepted, then running, and successful when its results can be read', async () => {
    const d = door();
    const jobId = await d.start();
    const status = async () => (await showJob(d.deps, 'alice', jobId)).status;
    expect(await status()).toBe('accepted');
    await d.poll();
    expect(await status()).toBe('running');
    d.w.remote.end(d.w.job(jobId).platformJobId!, 'successful');
    await d.poll();
    expect(d.w.job(jobId).status).toBe('successful');
    expect(await status()).toBe('running');
    expect(await problemOf(showResults(d.deps, d.w.job(jobId)))).toMatchObject({ code: 'RESULTS_NOT_READY' });
    await collectResults(d.w.deps, jobId);
    expect(await showJob(d.deps, 'alice', jobId)).toMatchObject({ status: 'successful', progress: 100 });
  });

  it('has the link to its results only when it is successful', async () => {
    const d = door();
    const jobId = await d.start();
    const links = async () => (await showJob(d.deps, 'alice', jobId)).links.map(({ rel }) => rel.split('/').at(-1));
    expect(await links()).toEqual(['self', 'monitor', 'up', 'runlog', 'cancel']);
    await d.finish(jobId);
    expect(await links()).toEqual(['self', 'monitor', 'up', 'runlog', 'results', 'results', 'edit']);
  });

  it('answers its results in the form that was asked for, and each output alone', async () => {
    const d = door();
    const jobId = await d.start({ response: 'document', outputs: { echo: { transmissionMode: 'reference' } } });
    await d.finish(jobId);
    const href = `${url}/jobs/${jobId}/results/echo`;
    expect((await showResults(d.deps, d.w.job(jobId))).body).toEqual({ echo: { href, type: 'application/json' } });
    expect(await showOutput(d.deps, 'alice', jobId, 'echo')).toMatchObject({ status: 200, body: '"hello"' });
    expect(await problemOf(showOutput(d.deps, 'alice', jobId, 'none'))).toMatchObject({ status: 404, code: 'OUTPUT_NOT_FOUND' });
  });

  it('is dismissed, then removed, then unknown', async () => {
    const d = door();
    const jobId = await d.start();
    expect((await dismissJob(d.deps, 'alice', jobId)).status).toBe('dismissed');
    expect((await showJob(d.deps, 'alice', jobId)).status).toBe('dismissed');
    expect(await dismissJob(d.deps, 'alice', jobId)).toMatchObject({ status: 'dismissed' });
    await d.poll();
    expect(d.w.job(jobId).status).toBe('dismissed');
    expect(await problemOf(showResults(d.deps, d.w.job(jobId)))).toMatchObject({ code: 'NO_RESULTS' });
    expect(await dismissJob(d.deps, 'alice', jobId)).toMatchObject({ status: 'dismissed', links: [{ rel: 'up' }] });
    expect(await problemOf(showJob(d.deps, 'alice', jobId))).toMatchObject({ code: 'JOB_NOT_FOUND' });
  });

  it('of somebody else is none', async () => {
    const d = door();
    const jobId = await d.start();
    for (const work of [showJob(d.deps, 'bob', jobId), dismissJob(d.deps, 'bob', jobId), showOutput(d.deps, 'bob', jobId, 'echo')])
      expect(await problemOf(work)).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
    expect((await listJobs(d.deps, as('bob'), { limit: 10 })).jobs).toEqual([]);
  });

  it('that another interface made is here as well', async () => {
    const d = door();
    const { jobId } = await d.w.send('alice', 'ndvi');
    expect((await listJobs(d.deps, as('alice'), { limit: 10 })).jobs).toMatchObject([{ jobID: jobId, processID: 'plat:ndvi' }]);
  });
});

describe('The run log', () => {
  it('has a line for each thing that happened, until now', async () => {
    const d = door();
    const jobId = await d.start();
    expect(await showRunlog(d.deps, 'alice', jobId)).toMatch(/^\S+Z INFO swath: Accepted for plat\.\n\S+Z INFO swath: Sent to plat/);
    await d.finish(jobId);
    expect(await showRunlog(d.deps, 'alice', jobId)).toContain('The job is finished.');
    expect(await problemOf(showRunlog(d.deps, 'bob', jobId))).toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
  });

  it('keeps the lines of one message together', () =>
    expect(logLine({ id: 'a', level: 'error', source: 'platform', message: 'a\nb' })).toBe('- ERROR platform: a\n    b\n'));
});

describe('The list of jobs', () => {
  const now = Date.parse('2026-03-02T00:00:00Z');
  const base = {
    jobId: 'j',
    platformId: 'plat',
    process: 'echo',
    created: '2026-03-01T10:00:00.000Z',
    updated: '2026-03-01T10:00:00.000Z',
  };
  const started = { started: '2026-03-01T10:00:10.000Z' };
  const finished = { ...base, ...started, status: 'successful', resultsAt: 'x', finished: '2026-03-01T10:01:10.000Z' } as Job;
  const running = { ...base, started: '2026-03-01T23:59:00.000Z', status: 'running' } as Job;
  const waiting = { ...base, status: 'queued' } as Job;
  const fits = (query: JobQuery) => [finished, running, waiting].map(jobFilter(query, () => 'plat:echo', now));

  it.each<[string, JobQuery, boolean[]]>([
    ['everything', {}, [true, true, true]],
    ['a status', { status: ['successful'] }, [true, false, false]],
    ['any of several statuses', { status: ['running', 'accepted'] }, [false, true, true]],
    ['a process', { processID: ['plat:echo'] }, [true, true, true]],
    ['another process', { processID: ['plat:other'] }, [false, false, false]],
    ['another type', { type: ['workflow'] }, [false, false, false]],
    ['a least duration, which has who ran only', { minDuration: 60 }, [true, true, false]],
    ['a longer least duration', { minDuration: 61 }, [false, false, false]],
    ['a most duration', { maxDuration: 60, minDuration: 0 }, [true, true, false]],
    ['a day', { datetime: '2026-03-01' }, [true, true, true]],
    ['a second', { datetime: '2026-03-01T10:00:00Z' }, [true, true, true]],
    ['from then on', { datetime: '2026-03-01T10:00:01Z/..' }, [false, false, false]],
    ['until then, in another zone', { datetime: '/2026-03-01T12:00:00+02:00' }, [true, true, true]],
  ])('by %s', (_, query, expected) => expect(fits(query)).toEqual(expected));

  it.each(['yesterday', '../..', '2026-03-01T10:00:00', '2026-03-02T00:00:00Z/2026-03-01T00:00:00Z', 'a/b/c', '/'])(
    'knows no time %s',
    (text) => expect(readDatetime(text)).toBeUndefined(),
  );

  it('refuses a time that is none by the name of the parameter', async () => {
    const d = door();
    expect(await problemOf(listJobs(d.deps, as('alice'), { limit: 1, datetime: 'x' }))).toMatchObject({
      errors: [{ pointer: 'datetime' }],
    });
  });

  it('tells an administrator of everybody, and of one user; nobody else', async () => {
    const d = door();
    await d.start();
    await d.w.send('bob');
    const owners = async (query: object) =>
      (await listJobs(d.deps, as('ada', true), { limit: 10, ...query })).jobs.map(({ owner }) => owner);
    expect((await owners({ owner: '*' })).toSorted()).toEqual(['alice', 'bob']);
    expect(await owners({ owner: 'bob' })).toEqual([undefined]);
    expect(await owners({})).toEqual([]);
    for (const owner of ['*', 'bob'])
      expect(await problemOf(listJobs(d.deps, as('alice'), { limit: 10, owner }))).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await listJobs(d.deps, as('alice'), { limit: 10, owner: 'alice' })).jobs).toHaveLength(1);
  });

  it('is paged with filters, without a job twice or left out', async () => {
    const d = door();
    const made: string[] = [];
    for (let i = 0; i < 5; i += 1) made.push(await d.start());
    for (const jobId of made.filter((_, i) => i % 2 === 0)) await d.deps.jobs.cancel(d.w.job(jobId));
    const found: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listJobs(d.deps, as('alice'), {
        limit: 1,
        status: ['dismissed'],
        type: ['process'],
        processID: ['plat:echo'],
        cursor,
      });
      found.push(...page.jobs.map(({ jobID }) => jobID));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(found).toEqual([made[4], made[2], made[0]]);
  });

  it('is paged', async () => {
    const d = door();
    for (let i = 0; i < 3; i += 1) await d.start();
    const first = await listJobs(d.deps, as('alice'), { limit: 2 });
    const second = await listJobs(d.deps, as('alice'), { limit: 2, cursor: first.cursor });
    const ids = [...first.jobs, ...second.jobs].map(({ jobID }) => jobID);
    expect(new Set(ids).size).toBe(3);
    expect(second.cursor).toBeUndefined();
  });
});

it('A failed job tells its reason and links to what went wrong', () => {
  const job = { jobId: 'j', platformId: 'p', process: 'x', status: 'failed', message: 'no', created: 'c', updated: 'u' } as Job;
  expect(statusInfo(job, 'p:x', url)).toMatchObject({
    status: 'failed',
    message: 'no',
    links: expect.arrayContaining([expect.objectContaining({ href: `${url}/jobs/j/results` })]),
  });
});
