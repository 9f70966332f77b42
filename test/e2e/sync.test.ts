import { describe, expect, it } from '@jest/globals';
import type { JobDetail } from '../../lambdas/dispatch/model.ts';
import { aFakeJob, aTitle, ended, getJob, jobBody, untilJob, type ErrorBody, type JobWish } from '../support/jobs.ts';
import { api, local, token } from '../support/local.ts';

const run = <T>(wish: JobWish = {}) =>
  api<T>('POST', '/sync_jobs', {
    as: 'alice',
    body: jobBody(wish),
    headers: { ...(wish.prefer ? { prefer: wish.prefer } : {}), ...(wish.key ? { 'idempotency-key': wish.key } : {}) },
  });
/** Waits as long as it takes: the same request, sent again with its key, waits for the job that it made the first time. */
async function patiently<T>(wish: JobWish) {
  const key = aTitle('patient');
  let answer = await run<T>({ ...wish, key });
  for (let again = 0; answer.status === 303 && answer.headers.has('retry-after') && again < 4; again += 1)
    answer = await run<T>({ ...wish, key });
  return answer;
}
/** The job that an answer's `Link` or `Location` leads to. */
const idIn = (headers: Headers): string => /unit_jobs\/([\w-]+)/.exec(headers.get('link') ?? headers.get('location') ?? '')![1]!;

describe('A request for a result', () => {
  it.concurrent('is answered with the outputs of a built-in process, which are then a job with results', async () => {
    const answer = await patiently<{ text: string }>({ title: aTitle('echo'), parameters: { text: 'São João' } });
    expect([answer.status, answer.body]).toEqual([200, { text: 'São João' }]);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const id = idIn(answer.headers);
    expect(await getJob(id)).toMatchObject({ status: 'finished', resultsReady: true });
    const results = await api<{ properties: Record<string, unknown>; assets: Record<string, { href: string }> }>(
      'GET',
      `/unit_jobs/${id}/results`,
      { as: 'alice' },
    );
    expect(results.body.properties['swath:outputs']).toEqual({ text: 'São João' });
    expect(await (await fetch(results.body.assets['answer']!.href)).json()).toEqual({ text: 'São João' });
  });

  it.concurrent('is answered as an OGC server answers it', async () => {
    const title = aTitle('sync-ogc');
    const { status, body } = await patiently({ platform: 'fake-jobs', application: 'anything', title, parameters: { title, seconds: 1 } });
    expect([status, body]).toEqual([200, { image: expect.anything(), inputs: { value: { title, seconds: 1 } } }]);
  });

  it.concurrent('is answered with the bytes of an openEO back-end', async () => {
    const title = aTitle('bytes');
    const send = async () =>
      fetch(`${local().apiUrl}/sync_jobs`, {
        method: 'POST',
        headers: { authorization: `Bearer ${await token('alice')}`, 'content-type': 'application/json', 'idempotency-key': title },
        redirect: 'manual',
        body: JSON.stringify(jobBody({ platform: 'fake-openeo', label: 'openeo', title, parameters: { bytes: 1000 } })),
      });
    let response = await send();
    for (let again = 0; response.status === 303 && again < 4; again += 1) response = await send();
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/tiff; application=geotiff']);
    expect(Buffer.from(await response.arrayBuffer())).toEqual(Buffer.alloc(1000, 1));
  });

  it.concurrent('that is too large for an answer leads to the results', async () => {
    const { status, headers } = await patiently({
      platform: 'fake-openeo',
      label: 'openeo',
      title: aTitle('large'),
      parameters: { bytes: 5 * 1024 * 1024 },
    });
    expect([status, headers.get('location')]).toEqual([303, expect.stringMatching(/\/results$/)]);
    const results = await api<{ assets: Record<string, { href: string }> }>('GET', `/unit_jobs/${idIn(headers)}/results`, { as: 'alice' });
    expect((await (await fetch(results.body.assets['answer']!.href)).arrayBuffer()).byteLength).toBe(5 * 1024 * 1024);
  });

  it.concurrent('that takes longer leads to the job, which goes on', async () => {
    const { status, headers, body } = await run<JobDetail>({ parameters: { pause: 4 }, prefer: 'wait=1' });
    expect([status, body.id, headers.get('retry-after')]).toEqual([303, idIn(headers), '2']);
    expect(await ended(body.id, { within: 60 })).toMatchObject({ status: 'finished' });
  });

  it.concurrent('that fails tells why, as the platform does', async () => {
    const { status, body } = await patiently<ErrorBody>({ title: aTitle('fails'), parameters: { fail: 'The scene is all cloud.' } });
    expect([status, body.error_code, body.message]).toEqual([422, 'JOB_FAILED', 'The scene is all cloud.']);
  });

  it.concurrent('sent again with its key runs once', async () => {
    const key = aTitle('key');
    const wish = { title: aTitle('once'), parameters: { text: 'once' }, key };
    const first = await run<object>(wish);
    expect(await ended(idIn(first.headers), { within: 60 })).toMatchObject({ status: 'finished' });
    const again = await run<object>(wish);
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([200, { text: 'once' }, 'true']);
    expect(idIn(again.headers)).toBe(idIn(first.headers));
  });

  it.concurrent('stops when its job is cancelled', async () => {
    const { body } = await run<JobDetail>({ parameters: { pause: 100 }, prefer: 'respond-async' });
    await untilJob(body.id, 'runs', (job) => job.status === 'running');
    await api('POST', `/unit_jobs/${body.id}/cancel`, { as: 'alice' });
    expect(await ended(body.id, { within: 60 })).toMatchObject({ status: 'canceled' });
  });

  it.concurrent('waits for a place on the platform like any job, and says so', async () => {
    const titles = [aTitle('full'), aTitle('full')];
    const jobs = await Promise.all(titles.map((title) => aFakeJob('fake-busy', title, { seconds: 6 })));
    await Promise.all(jobs.map(({ id }) => untilJob(id, 'is there', (job) => job.platformJobId !== undefined)));
    const title = aTitle('waits');
    const { status, body } = await run<JobDetail>({
      platform: 'fake-busy',
      application: 'anything',
      title,
      parameters: { title },
      prefer: 'wait=1',
    });
    expect([status, body.status, body.queue?.position]).toEqual([303, 'queued', 1]);
    expect(await ended(body.id, { ticking: true, within: 60 })).toMatchObject({ status: 'finished' });
  });

  it.concurrent('needs a token and a body in order', async () => {
    expect((await api('POST', '/sync_jobs', { body: jobBody() })).status).toBe(401);
    const { status, body } = await api<ErrorBody>('POST', '/sync_jobs', { as: 'alice', body: { ...jobBody(), title: 7 } });
    expect([status, body.details?.errors[0]?.pointer]).toEqual([422, '/title']);
  });
});
