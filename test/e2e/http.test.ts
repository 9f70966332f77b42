import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { routeTables } from '../../scripts/openapi/tables.ts';
import { expectDocumented } from '../support/documented.ts';
import { aJob, collected, ended, jobBody } from '../support/jobs.ts';
import { api, local } from '../support/local.ts';
import { until } from '../support/until.ts';

const tables = await routeTables();
const routes: readonly Route[] = tables.flatMap((table) => table.routes);
const native = tables.filter(({ door }) => door === 'native').flatMap((table) => table.routes);
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
  paths: Record<string, Record<string, unknown>>;
  servers?: unknown;
};
const paths = Object.entries(document.paths).map(([path, item]): [string, string[]] => [
  path,
  Object.keys(item).flatMap((key) => (methods.includes(key.toUpperCase()) ? [key.toUpperCase()] : [])),
]);

describe('The API document', () => {
  it('is the one in the repository, with the address of this deployment', async () => {
    const { status, headers, body } = await api<typeof document>('GET', '/api');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('application/vnd.oai.openapi+json');
    expect(body).toEqual({ ...document, servers: [{ url: local().apiUrl }] });
  });

  it('has every operation of the route tables', () => {
    const documented = paths.flatMap(([path, found]) => found.map((method) => `${method} ${path}`));
    expect(documented.toSorted()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).toSorted());
  });
});

describe.each(paths)('%s', (path, possible) => {
  const concrete = path.replaceAll(/\{.*?\}/g, 'x');

  it('answers 405 with Allow for every other method, also without a token', async () => {
    for (const method of methods.filter((one) => !possible.includes(one))) {
      const answer = await api(method, concrete);
      expect(answer.status).toBe(405);
      if (native.some((route) => route.path === path)) expect(answer.body).toMatchObject({ error_code: 'METHOD_NOT_ALLOWED' });
      expect(
        answer.headers
          .get('allow')!
          .split(', ')
          .filter((one) => one !== 'HEAD')
          .toSorted(),
      ).toEqual(possible.toSorted());
    }
  });

  it('forgives slashes too many', async () => {
    const method = possible[0]!;
    const plain = await api(method, concrete);
    const slashes = [`/${concrete}`, `${concrete}/`, `${concrete}//`];
    for (const sloppy of slashes) {
      const answer = await fetch(`${local().apiUrl}${sloppy}`, { method });
      expect([sloppy, answer.status]).toEqual([sloppy, plain.status]);
    }
  });
});

describe('Every answer', () => {
  const pages = ['/', '/api', '/health', '/platforms', '/platforms/builtin', '/unit_jobs'];

  it.each(pages)('of %s to HEAD has the headers of GET and no body', async (path) => {
    const get = await api('GET', path, { as: 'alice' });
    const head = await api('HEAD', path, { as: 'alice' });
    expect(head).toMatchObject({ status: get.status, body: '' });
    expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
  });

  it('bears the correlation id that the client sent, or a new one', async () => {
    const headers = { 'x-correlation-id': 'my-request-1' };
    for (const path of ['/health', '/nowhere', '/unit_jobs'])
      expect((await api('GET', path, { headers })).headers.get('x-correlation-id')).toBe('my-request-1');
    expect((await api('GET', '/health')).headers.get('x-correlation-id')).toMatch(/.{8,}/);
  });

  it('for a path where nothing is says so in the form of every error', async () => {
    const answer = await api<{ request_id: string }>('GET', '/nowhere/at/all');
    expect(answer).toMatchObject({ status: 404, body: { status: 'error', error_code: 'NOT_FOUND', details: null } });
    expect(answer.body.request_id).toBe(answer.headers.get('x-correlation-id'));
  });
});

describe('A page of another site', () => {
  const origin = 'https://viewer.example.org';

  it('may ask (preflight)', async () => {
    const headers = {
      origin,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'authorization,content-type,prefer',
    };
    const { status, headers: answer } = await fetch(`${local().apiUrl}/unit_jobs`, { method: 'OPTIONS', headers });
    expect([200, 204]).toContain(status);
    expect(answer.get('access-control-allow-origin')).toBe('*');
    for (const name of ['authorization', 'content-type', 'prefer']) expect(answer.get('access-control-allow-headers')).toContain(name);
  });

  it('may read the headers that matter, of errors too', async () => {
    for (const path of ['/health', '/unit_jobs', '/nowhere']) {
      const { headers } = await fetch(`${local().apiUrl}${path}`, { headers: { origin } });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      const exposed = headers.get('access-control-expose-headers')!.toLowerCase();
      for (const name of ['location', 'retry-after', 'x-correlation-id', 'preference-applied']) expect(exposed).toContain(name);
    }
  });
});

describe('The answer of', () => {
  let id: string;
  beforeAll(async () => {
    id = (await aJob()).id;
    await collected(id);
    failed = (await aJob({ parameters: { fail: 'on purpose' } })).id;
    await ended(failed);
    await api('PUT', '/platforms/documented', { as: 'ada', body: platform });
  });
  let failed: string;
  const example = (id: string) => native.find(({ operationId }) => operationId === id)!.bodyExample as object;
  const platform = { kind: 'builtin', title: 'Documented', baseUrl: 'https://documented.swath.invalid' };
  const quick = () => ({ ...jobBody(), dimension: { name: 'text', values: ['a'] } });
  const slow = () => ({ ...jobBody({ parameters: { pause: 60 } }), dimension: { name: 'text', values: ['a', 'b'] } });
  const bodies: Record<string, object> = {
    createUnitJob: jobBody(),
    runSynchronously: jobBody(),
    makeToken: { title: 'documented', scopes: ['jobs:read'] },
    putPlatform: platform,
    createUpscalingTask: slow(),
    makeTiles: example('makeTiles'),
    makeUploadTicket: example('makeUploadTicket'),
    describeService: { label: 'ogc_api_process', service: { endpoint: 'builtin', application: 'echo' } },
  };

  /** A task that the operation is possible on: as it is when it begins, with a result, or, to be run again, cancelled to its end. */
  const aTask = async (operation: string): Promise<string> => {
    const body = operation === 'getUpscalingResults' ? quick() : slow();
    const { id: made } = (await api<{ id: string }>('POST', '/upscale_tasks', { as: 'alice', body })).body;
    if (operation === 'getUpscalingResults') {
      const look = async () => (await api('GET', `/upscale_tasks/${made}/results`, { as: 'alice' })).status === 200 || undefined;
      await until('the task has a result', look, { ticking: true });
    }
    if (operation !== 'retryUpscalingTask') return made;
    await api('POST', `/upscale_tasks/${made}/cancel`, { as: 'alice' });
    await until(
      'the task is canceled',
      async () => (await api<{ status: string }>('GET', `/upscale_tasks/${made}`, { as: 'alice' })).body.status === 'canceled' || undefined,
      { ticking: true },
    );
    return made;
  };

  /** Accounts and credentials need a platform that wants one (accounts.test.ts, users.test.ts), a mosaic needs pictures (uploads.test.ts), an estimate a back-end that gives one (openeo.test.ts). */
  const elsewhere = /\/(?:account|credential|mosaic|estimate)$/;
  const documented = native.filter(({ method, path }) => method !== 'DELETE' && !elsewhere.test(path));
  it.each(documented.map((route): [string, Route] => [route.operationId, route]))('%s is as documented', async (operation, route) => {
    const administers = !route.roles.includes('user') && !route.roles.includes('anyone');
    const path = route.path
      .replace('{jobId}', operation === 'retryUnitJob' ? failed : id)
      .replace('{platformId}', administers ? 'documented' : 'pygeoapi')
      .replace('{taskId}', route.path.includes('{taskId}') ? await aTask(operation) : '');
    const body = bodies[operation];
    const answer = await api(route.method, path, { as: administers ? 'ada' : 'alice', ...(body ? { body } : {}) });
    expectDocumented(operation, answer);
  });
});
