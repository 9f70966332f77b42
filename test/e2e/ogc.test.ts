import { describe, expect, it } from '@jest/globals';
import type { Process, ProcessSummary, StatusInfo } from '../../lambdas/ogc/model.ts';
import { api, local, token } from '../support/local.ts';
import { until } from '../support/until.ts';

interface Exception {
  type: string;
  status: number;
  code: string;
  errors?: { pointer: string; message: string }[];
}
const as = 'alice';
const execute = <Body>(process: string, body: object, headers: Record<string, string> = {}) =>
  api<Body>('POST', `/processes/${encodeURIComponent(process)}/execution`, { as, body, headers });
const later = { prefer: 'respond-async' };

/** Waits for a job to be over; answers its status. */
const over = (jobId: string): Promise<StatusInfo> =>
  until(`OGC job ${jobId} is over`, async () => {
    const { body } = await api<StatusInfo>('GET', `/jobs/${jobId}`, { as });
    return body.status === 'accepted' || body.status === 'running' ? undefined : body;
  });

describe('OGC API - Processes on the deployed stack', () => {
  it.concurrent('lists the processes of the platforms, and describes them', async () => {
    const { body } = await api<{ processes: ProcessSummary[] }>('GET', '/processes', { as });
    const ids = body.processes.map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['echo', 'pygeoapi:ndvi']));
    const ndvi = await api<Process>('GET', '/processes/pygeoapi:ndvi', { as });
    expect(ndvi.body.inputs['red']).toMatchObject({ minOccurs: 0, schema: { type: 'integer', minimum: 1, default: 3 } });
    expect((await api<Exception>('GET', '/processes/pygeoapi:nothing', { as })).body).toMatchObject({
      type: expect.stringMatching(/\/no-such-process$/),
      status: 404,
    });
  });

  it.concurrent('runs a process and answers its results at once', async () => {
    const document = await execute<object>('echo', { inputs: { text: 'hello', object: { value: { a: 1 } } }, response: 'document' });
    expect(document).toMatchObject({ status: 200, body: { text: 'hello', object: { value: { a: 1 } } } });
    const raw = await execute<number>('echo', { inputs: { number: 4.5, text: 'x' }, outputs: { number: {} } });
    expect(raw).toMatchObject({ status: 200, body: 4.5 });
    expect(raw.headers.get('link')).toBeNull();
  });

  it.concurrent('runs a process of a platform as a job, and leads to its files', async () => {
    const source = { href: `s3://${local().bucket}/${local().samples.olinda}` };
    const made = await execute<StatusInfo>('pygeoapi:ndvi', { inputs: { source, red: { value: 3 } }, response: 'document' }, later);
    expect(made.status).toBe(201);
    expect(made.headers.get('location')).toBe(`${local().apiUrl}/jobs/${made.body.jobID}`);
    expect(made.body).toMatchObject({ id: made.body.jobID, type: 'process', processID: 'pygeoapi:ndvi' });
    expect(await over(made.body.jobID)).toMatchObject({ status: 'successful', progress: 100 });
    const { body } = await api<Record<string, { href?: string; value?: object }>>('GET', `/jobs/${made.body.jobID}/results`, { as });
    expect(body['ndvi']).toMatchObject({ href: expect.any(String), type: expect.stringContaining('image/tiff') });
    expect(body['stats']).toMatchObject({ value: { count: expect.any(Number) } });
    const one = await fetch(`${local().apiUrl}/jobs/${made.body.jobID}/results/quicklook`, {
      headers: { authorization: `Bearer ${await token(as)}` },
    });
    expect(one.headers.get('content-type')).toBe('image/png');
  });

  it.concurrent('names every fault of a request', async () => {
    const href = 'http://169.254.169.254/latest/meta-data/';
    const inputs = { number: 'five', nothing: 1, bbox: { bbox: [1, 5, 2, -5] }, link: { href } };
    const refused = await execute<Exception>('echo', { inputs, outputs: { none: {} } });
    expect(refused.status).toBe(400);
    expect(refused.headers.get('content-type')).toBe('application/json');
    expect(refused.body.errors?.map(({ pointer }) => pointer).sort()).toEqual(
      ['/inputs/bbox/bbox', '/inputs/link/href', '/inputs/nothing', '/inputs/number', '/outputs/none'].sort(),
    );
  });

  it.concurrent('tells of results that are not there, and dismisses and then removes a job', async () => {
    const { body } = await execute<StatusInfo>('echo', { inputs: { pause: 60 } }, later);
    const at = `/jobs/${body.jobID}`;
    const early = await api<Exception>('GET', `${at}/results`, { as });
    expect(early).toMatchObject({ status: 404, body: { type: expect.stringMatching(/\/result-not-ready$/) } });
    expect((await api<StatusInfo>('DELETE', at, { as })).body.status).toBe('dismissed');
    await until('the job is dismissed on its platform', async () => {
      const { body: job } = await api<{ status: string }>('GET', `/unit_jobs/${body.jobID}`, { as });
      return job.status === 'canceled' || undefined;
    });
    expect((await api<Exception>('GET', `${at}/results`, { as })).body.type).toMatch(/\/result-not-available$/);
    const gone = await api<StatusInfo>('DELETE', at, { as });
    expect(gone).toMatchObject({ status: 200, body: { status: 'dismissed' } });
    expect(await api<Exception>('GET', at, { as })).toMatchObject({ status: 404, body: { type: expect.stringMatching(/\/no-such-job$/) } });
  });

  it.concurrent('lists the jobs of its caller by process and status', async () => {
    const { body } = await execute<StatusInfo>('echo', { inputs: { fail: 'on purpose' } }, later);
    expect(await over(body.jobID)).toMatchObject({ status: 'failed', message: 'on purpose' });
    const list = await api<{ jobs: StatusInfo[] }>('GET', '/jobs?processID=echo&status=failed&limit=1000', { as });
    expect(list.body.jobs.map(({ jobID }) => jobID)).toContain(body.jobID);
    expect(list.body.jobs.every(({ status, processID }) => status === 'failed' && processID === 'echo')).toBe(true);
    const others = await api<{ jobs: StatusInfo[] }>('GET', '/jobs?limit=1000', { as: 'bob' });
    expect(others.body.jobs.map(({ jobID }) => jobID)).not.toContain(body.jobID);
  });

  it.concurrent.each<[string, string, object, Record<string, string>, number, string]>([
    ['an unknown process', 'nothing', { inputs: {} }, {}, 404, 'PROCESS_NOT_FOUND'],
    ['a process of an unknown platform', 'moon:ndvi', { inputs: {} }, {}, 404, 'PROCESS_NOT_FOUND'],
    ['a missing input', 'pygeoapi:ndvi', { inputs: {} }, {}, 400, '/inputs/source'],
    ['an input that does not exist', 'echo', { inputs: { more: 1 } }, {}, 400, '/inputs/more'],
    ['a value of the wrong type', 'echo', { inputs: { integer: 'x' } }, {}, 400, '/inputs/integer'],
    ['several values for one', 'echo', { inputs: { text: ['a', 'b'] } }, {}, 400, '/inputs/text'],
    ['swapped corners', 'echo', { inputs: { bbox: { bbox: [1, 5, 2, -5] } } }, {}, 400, '/inputs/bbox/bbox'],
    ['an internal address', 'echo', { inputs: { link: { href: 'https://10.0.0.1/' } } }, {}, 400, '/inputs/link/href'],
    ['an output that does not exist', 'echo', { inputs: {}, outputs: { none: {} } }, {}, 400, '/outputs/none'],
    ['a response of no kind', 'echo', { inputs: {}, response: 'pdf' }, {}, 400, '/response'],
    ['inputs that are no object', 'echo', { inputs: 'x' }, {}, 400, '/inputs'],
    ['a subscriber without a URL', 'echo', { inputs: {}, subscriber: {} }, {}, 400, '/subscriber'],
    ['a subscriber by mail', 'echo', { inputs: {}, subscriber: { failedUri: 'mailto:a@example.org' } }, {}, 400, '/subscriber/failedUri'],
  ])('refuses %s', async (_, process, body, headers, status, where) => {
    const refused = await execute<Exception>(process, body, headers);
    expect(refused).toMatchObject({ status, body: { status } });
    expect([refused.body.code, ...(refused.body.errors ?? []).map(({ pointer }) => pointer)]).toContain(where);
    expect(refused.headers.get('content-type')).toBe('application/json');
  });

  it.concurrent('waits no longer than it can, whatever Prefer says', async () => {
    const made = await execute<StatusInfo>('echo', { inputs: { pause: 60 } }, { prefer: 'wait=9999' });
    expect(made).toMatchObject({ status: 201, body: { processID: 'echo' } });
    await api('DELETE', `/jobs/${made.body.jobID}`, { as });
  });

  it.concurrent('takes the dialect of TEP marketplaces, and tells a run log', async () => {
    const body = { inputs: [{ id: 'text', value: 'hello' }], outputs: [{ id: 'text' }], response: 'document' };
    const sync = await api('POST', '/processes/echo/jobs', { as, body: { ...body, mode: 'sync' }, headers: later });
    expect(sync).toMatchObject({ status: 200, body: { text: 'hello' } });
    const made = await api<StatusInfo>('POST', '/processes/echo/jobs', { as, body: { ...body, mode: 'async' } });
    expect(made.status).toBe(201);
    await over(made.body.jobID);
    const log = await api<string>('GET', `/jobs/${made.body.jobID}/runlog`, { as });
    expect(log.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(log.body).toMatch(/INFO swath: Accepted for builtin\.\n/);
    expect((await api('GET', `/jobs/${made.body.jobID}/runlog`, { as: 'bob' })).status).toBe(404);
  });

  it.concurrent("lists everybody's jobs for administrators alone", async () => {
    const { body } = await execute<StatusInfo>('echo', { inputs: {} }, later);
    const found: StatusInfo[] = [];
    let path: string | undefined = '/jobs?owner=*&limit=1000';
    do {
      const page: { body: { jobs: StatusInfo[]; links: { rel: string; href: string }[] } } = await api('GET', path, { as: 'ada' });
      found.push(...page.body.jobs);
      path = page.body.links.find(({ rel }) => rel === 'next')?.href.replace(local().apiUrl, '');
    } while (path !== undefined);
    expect(found.find(({ jobID }) => jobID === body.jobID)).toMatchObject({ owner: expect.stringMatching(/^[a-z2-7]{26}$/) });
    expect(await api<Exception>('GET', '/jobs?owner=*', { as })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
  });
});
