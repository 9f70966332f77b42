import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { OgcProcessesClient } from '../../../lambdas/platforms/ogc-processes/client.ts';
import type { Search } from '../../../lambdas/platforms/ports.ts';
import { systemClock } from '../../../lambdas/shared/time/system.ts';
import { FakeOgc } from '../../support/fake-ogc.ts';

const times = { connectSeconds: 1, readSeconds: 1 };
const submission = (inputs: Record<string, unknown> = {}) => ({ tag: '[swath:test/1.1]', process: 'slow', title: 'A job', inputs });
let ogc: FakeOgc;
let client: OgcProcessesClient;

beforeEach(async () => {
  ogc = await new FakeOgc().open();
  client = new OgcProcessesClient({ baseUrl: `${ogc.url}/` }, times, systemClock);
});
afterEach(() => ogc.stop());

/** Creates a job and returns its id. */
async function create(inputs?: Record<string, unknown>): Promise<string> {
  const outcome = await client.create(submission(inputs));
  if (outcome.kind !== 'done') throw new Error(JSON.stringify(outcome));
  return outcome.platformJobId;
}

describe('creating a job', () => {
  it('asks for an asynchronous run with exactly the one word that pygeoapi understands', async () => {
    expect(await client.create(submission({ title: 'a', seconds: 60 }))).toMatchObject({
      kind: 'done',
      platformJobId: 'job-1',
      news: { raw: 'accepted', phase: 'queued' },
    });
    expect(ogc.preferences).toEqual(['respond-async']);
    expect(ogc.titled('a')[0]?.inputs).toEqual({ title: 'a', seconds: 60 });
  });

  it('reads the id of the 2.0 draft', async () => {
    ogc.style.createBody = 'id';
    expect(await create()).toBe('job-1');
  });

  it('takes the id from Location, whatever host it names, when the body is null', async () => {
    ogc.style.createBody = 'null';
    expect(await client.create(submission())).toEqual({ kind: 'done', platformJobId: 'job-1' });
  });

  it('takes a synchronous answer for a job that is done', async () => {
    ogc.style.sync = true;
    expect(await client.create(submission())).toMatchObject({ kind: 'done', platformJobId: 'job-1', news: { phase: 'successful' } });
  });

  it('fails a job whose synchronous result nobody keeps, instead of running it again and again', async () => {
    ogc.fault({ match: /^POST/, answer: { status: 200, body: '{"ndvi": 1}' } });
    expect((await client.create(submission())).kind).toBe('refused');
  });

  it('encodes the process id and never lets it leave its place in the path', async () => {
    expect((await client.create({ ...submission(), process: 'a/../b?c' })).kind).toBe('done');
    expect([...ogc.jobs.values()][0]?.processID).toBe('a/../b?c');
    const sent = [...ogc.requests];
    expect((await client.create({ ...submission(), process: '..' })).kind).toBe('refused');
    expect(await client.cancel('..')).toEqual({ kind: 'missing' });
    expect([...ogc.requests]).toEqual(sent);
  });

  const inFuture = new Date(Date.now() + 3_600_000).toUTCString();
  it.each([
    [429, {}, { kind: 'capacity' }],
    [429, { 'retry-after': '7' }, { kind: 'capacity', retryAfterSeconds: 7 }],
    [503, { 'retry-after': '9' }, { kind: 'capacity', retryAfterSeconds: 9 }],
    [503, { 'retry-after': inFuture }, { kind: 'capacity' }],
    [503, {}, { kind: 'unavailable', closesLane: true }],
    [408, {}, { kind: 'unavailable' }],
    [301, { location: 'http://127.0.0.1:9/' }, { kind: 'unavailable' }],
    [307, { location: 'http://127.0.0.1:9/' }, { kind: 'unavailable' }],
    [303, { location: 'http://127.0.0.1:9/' }, { kind: 'lost' }],
    [500, {}, { kind: 'lost' }],
    [502, {}, { kind: 'lost' }],
    [504, {}, { kind: 'lost' }],
    [400, {}, { kind: 'refused' }],
    [404, {}, { kind: 'refused' }],
    [201, {}, { kind: 'lost' }],
    [200, {}, { kind: 'lost' }],
  ])('%i with headers %j means %j', async (status, headers, outcome) => {
    ogc.fault({ match: /^POST/, answer: { status, headers, body: '<html>not JSON' } });
    expect(await client.create(submission())).toMatchObject(outcome);
  });

  it.each([
    [{ code: 'InvalidParameterValue', type: 'InvalidParameterValue', description: 'no such band' }, 'no such band'],
    [{ type: 'about:blank', title: 'Bad Request', detail: 'bbox is empty' }, 'bbox is empty'],
    [{ type: 'about:blank', title: 'Bad Request' }, 'Bad Request'],
    [{ message: 'a\nb' }, 'a b'],
    [[], 'The platform answered 400.'],
  ])("passes on the platform's own words: %j", async (body, message) => {
    ogc.fault({ match: /^POST/, answer: { status: 400, body: JSON.stringify(body) } });
    expect(await client.create(submission())).toEqual({ kind: 'refused', message });
  });

  it('is definite when nobody listens: nothing happened', async () => {
    await ogc.close();
    expect(await client.create(submission())).toMatchObject({ kind: 'unavailable', message: expect.stringContaining('ECONNREFUSED') });
  });

  it('is definite when the host has no address', async () => {
    const nowhere = new OgcProcessesClient({ baseUrl: 'http://platform.invalid' }, times, systemClock);
    expect((await nowhere.create(submission())).kind).toBe('unavailable');
  });

  it.each(['drop', 'hang'] as const)('is unknown when the answer gets lost after the commit (%s)', async (answer) => {
    ogc.fault({ match: /^POST/, answer, effect: 'now' });
    expect((await client.create(submission({ title: 'a' }))).kind).toBe('lost');
    expect(ogc.startsOf('a')).toBe(1);
  });

  it('is unknown when the answer breaks off in the middle', async () => {
    ogc.fault({ match: /^POST/, answer: { status: 201, headers: { 'content-length': '1000' }, body: '{"jobID"' } });
    expect((await client.create(submission())).kind).toBe('lost');
  });

  it('cannot start a job a second time', async () => {
    expect((await client.start()).kind).toBe('refused');
  });
});

describe('reading a job', () => {
  it.each([
    ['accepted', 'queued'],
    ['running', 'running'],
    ['successful', 'successful'],
    ['failed', 'failed'],
    ['dismissed', 'dismissed'],
    ['created', 'created'],
  ])('reads %s as %s', async (says, phase) => {
    const { jobID } = ogc.add({ processID: 'slow', says });
    expect(await client.status(jobID)).toMatchObject({ kind: 'found', value: { platformJobId: jobID, raw: says, phase } });
  });

  it.each(['paused', 'toString', ''])('keeps the word %j without a phase', async (says) => {
    const { jobID } = ogc.add({ processID: 'slow', says });
    const read = await client.status(jobID);
    expect(read).toMatchObject({ kind: 'found', value: { raw: says } });
    expect(read).not.toHaveProperty('value.phase');
  });

  it('tells why a job failed from its status, since its results do not', async () => {
    const id = await create({ fail: 'cannot read band 9' });
    expect(await client.status(id)).toMatchObject({ value: { phase: 'failed', message: 'cannot read band 9', progress: 5 } });
    expect(await client.results(id)).toEqual({ kind: 'unavailable', message: 'job failed' });
  });

  it('is missing when the platform does not know it, and unavailable when the platform is not well', async () => {
    expect(await client.status('nobody')).toEqual({ kind: 'missing' });
    expect(await client.status('..')).toEqual({ kind: 'missing' });
    const { jobID } = ogc.add({ processID: 'slow' });
    for (const answer of [
      { status: 500 },
      { status: 429 },
      { status: 302 },
      { status: 200, body: '<html>' },
      { status: 200, body: '[]' },
      'drop',
      'hang',
    ] as const) {
      ogc.fault({ match: /^GET/, times: 1, answer });
      expect((await client.status(jobID)).kind).toBe('unavailable');
    }
    expect((await client.status(jobID)).kind).toBe('found');
  });

  it('describes a process', async () => {
    expect(await client.describe('slow')).toEqual({ kind: 'found', value: { id: 'slow', title: 'The slow process', version: '1.0.0' } });
    ogc.fault({ match: /^GET/, answer: { status: 404 } });
    expect(await client.describe('slow')).toEqual({ kind: 'missing' });
  });
});

describe('cancelling a job', () => {
  it('deletes it, and finds it gone the second time', async () => {
    const id = await create({ seconds: 60 });
    expect((await client.cancel(id)).kind).toBe('found');
    expect(ogc.jobs.has(id)).toBe(false);
    expect((await client.cancel(id)).kind).toBe('missing');
  });

  it('takes 410 for gone and anything else for not done', async () => {
    ogc.fault({ match: /^DELETE/, times: 1, answer: { status: 410 } });
    expect((await client.cancel('job-1')).kind).toBe('missing');
    ogc.fault({ match: /^DELETE/, times: 1, answer: { status: 405 } });
    expect((await client.cancel('job-1')).kind).toBe('unavailable');
  });
});

describe('results', () => {
  it.each(['map', 'outputs'] as const)('come by reference and by value (%s)', async (form) => {
    ogc.style.resultsForm = form;
    const id = await create({ title: 'a' });
    expect(await client.results(id)).toEqual({
      kind: 'found',
      value: {
        outputs: [
          { name: 'image', href: `${ogc.url}/files/${id}.tif`, type: 'image/tiff; application=geotiff' },
          { name: 'inputs', value: { title: 'a' } },
        ],
      },
    });
  });

  it('are not missing when they are not ready', async () => {
    expect((await client.results(await create({ seconds: 60 }))).kind).toBe('unavailable');
    expect((await client.results('nobody')).kind).toBe('missing');
  });

  it('that are no JSON, or too large to read, are a reference to themselves', async () => {
    const id = await create();
    ogc.fault({ match: /results/, times: 1, answer: { status: 200, headers: { 'content-type': 'image/tiff' }, body: 'II*' } });
    const href = `${ogc.url}/jobs/${id}/results`;
    expect(await client.results(id)).toEqual({ kind: 'found', value: { outputs: [{ name: 'result', href, type: 'image/tiff' }] } });
    const body = JSON.stringify({ text: 'x'.repeat(9 * 1024 * 1024) });
    ogc.fault({ match: /results/, times: 1, answer: { status: 200, headers: { 'content-type': 'application/json' }, body } });
    expect(await client.results(id)).toEqual({ kind: 'found', value: { outputs: [{ name: 'result', href, type: 'application/json' }] } });
  });
});

describe('finding a job whose create answer was lost', () => {
  const search = (more: Partial<Search> = {}): Search => ({
    ...{ tag: '', process: 'slow', from: Date.now() - 1000, until: Date.now() + 60_000, known: new Set<string>() },
    ...more,
  });
  const ids = async (more?: Partial<Search>) => {
    const found = await client.find(search(more));
    return found.kind === 'found' ? found.value.map((one) => one.platformJobId) : found;
  };

  it('finds it on the last page of a list that is oldest first', async () => {
    for (let i = 0; i < 25; i += 1) ogc.add({ processID: 'slow', created: Date.now() - 3_600_000 });
    ogc.fault({ match: /^POST/, times: 1, answer: 'drop', effect: 'now' });
    await client.create(submission());
    expect(await ids()).toEqual(['job-26']);
    expect(ogc.requests.get('GET /jobs')).toBe(3);
  });

  it('leaves out other processes, jobs of ours, and what was created before or after', async () => {
    const now = Date.now();
    ogc.add({ jobID: 'mine', processID: 'slow', created: now });
    ogc.add({ jobID: 'known', processID: 'slow', created: now });
    ogc.add({ jobID: 'other', processID: 'fast', created: now });
    ogc.add({ jobID: 'before', processID: 'slow', created: now - 30_000 });
    ogc.add({ jobID: 'after', processID: 'slow', created: now + 90_000 });
    expect(await ids({ known: new Set(['known']) })).toEqual(['mine']);
  });

  it('gives several oldest first', async () => {
    ogc.add({ jobID: 'second', processID: 'slow', created: Date.now() + 500 });
    ogc.add({ jobID: 'first', processID: 'slow', created: Date.now() });
    expect(await ids()).toEqual(['first', 'second']);
  });

  it.each([-3_600_000, 3_600_000])('reckons with a platform clock that is %i ms ahead', async (clockAheadMs) => {
    ogc.style.clockAheadMs = clockAheadMs;
    ogc.add({ jobID: 'mine', processID: 'slow' });
    expect(await ids()).toEqual(['mine']);
  });

  it('says so when there is none', async () => {
    expect(await ids()).toEqual([]);
  });

  it.each([
    ['a page that fails', { status: 500 }],
    ['a page that is no list', { status: 200, body: '{"jobs": "none"}' }],
    [
      'a next page on another host',
      { status: 200, body: '{"jobs": [], "links": [{"rel": "next", "href": "http://127.0.0.1:9/ogc/jobs"}]}' },
    ],
    ['a next page outside the base URL', { status: 200, body: '{"jobs": [], "links": [{"rel": "next", "href": "/other/jobs"}]}' }],
    ['pages that go round in a circle', { status: 200, body: '{"jobs": [], "links": [{"rel": "next", "href": "?offset=0"}]}' }],
    ['a job without any time', { status: 200, body: '{"jobs": [{"jobID": "x", "status": "accepted", "processID": "slow"}]}' }],
  ])('does not take %s for "there is none", which would run the job twice', async (_, answer) => {
    ogc.fault({ match: /^GET/, answer });
    expect((await client.find(search())).kind).toBe('unavailable');
  });

  it('finds a create that took effect after the client had given up', async () => {
    ogc.fault({ match: /^POST/, answer: 'drop', effect: { afterMs: 20 } });
    const committed = new Promise<void>((resolve) => {
      const set = ogc.jobs.set.bind(ogc.jobs);
      ogc.jobs.set = (id, job) => {
        resolve();
        return set(id, job);
      };
    });
    expect((await client.create(submission())).kind).toBe('lost');
    await committed;
    expect(await ids()).toEqual(['job-1']);
  });
});

describe('reading a list', () => {
  it('takes a page in one request, and leads to the next', async () => {
    for (let n = 0; n < 12; n += 1) ogc.add({ processID: 'slow' });
    const first = await client.list();
    expect(first).toMatchObject({ kind: 'found', value: { next: expect.stringContaining('/jobs?offset=') } });
    const second = await client.list(first.kind === 'found' ? first.value.next : undefined);
    expect(second).toMatchObject({ value: { jobs: [{ platformJobId: 'job-12' }, { platformJobId: 'job-11' }] } });
    expect(second).not.toHaveProperty('value.next');
    expect(ogc.requests.get('GET /jobs')).toBe(2);
  });

  it('leaves out entries that cannot be read, and ends where it would leave the base URL', async () => {
    const jobs = [null, {}, { jobID: 'no-status' }, { id: 'a', status: 'accepted' }, { jobID: 'b', status: 'odd', progress: 'x' }];
    const links = [{ rel: 'next', href: 'http://127.0.0.1:9/jobs' }];
    ogc.fault({ match: /^GET/, answer: { status: 200, body: JSON.stringify({ jobs, links }) } });
    expect(await client.list()).toEqual({
      kind: 'found',
      value: {
        jobs: [
          { platformJobId: 'a', raw: 'accepted', phase: 'queued' },
          { platformJobId: 'b', raw: 'odd' },
        ],
      },
    });
  });

  it('is missing where the server has none', async () => {
    ogc.fault({ match: /^GET/, answer: { status: 404 } });
    expect(await client.list()).toEqual({ kind: 'missing' });
  });
});

describe('a server that wants a token', () => {
  it('is sent one; one that it refuses is got anew for the next request, which alone fails no job', async () => {
    const refused: (string | undefined)[] = [];
    const authorized = new OgcProcessesClient({ baseUrl: ogc.url }, times, systemClock, async (last) => {
      refused.push(last);
      return last === undefined ? 'Bearer first' : 'Bearer second';
    });
    ogc.fault({ match: /^POST/, times: 1, answer: { status: 401, body: '{"detail": "first is no token of ours"}' } });
    expect(await authorized.create(submission())).toEqual({ kind: 'unavailable', message: '[redacted] is no token of ours' });
    expect((await authorized.create(submission())).kind).toBe('done');
    expect(refused).toEqual([undefined, 'Bearer first']);
    expect(ogc.authorizations).toEqual(['Bearer first', 'Bearer second']);
  });

  it('is asked nothing while there is none', async () => {
    const locked = new OgcProcessesClient({ baseUrl: ogc.url }, times, systemClock, async () => {
      throw new Error('No account is set.');
    });
    expect(await locked.create(submission())).toEqual({ kind: 'unavailable', message: 'No account is set.' });
    expect(ogc.authorizations).toEqual([]);
  });
});
