import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Search } from '../../../lambdas/platforms/ports.ts';
import { FakeOpenEo } from '../../support/fake-openeo.ts';
import { openEoClient } from '../../support/openeo-client.ts';

const tag = '[swath:test/1.1]';
const submission = (inputs: Record<string, unknown> = {}, more: { title?: string; tag?: string; process?: string } = {}) => ({
  ...{ tag, process: 'echo', title: 'A job', inputs, format: 'gtiff' },
  ...more,
});
let fake: FakeOpenEo;
let client: ReturnType<typeof openEoClient>;

beforeEach(async () => {
  fake = await new FakeOpenEo().open();
  client = openEoClient(fake);
});
afterEach(() => fake.stop());

/** Creates a job and returns its id. */
async function create(inputs?: Record<string, unknown>): Promise<string> {
  const outcome = await client.create(submission(inputs));
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.platformJobId;
}
async function started(inputs?: Record<string, unknown>): Promise<string> {
  const id = await create(inputs);
  expect(await client.start(id)).toEqual({ kind: 'done' });
  return id;
}

describe('submitting', () => {
  it('creates a job that does not run yet, with the tag at the end of its title, then starts it', async () => {
    const id = await create({ seconds: 60 });
    expect(fake.jobs.get(id)?.body.title).toBe(`A job ${tag}`);
    expect([fake.creates.get(tag), fake.starts.get(tag)]).toEqual([1, undefined]);
    await client.start(id);
    expect(fake.starts.get(tag)).toBe(1);
  });

  it('needs two requests a job once the platform is known', async () => {
    await started();
    fake.requests.clear();
    const id = await started();
    expect([...fake.requests]).toEqual([
      ['POST /jobs', 1],
      [`POST /jobs/${id}/results`, 1],
    ]);
  });

  it('takes the id from Location where OpenEO-Identifier is missing', async () => {
    const headers = { location: 'http://elsewhere.invalid/jobs/a%20b' };
    fake.fault({ match: /^POST/, answer: { status: 201, headers } });
    expect(await client.create(submission())).toEqual({ kind: 'done', platformJobId: 'a b' });
  });

  const error = (code: string, message = 'because') => JSON.stringify({ code, message });
  const limit = error('ConcurrentJobLimit');
  const answers: [number, Record<string, string>, string, object][] = [
    [429, {}, '', { kind: 'capacity' }],
    [429, { 'retry-after': '7' }, '', { kind: 'capacity', retryAfterSeconds: 7 }],
    [503, { 'retry-after': '9' }, error('InfrastructureBusy'), { kind: 'capacity', retryAfterSeconds: 9, message: 'because' }],
    [400, {}, limit, { kind: 'capacity', message: 'because' }],
    [503, {}, error('InfrastructureMaintenance'), { kind: 'unavailable', closesLane: true }],
    [408, {}, error('RequestTimeout'), { kind: 'unavailable' }],
    [401, {}, error('AuthenticationRequired'), { kind: 'unavailable' }],
    [403, {}, error('TokenInvalid'), { kind: 'unavailable' }],
    [404, {}, error('UnsupportedApiVersion'), { kind: 'unavailable' }],
    [302, { location: 'http://127.0.0.1:9/' }, '', { kind: 'unavailable' }],
    [400, {}, error('ProcessUnsupported', 'no such process'), { kind: 'refused', message: 'no such process' }],
    [402, {}, error('PaymentRequired'), { kind: 'refused' }],
    [403, {}, error('PermissionsInsufficient'), { kind: 'refused' }],
    [404, {}, error('JobNotFound'), { kind: 'refused' }],
    [501, {}, error('FeatureUnsupported'), { kind: 'refused' }],
    [500, {}, error('Internal'), { kind: 'lost' }],
    [502, {}, '<html>', { kind: 'lost' }],
    [504, {}, '', { kind: 'lost' }],
    [303, { location: 'http://127.0.0.1:9/' }, '', { kind: 'lost' }],
  ];
  it.each(answers)('a create that is answered %i %j %s means %j', async (status, headers, body, outcome) => {
    fake.fault({ match: /^POST \/jobs$/, answer: { status, headers, body } });
    expect(await client.create(submission())).toMatchObject(outcome);
  });
  it.each(answers)('a start that is answered %i %j %s means %j', async (status, headers, body, outcome) => {
    const id = await create();
    fake.fault({ match: /^POST .*results$/, answer: { status, headers, body } });
    expect(await client.start(id)).toMatchObject(outcome);
  });

  it('does not know the job of a 201 that names none', async () => {
    fake.fault({ match: /^POST/, answer: { status: 201 } });
    expect((await client.create(submission())).kind).toBe('lost');
  });

  it('takes a start of a job that the platform has locked, because it runs, for done', async () => {
    const id = await started({ seconds: 60 });
    fake.fault({ match: /^POST/, answer: { status: 400, body: error('JobLocked') } });
    expect(await client.start(id)).toEqual({ kind: 'done' });
  });

  it.each(['drop', 'hang'] as const)('is unknown when the answer gets lost after the commit (%s)', async (answer) => {
    const remove = fake.fault({ match: /^POST \/jobs$/, answer, effect: 'now' });
    expect((await client.create(submission())).kind).toBe('lost');
    expect(fake.creates.get(tag)).toBe(1);
    remove();
    const id = await create();
    fake.fault({ match: /^POST .*results$/, answer, effect: 'now' });
    expect((await client.start(id)).kind).toBe('lost');
    expect(fake.jobs.get(id)?.runs).toBe(1);
  });

  it('is definite when nobody listens: nothing happened', async () => {
    await fake.close();
    expect(await client.create(submission())).toMatchObject({ kind: 'unavailable' });
    expect(await client.start('job-1')).toMatchObject({ kind: 'unavailable' });
  });

  it('meets the limits of the platform as capacity', async () => {
    fake.style.runningLimit = 1;
    await started({ seconds: 60 });
    expect(await client.start(await create())).toMatchObject({ kind: 'capacity' });
    fake.style.runningLimit = 10;
    fake.style.startsPerMinute = 1;
    expect(await client.start(await create())).toMatchObject({ kind: 'capacity', retryAfterSeconds: expect.any(Number) });
  });

  it('never lets an id leave its place in the path', async () => {
    for (const id of ['..', '.', '']) {
      expect((await client.start(id)).kind).toBe('refused');
      expect(await client.cancel(id)).toEqual({ kind: 'missing' });
    }
    expect(fake.requests.size).toBe(0);
  });
});

describe('reading a job', () => {
  it.each([
    ['created', 'created'],
    ['queued', 'queued'],
    ['running', 'running'],
    ['finished', 'successful'],
    ['error', 'failed'],
    ['canceled', 'dismissed'],
    ['cancelled', 'dismissed'],
  ])('reads %s as %s', async (says, phase) => {
    const { id } = fake.add({ says });
    expect(await client.status(id)).toMatchObject({ kind: 'found', value: { platformJobId: id, raw: says, phase } });
  });

  it.each(['paused', 'toString', ''])('keeps the word %j without a phase', async (says) => {
    const read = await client.status(fake.add({ says }).id);
    expect(read).toMatchObject({ kind: 'found', value: { raw: says } });
    expect(read).not.toHaveProperty('value.phase');
  });

  it.each([false, true])('tells why a job failed by the last error of its log, however long it is (like VITO: %s)', async (vito) => {
    fake.style.vito = vito;
    fake.style.pageSize = 3;
    const id = await started({ fail: 'cannot read band 9' });
    const entry = (n: number) => ({ id: `l${n}`, level: n === 2 ? 'error' : 'info', message: `entry ${n}` });
    fake.jobs.get(id)?.logs.push(...[0, 1, 2, 3, 4].map(entry));
    expect(await client.status(id)).toMatchObject({ value: { phase: 'failed', message: 'cannot read band 9 (before: entry 2)' } });
  });

  it('is failed although its log cannot be read', async () => {
    const id = await started({ fail: 'x' });
    fake.fault({ match: /logs/, answer: { status: 500 } });
    expect(await client.status(id)).toMatchObject({ value: { phase: 'failed', message: expect.stringContaining('does not tell why') } });
  });

  it('is missing when the platform does not know it, and unavailable when the platform is not well', async () => {
    expect(await client.status('nobody')).toEqual({ kind: 'missing' });
    const { id } = fake.add();
    for (const answer of [
      { status: 500 },
      { status: 429 },
      { status: 302 },
      { status: 401 },
      { status: 404, body: '{"code": "UnsupportedApiVersion", "message": "gone"}' },
      { status: 200, body: '<html>' },
      { status: 200, body: '{"id": "x"}' },
      'drop',
      'hang',
    ] as const) {
      fake.fault({ match: /^GET \/jobs/, times: 1, answer });
      expect((await client.status(id)).kind).toBe('unavailable');
    }
    expect((await client.status(id)).kind).toBe('found');
  });
});

describe('cancelling a job', () => {
  it('deletes one that is only created, and finds it gone the second time', async () => {
    const id = await create();
    expect((await client.cancel(id)).kind).toBe('found');
    expect(fake.jobs.has(id)).toBe(false);
    expect(await client.cancel(id)).toEqual({ kind: 'missing' });
  });

  it('stops a running one and keeps its partial results', async () => {
    fake.style.partialResults = true;
    const id = await started({ seconds: 60 });
    expect((await client.cancel(id)).kind).toBe('found');
    expect(await client.status(id)).toMatchObject({ value: { phase: 'dismissed' } });
  });

  it('deletes one that goes back to created by being stopped, so that nothing is left to start', async () => {
    fake.style.queuedMs = 60_000;
    const id = await started();
    expect((await client.cancel(id)).kind).toBe('found');
    expect(fake.jobs.has(id)).toBe(false);
  });

  it('leaves one alone that is over', async () => {
    const id = await started();
    expect((await client.cancel(id)).kind).toBe('found');
    expect(await client.results(id)).toMatchObject({ kind: 'found' });
  });

  it('is not done when the platform does not answer', async () => {
    const id = await started({ seconds: 60 });
    fake.fault({ match: /^DELETE/, answer: { status: 500 } });
    expect((await client.cancel(id)).kind).toBe('unavailable');
  });
});

describe('results', () => {
  it.each([false, true])('are the assets of the STAC document with their signed links (like VITO: %s)', async (vito) => {
    fake.style.vito = vito;
    const id = await started();
    const href = `${fake.url}/files/${id}/openEO.tif?signature=abc`;
    const source = `${fake.url}/openeo/1.2/jobs/${id}/results`;
    expect(await client.results(id)).toEqual({
      kind: 'found',
      value: {
        outputs: [
          { name: 'openEO.tif', href, source, type: 'image/tiff; application=geotiff', title: 'Image' },
          { name: 'job.json', href: href.replace('openEO.tif', 'job.json'), source, type: 'application/json' },
        ],
      },
    });
  });

  it('with relative links are resolved against the document', async () => {
    const id = await started();
    fake.fault({ match: /results/, answer: { status: 200, body: '{"assets": {"a": {"href": "../a.tif"}}}' } });
    expect(await client.results(id)).toMatchObject({ value: { outputs: [{ name: 'a', href: `${fake.url}/openeo/1.2/jobs/a.tif` }] } });
  });

  it('that are not ready, only a part, of a failed job or unreadable are unavailable', async () => {
    expect((await client.results(await started({ seconds: 60 }))).kind).toBe('unavailable');
    expect(await client.results(await started({ fail: 'no data' }))).toEqual({ kind: 'unavailable', message: 'no data' });
    const id = await started();
    for (const body of ['{"assets": {}, "openeo:status": "running"}', '{"assets": 3}', '<html>']) {
      fake.fault({ match: /results/, times: 1, answer: { status: 200, body } });
      expect((await client.results(id)).kind).toBe('unavailable');
    }
    expect((await client.results('nobody')).kind).toBe('missing');
  });
});

describe('the log', () => {
  it('is read page by page, each after the entry that was seen last', async () => {
    fake.style.pageSize = 2;
    const id = await started({ seconds: 60 });
    const entry = (n: number) => ({ id: `l${n}`, level: 'info', message: `entry ${n}` });
    fake.jobs.get(id)?.logs.push(...[0, 1, 2].map(entry));
    expect(await client.logs(id, { limit: 10 })).toEqual({ kind: 'found', value: { entries: [entry(0), entry(1)], more: true } });
    expect(await client.logs(id, { limit: 10, after: 'l1' })).toEqual({ kind: 'found', value: { entries: [entry(2)], more: false } });
    expect((await client.logs(id, { limit: 1 })).kind === 'found').toBe(true);
  });

  it('is missing with its job, and unavailable where it cannot be read', async () => {
    expect(await client.logs('nobody', { limit: 1 })).toEqual({ kind: 'missing' });
    const id = await started();
    for (const answer of [{ status: 500 }, { status: 200, body: '<html>' }]) {
      fake.fault({ match: /logs/, times: 1, answer });
      expect((await client.logs(id, { limit: 1 })).kind).toBe('unavailable');
    }
  });
});

describe('an estimate', () => {
  it('has costs in the currency of the back-end, and is left out where it is of no use', async () => {
    const id = await started({ seconds: 60 });
    const whole = { costs: 12.5, duration: 'PT1H', size: 1e9, expires: '2026-11-01T00:00:00Z' };
    fake.style.estimate = { ...whole, downloads_included: 5 };
    expect(await client.estimate(id)).toEqual({ kind: 'found', value: { ...whole, currency: 'EUR' } });
    fake.style.estimate = { duration: 'PT1H', costs: 'much' };
    expect(await client.estimate(id)).toEqual({ kind: 'found', value: { duration: 'PT1H' } });
    fake.style.estimate = { expires: 'soon' };
    expect(await client.estimate(id)).toEqual({ kind: 'missing' });
  });

  it('is missing where the back-end has none, and unavailable where it cannot be read', async () => {
    const id = await started({ seconds: 60 });
    expect(await client.estimate(id)).toEqual({ kind: 'missing' });
    expect(await client.estimate('nobody')).toEqual({ kind: 'missing' });
    const complex = { status: 500, body: JSON.stringify({ code: 'EstimateComplexity', message: 'Too complex.' }) };
    fake.fault({ match: /estimate/, times: 1, answer: complex });
    expect(await client.estimate(id)).toEqual({ kind: 'missing' });
    for (const answer of [{ status: 500 }, { status: 200, body: '<html>' }]) {
      fake.fault({ match: /estimate/, times: 1, answer });
      expect((await client.estimate(id)).kind).toBe('unavailable');
    }
  });
});

describe('partial results', () => {
  it.each([{ seconds: 60 }, { fail: 'no data' }])('are those of a job that goes on or failed (%j)', async (inputs) => {
    fake.style.partialResults = true;
    const id = await started(inputs);
    expect(await client.partialResults(id)).toMatchObject({ kind: 'found', value: { outputs: [{ name: 'part-1.tif' }] } });
    expect((await client.results(id)).kind).toBe('unavailable');
  });

  it('are missing where the back-end has none, and unavailable where it is not well', async () => {
    const id = await started({ seconds: 60 });
    expect(await client.partialResults(id)).toEqual({ kind: 'missing' });
    fake.fault({ match: /partial=true/, answer: { status: 502 } });
    expect((await client.partialResults(id)).kind).toBe('unavailable');
  });
});

describe('finding a job whose create answer was lost', () => {
  const search: Search = { tag, process: 'echo', from: 0, until: 0, known: new Set() };

  it.each([false, true])('finds it by its tag on whatever page it stands (like VITO: %s)', async (vito) => {
    fake.style.vito = vito;
    for (let n = 0; n < 12; n += 1) fake.add({ title: `other ${n}` });
    fake.fault({ match: /^POST/, times: 1, answer: 'drop', effect: 'now' });
    await client.create(submission());
    for (let n = 0; n < 12; n += 1) fake.add({ title: `other ${n}` });
    expect(await client.find(search)).toMatchObject({ kind: 'found', value: [{ platformJobId: 'job-13', phase: 'created' }] });
    expect(fake.requests.get('GET /jobs')).toBe(3);
  });

  it('gives several oldest first, and none when there is none', async () => {
    expect(await client.find(search)).toEqual({ kind: 'found', value: [] });
    fake.add({ id: 'second', title: `b ${tag}`, created: 2000 });
    fake.add({ id: 'first', title: `a ${tag}`, created: 1000 });
    expect(await client.find(search)).toMatchObject({ value: [{ platformJobId: 'first' }, { platformJobId: 'second' }] });
  });

  it('is not deceived by a user who writes the tag of another job into a title, or by a longer number', async () => {
    await client.create(submission({}, { title: `mine ${tag}`, tag: '[swath:test/2.1]' }));
    await client.create(submission({}, { tag: '[swath:test/11.1]' }));
    fake.add({ title: `${tag} copy` });
    fake.add();
    expect(await client.find(search)).toEqual({ kind: 'found', value: [] });
  });

  it('keeps the tag whole however long the title is', async () => {
    await client.create(submission({}, { title: 'x'.repeat(255) }));
    expect([...fake.jobs.values()][0]?.body.title).toHaveLength(250);
    expect(await client.find(search)).toMatchObject({ value: [{ platformJobId: 'job-1' }] });
  });

  const page = (more: object) => ({ status: 200, body: JSON.stringify({ jobs: [], links: [], ...more }) });
  const next = (href: string) => page({ links: [{ rel: 'next', href }] });
  it.each([
    ['a page that fails', { status: 500 }],
    ['a page that is not there', { status: 404 }],
    ['a page that is no list', page({ jobs: 'none' })],
    ['a page without the jobs of a back-end that is down', page({ 'federation:missing': ['b'] })],
    ['a next page on another host', next('http://127.0.0.1:9/openeo/1.2/jobs?page=2')],
    ['a next page outside the API', next('/other/jobs')],
    ['pages that go round in a circle', next('?limit=1000')],
  ])('does not take %s for "there is none", which would run the job twice', async (_, answer) => {
    fake.fault({ match: /^GET \/jobs/, answer });
    expect((await client.find(search)).kind).toBe('unavailable');
  });
});

describe('reading a list', () => {
  it('asks for 100 a page and follows rel=next; each request is one page', async () => {
    for (let n = 0; n < 12; n += 1) fake.add({ says: 'running', body: { title: `A job [swath:test/${n}.1]` } });
    const first = await client.list();
    expect(first).toMatchObject({ kind: 'found', value: { next: expect.stringMatching(/^\/jobs\?limit=/) } });
    const next = first.kind === 'found' ? first.value.next : undefined;
    const second = await client.list(next);
    expect(second).toMatchObject({ value: { jobs: [{ tag: '[swath:test/10.1]', phase: 'running' }, { tag: '[swath:test/11.1]' }] } });
    expect(second).not.toHaveProperty('value.next');
  });

  it('leaves out entries that cannot be read, and keeps the others', async () => {
    const jobs = [
      null,
      {},
      { id: 7 },
      { id: 'no-status' },
      { id: 'a', status: 'running', created: 'yesterday' },
      { id: 'b', status: 'new word' },
    ];
    fake.fault({
      match: /^GET \/jobs/,
      answer: { status: 200, body: JSON.stringify({ jobs, links: 'none', 'federation:missing': ['x'] }) },
    });
    expect(await client.list()).toEqual({
      kind: 'found',
      value: {
        jobs: [
          { platformJobId: 'a', raw: 'running', phase: 'running' },
          { platformJobId: 'b', raw: 'new word' },
        ],
      },
    });
  });

  it.each([{ status: 500 }, { status: 200, body: '[]' }, { status: 200, body: '<html>' }, 'drop'] as const)(
    'is unavailable when a page is answered %j',
    async (answer) => {
      fake.fault({ match: /^GET \/jobs/, answer });
      expect((await client.list()).kind).toBe('unavailable');
    },
  );
});
