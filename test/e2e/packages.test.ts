import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Process, ProcessSummary, StatusInfo } from '../../lambdas/ogc/model.ts';
import { aPackage } from '../support/packages.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';

interface Exception {
  type: string;
  status: number;
  code: string;
  detail: string;
  errors?: { pointer: string }[];
}
const as = 'dora';
const media = { 'content-type': 'application/ogcapppkg+json' };
const anId = (): string => `e2e-${randomUUID().slice(0, 8)}`;
const idsFor = async (user: string): Promise<string[]> => {
  const { body } = await api<{ processes: ProcessSummary[] }>('GET', '/processes?limit=1000', { as: user });
  return body.processes.map(({ id }) => id);
};
/** Deploys an echo under a new name. */
const anEcho = async (): Promise<{ id: string; text: string }> => {
  const id = anId();
  const text = `{ "processDescription": {"id": "${id}"},\n  "executionUnit": [{"href": "${local().apiUrl}/processes/echo"}] }`;
  expect((await api('POST', '/processes', { as, body: text, headers: media })).status).toBe(201);
  return { id, text };
};

describe('Application packages on the deployed stack', () => {
  it.concurrent('are deployed, listed, described, replaced, published, run and undeployed', async () => {
    const { id, text } = await anEcho();
    const at = `/processes/${id}`;
    await until('it is listed', async () => (await idsFor(as)).includes(id) || undefined);
    expect((await api<Process>('GET', at, { as })).body).toMatchObject({ id, mutable: true, inputs: { text: {} } });
    const kept = await api<unknown>('GET', `${at}/package`, { as });
    expect(kept).toMatchObject({ status: 200, body: JSON.parse(text) as object });
    expect([kept.headers.get('content-type'), kept.headers.get('etag')]).toEqual([media['content-type'], '"1"']);
    expect(await idsFor('bob')).not.toContain(id);
    expect((await api<Exception>('GET', at, { as: 'bob' })).body).toMatchObject({ code: 'PROCESS_NOT_FOUND' });

    expect((await api('POST', `${at}/publication`, { as: 'ada', headers: { 'if-match': '"1"' } })).body).toMatchObject({
      processID: id,
      revision: 1,
    });
    await until('everybody sees it', async () => (await idsFor('bob')).includes(id) || undefined);
    const again = { processDescription: { title: 'Second' }, executionUnit: { href: `${local().apiUrl}/processes/echo` } };
    const replaced = await api('PUT', at, { as, body: again });
    expect([replaced.status, replaced.headers.get('etag')]).toEqual([204, '"2"']);
    expect((await api<Process>('GET', at, { as })).body.title).toBe('Second');
    expect((await api<Process>('GET', at, { as: 'bob' })).body.title).not.toBe('Second');

    const body = { inputs: { text: 'hello' }, response: 'document' };
    expect((await api('POST', `${at}/execution`, { as: 'bob', body })).body).toMatchObject({ text: 'hello' });
    const jobs = await api<{ jobs: StatusInfo[] }>('GET', `/jobs?processID=${id}`, { as: 'bob' });
    expect(jobs.body.jobs).toMatchObject([{ processID: id, status: 'successful' }]);

    const running = await api<StatusInfo>('POST', `${at}/execution`, {
      as: 'bob',
      body: { inputs: { pause: 60 } },
      headers: { prefer: 'respond-async' },
    });
    expect(running.status).toBe(201);
    await until('its job is counted', async () => {
      const { status, body: why } = await api<Exception>('DELETE', at, { as });
      expect([status, why.code, why.detail.slice(0, 6)]).toEqual([409, 'PROCESS_IN_USE', '1 job ']);
      return true;
    });
    await api('DELETE', `/jobs/${running.body.jobID}`, { as: 'bob' });
    await until('it is undeployed', async () => (await api('DELETE', at, { as })).status === 204 || undefined);
    expect((await api('GET', at, { as })).status).toBe(404);
    expect((await api('DELETE', `/jobs/${running.body.jobID}`, { as: 'bob' })).status).toBe(200);
  });

  it.concurrent('with a container are deployed, and say that nothing runs them here', async () => {
    const id = anId();
    const made = await api<ProcessSummary>('POST', '/processes', { as, body: aPackage(id), headers: media });
    expect(made).toMatchObject({ status: 201, body: { id, version: '1.2.0', license: 'Apache-2.0' } });
    expect(made.headers.get('location')).toBe(`${local().apiUrl}/processes/${id}`);
    const inputs = { scene: { href: `s3://${local().bucket}/${local().samples.olinda}` }, bands: [1, 2] };
    const run = await api<Exception>('POST', `/processes/${id}/execution`, { as, body: { inputs } });
    expect(run).toMatchObject({ status: 501, body: { code: 'NO_CONTAINER_SERVICE' } });
    expect((await api<Exception>('POST', `/processes/${id}/execution`, { as, body: { inputs: {} } })).body.code).toBe('VALIDATION_ERROR');
    expect((await api('DELETE', `/processes/${id}`, { as })).status).toBe(204);
  });

  it.concurrent('of hundreds of kilobytes come back as they were', async () => {
    const id = anId();
    const body = { ...aPackage(id), notes: 'ü'.repeat(400_000) };
    expect((await api('POST', '/processes', { as, body })).status).toBe(201);
    expect((await api('GET', `/processes/${id}/package`, { as })).body).toEqual(body);
  });

  it.concurrent('are refused with a reason', async () => {
    const body = aPackage(anId());
    expect(await api('POST', '/processes', { as: 'alice', body })).toMatchObject({ status: 403, body: { code: 'FORBIDDEN' } });
    const cwl = await api<Exception>('POST', '/processes', {
      as,
      body: 'cwlVersion: v1.2',
      headers: { 'content-type': 'application/cwl+yaml' },
    });
    expect(cwl).toMatchObject({ status: 415, body: { type: expect.stringMatching(/unsupported-media-type$/) } });
    expect((await api<Exception>('POST', '/processes', { as, body: aPackage('echo') })).body.type).toMatch(/duplicated-process$/);
    expect((await api<Exception>('DELETE', '/processes/pygeoapi:ndvi', { as })).body.type).toMatch(/immutable-process$/);
    expect((await api<Exception>('POST', '/processes?w=other', { as, body })).body).toMatchObject({
      status: 400,
      type: expect.stringMatching(/workflow-not-found$/),
    });
    expect((await api<Exception>('POST', '/processes', { as, body: { executionUnit: { type: 'slurm' } } })).body).toMatchObject({
      ...{ status: 400, code: 'VALIDATION_ERROR' },
      errors: [{ pointer: '/executionUnit/type' }, { pointer: '/processDescription' }],
    });
    const put = await api('PUT', '/processes', { as, body });
    expect([put.status, put.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
    const patch = await api('POST', '/processes/echo', { as, body });
    expect([patch.status, patch.headers.get('allow')]).toEqual([405, 'GET, HEAD, PUT, DELETE']);
  });
});
