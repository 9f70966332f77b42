import { describe, expect, it } from '@jest/globals';
import { fake } from '../support/control.ts';
import { aFakeJob, aJob, aTitle, collected, getJob, jobBody, post, type ErrorBody } from '../support/jobs.ts';
import { api, local, type ApiAnswer } from '../support/local.ts';

const send = (body: object | string): Promise<ApiAnswer<ErrorBody>> => api<ErrorBody>('POST', '/unit_jobs', { as: 'alice', body });
const pointers = ({ body }: ApiAnswer<ErrorBody>): string[] => (body.details?.errors ?? []).map(({ pointer }) => pointer).toSorted();

describe('A job request is refused', () => {
  it('when it is not JSON', async () => {
    for (const body of ['{"title": ', 'title=x', '', '[1, 2'])
      expect(await send(body)).toMatchObject({ status: 422, body: { status: 'error', error_code: 'VALIDATION_ERROR' } });
  });

  it('when it is JSON but no object', async () => {
    for (const body of ['[]', '"text"', '7', 'null']) expect((await send(body)).status).toBe(422);
  });

  it('with every fault at once', async () => {
    const answer = await send({
      title: 5,
      label: 'magic',
      service: { endpoint: '', application: ['ndvi'] },
      parameters: 'none',
      format: 1,
    });
    expect(answer.status).toBe(422);
    expect(pointers(answer)).toEqual(['/format', '/label', '/parameters', '/service/application', '/service/endpoint', '/title']);
  });

  it('when it has fields that nobody knows, at any level', async () => {
    const { service, ...body } = jobBody();
    const answer = await send({ ...body, priority: 'high', service: { ...service, url: 'https://example.org' } });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body.details)).toMatch(/priority/);
    expect(JSON.stringify(answer.body.details)).toMatch(/url/);
  });

  it('when the platform or the process is unknown', async () => {
    const platform = await send(jobBody({ platform: 'nowhere' }));
    expect(platform).toMatchObject({ status: 422, body: { error_code: 'VALIDATION_ERROR' } });
    expect(pointers(platform)).toEqual(['/service/endpoint']);
    for (const at of ['builtin', 'pygeoapi']) {
      const process = await send(jobBody({ platform: at, application: 'nothing' }));
      expect(process.status).toBe(422);
      expect(pointers(process)).toEqual(['/service/application']);
    }
  });

  it('when it names a URL that is not registered, which is never fetched', async () => {
    const before = await fake('fake-quiet').requests();
    const { baseUrl } = (await api<{ baseUrl: string }>('GET', '/platforms/fake-quiet', { as: 'alice' })).body;
    const near = [`${baseUrl}/processes`, `${baseUrl}?x=1`, `${baseUrl}#x`, baseUrl.replace('/ogc', ''), baseUrl.replace('//', '//user@')];
    for (const endpoint of [...near, 'http://169.254.169.254/latest/meta-data', 'file:///etc/passwd'])
      expect(pointers(await send(jobBody({ platform: endpoint })))).toEqual(['/service/endpoint']);
    expect(await fake('fake-quiet').requests()).toEqual(before);
  });

  it('when its body is over 4 MB', async () => {
    const answer = await send(jobBody({ parameters: { text: 'x'.repeat(4 * 1024 * 1024) } }));
    expect(answer).toMatchObject({ status: 413, body: { error_code: 'PAYLOAD_TOO_LARGE' } });
  });

  it("when it refers to another user's file, or to a file outside of workspace and samples", async () => {
    const bucket = `s3://${local().bucket}`;
    const foreign = ['users/somebody/workspace/scene.tif', 'builtin/x/outputs.json', 'samples/../users/x/workspace/a', 'samples//a', ''];
    const parameters = { array: foreign.map((key) => `${bucket}/${key}`), object: { deep: { in: 's3://another-bucket/samples/a.tif' } } };
    const answer = await send(jobBody({ parameters }));
    expect(answer).toMatchObject({ status: 403, body: { error_code: 'FORBIDDEN' } });
    expect(pointers(answer)).toEqual([...foreign.map((_, i) => `/parameters/array/${i}`), '/parameters/object/deep/in'].toSorted());
  });
});

describe('Asking for results', () => {
  it('before the job has ended is refused for now', async () => {
    const { id } = await aFakeJob('fake', aTitle('not ended'), { seconds: 2 });
    const answer = await api<ErrorBody>('GET', `/unit_jobs/${id}/results`, { as: 'alice' });
    expect(answer).toMatchObject({ status: 409, body: { error_code: 'RESULTS_NOT_READY' } });
    expect(answer.headers.get('retry-after')).toEqual(expect.any(String));
    expect((await api('GET', `/unit_jobs/${id}/results`, { as: 'alice' })).status).toBe(409);
    await collected(id);
    expect((await api('GET', `/unit_jobs/${id}/results`, { as: 'alice' })).status).toBe(200);
  });
});

describe('Parameters', () => {
  it('of more than 8 KB are kept, given back and computed with', async () => {
    const parameters = { text: 'ã'.repeat(20_000), object: { numbers: Array.from({ length: 2000 }, (_, i) => i / 7) } };
    const { id } = await aJob({ parameters });
    expect((await getJob(id)).parameters).toEqual(parameters);
    await collected(id);
    const item = await api<{ properties: object }>('GET', `/unit_jobs/${id}/results`, { as: 'alice' });
    expect(item.body.properties).toMatchObject({ 'swath:outputs': parameters });
  });

  it('come back as they were sent, whatever DynamoDB thinks of them', async () => {
    const parameters = {
      object: { '': '', big: 1e300, small: -1e-300, precise: 0.1234567890123456, pk: 'x', unicode: '\u0000\ud83d\udef0' },
    };
    expect((await aJob({ parameters })).parameters).toEqual(parameters);
  });
});

describe('A list of jobs', () => {
  it('pages from the newest to the oldest and filters', async () => {
    const titles = [aTitle('a'), aTitle('b'), aTitle('c')];
    for (const title of titles) await post({ as: 'ada', title, parameters: { fail: 'on purpose' } });
    const first = (
      await api<{ jobs: { title: string }[]; links: { rel: string; href: string }[] }>('GET', '/unit_jobs?limit=2', { as: 'ada' })
    ).body;
    expect(first.jobs.map(({ title }) => title)).toEqual([titles[2], titles[1]]);
    const next = first.links.find(({ rel }) => rel === 'next')!.href.replace(local().apiUrl, '');
    expect((await api<typeof first>('GET', next, { as: 'ada' })).body.jobs[0]!.title).toBe(titles[0]);
    const others = await api<typeof first>('GET', '/unit_jobs?platform=pygeoapi', { as: 'ada' });
    expect(others.body.jobs).toEqual([]);
  });

  it('refuses queries that it does not understand', async () => {
    for (const query of ['limit=0', 'limit=x', 'status=flying', 'cursor=garbage'])
      expect(await api('GET', `/unit_jobs?${query}`, { as: 'alice' })).toMatchObject({
        status: 422,
        body: { error_code: 'VALIDATION_ERROR' },
      });
  });
});
