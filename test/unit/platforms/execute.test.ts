import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CallOutcome, Executed } from '../../../lambdas/platforms/ports.ts';
import { OgcProcessesClient } from '../../../lambdas/platforms/ogc-processes/client.ts';
import { systemClock } from '../../../lambdas/shared/time/system.ts';
import { FakeOgc } from '../../support/fake-ogc.ts';
import { FakeOpenEo } from '../../support/fake-openeo.ts';
import { openEoClient } from '../../support/openeo-client.ts';

const submission = (inputs: Record<string, unknown> = {}) => ({
  ...{ tag: '[swath:test/1.1]', process: 'echo', title: 'A job', inputs, format: 'gtiff' },
});
const stays = new AbortController().signal;
const times = { connectSeconds: 1, readSeconds: 5 };
const textOf = (outcome: CallOutcome<Executed>): string =>
  outcome.kind === 'done' && outcome.answer ? Buffer.from(outcome.answer.bytes).toString() : JSON.stringify(outcome);

describe('the synchronous call of an OGC API - Processes server', () => {
  let ogc: FakeOgc;
  let client: OgcProcessesClient;
  beforeEach(async () => {
    ogc = await new FakeOgc().open();
    client = new OgcProcessesClient({ baseUrl: ogc.url }, times, systemClock);
  });
  afterEach(() => ogc.stop());

  it('is answered with the result, names the job that the server keeps, and tells the outputs apart', async () => {
    const outcome = await client.execute(submission({ seconds: 0.1 }), stays);
    expect(outcome).toMatchObject({ kind: 'done', platformJobId: 'job-1', answer: { contentType: 'application/json' } });
    expect(JSON.parse(textOf(outcome))).toMatchObject({ inputs: { value: { seconds: 0.1 } } });
    expect(outcome.kind === 'done' && outcome.answer && outcome.outputs.map(({ name }) => name)).toEqual(['image', 'inputs']);
    expect(ogc.preferences).toEqual([undefined]);
  });

  it('keeps bytes as they are', async () => {
    ogc.fault({ match: /^POST/, answer: { status: 200, headers: { 'content-type': 'image/tiff' }, body: 'II*\u0000' } });
    expect(await client.execute(submission(), stays)).toMatchObject({
      kind: 'done',
      answer: { contentType: 'image/tiff', bytes: Buffer.from('II*\u0000') },
      outputs: [],
    });
  });

  it('of a process that runs as a job only is a job', async () => {
    const headers = { location: `${ogc.url}/jobs/j-9` };
    ogc.fault({ match: /^POST/, answer: { status: 201, headers, body: '{"jobID":"j-9","status":"accepted"}' } });
    expect(await client.execute(submission(), stays)).toEqual({ kind: 'done', platformJobId: 'j-9' });
  });

  it.each([
    ['a fault of the request', { status: 400, body: '{"description":"no such band"}' }, { kind: 'refused', message: 'no such band' }],
    ['no room', { status: 429, headers: { 'retry-after': '7' } }, { kind: 'capacity', retryAfterSeconds: 7 }],
    ['a server that broke', { status: 500 }, { kind: 'lost' }],
    ['a broken connection', 'drop' as const, { kind: 'lost' }],
  ])('tells %s', async (_, answer, expected) => {
    ogc.fault({ match: /^POST/, answer });
    expect(await client.execute(submission(), stays)).toMatchObject(expected);
  });

  it('is broken off when its caller leaves', async () => {
    const leave = new AbortController();
    ogc.fault({ match: /^POST/, answer: 'hang' });
    const outcome = client.execute(submission(), leave.signal);
    setTimeout(() => leave.abort(), 50);
    expect(await outcome).toMatchObject({ kind: 'lost' });
  });

  it('that was never sent may be sent again', async () => {
    await ogc.close();
    expect(await client.execute(submission(), stays)).toMatchObject({ kind: 'unavailable' });
  });
});

describe('the synchronous call of an openEO back-end', () => {
  let fake: FakeOpenEo;
  let client: ReturnType<typeof openEoClient>;
  beforeEach(async () => {
    fake = await new FakeOpenEo().open();
    client = openEoClient(fake, { readSeconds: 5 });
  });
  afterEach(() => fake.stop());

  it('is answered with the result and makes no job', async () => {
    const outcome = await client.execute(submission({ seconds: 0.1 }), stays);
    expect(outcome).toMatchObject({ kind: 'done', answer: { contentType: 'application/json' } });
    expect(JSON.parse(textOf(outcome))).toMatchObject({ heard: { seconds: 0.1 } });
    expect([fake.jobs.size, fake.requests.get('POST /result')]).toEqual([0, 1]);
  });

  it('brings a file of more megabytes than a description may have, whole', async () => {
    const outcome = await client.execute(submission({ bytes: 9 * 1024 * 1024 }), stays);
    expect(outcome.kind === 'done' && outcome.answer?.bytes.length).toBe(9 * 1024 * 1024);
  });

  it('tells why the back-end refused it, and asks no second time', async () => {
    expect(await client.execute(submission({ fail: 'no such band' }), stays)).toMatchObject({ kind: 'refused', message: 'no such band' });
    expect(fake.requests.get('POST /result')).toBe(1);
  });

  it('of a process that there is not is refused before anything is sent', async () => {
    expect(await client.execute({ ...submission(), process: 'nothing' }, stays)).toMatchObject({ kind: 'refused' });
    expect(fake.requests.get('POST /result')).toBeUndefined();
  });
});
