import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processUrl } from '../../../lambdas/platforms/openeo/rules/process-url.ts';
import { echoUdp, FakeOpenEo } from '../../support/fake-openeo.ts';
import { openEoClient } from '../../support/openeo-client.ts';

let fake: FakeOpenEo;
let client: ReturnType<typeof openEoClient>;
let udp: string;
const create = (process: string, inputs: Record<string, unknown> = {}, format: string | undefined = 'gtiff') =>
  client.create({ tag: '[swath:test/1.1]', process, title: 'A job', inputs, ...(format === undefined ? {} : { format }) });
const graph = () => [...fake.jobs.values()].at(-1)?.body.process?.process_graph;

beforeEach(async () => {
  fake = await new FakeOpenEo().open();
  client = openEoClient(fake);
  udp = `${fake.url}/udp/echo.json`;
});
afterEach(() => fake.stop());

describe('a process named by the URL of its description', () => {
  it('becomes a node with the URL as its namespace, and its result is saved in the format asked for', async () => {
    expect((await create(udp, { seconds: 1 })).kind).toBe('done');
    expect(graph()).toEqual({
      process: { process_id: 'echo', namespace: udp, arguments: { seconds: 1 } },
      save: {
        process_id: 'save_result',
        arguments: { data: { from_node: 'process' }, format: 'GTiff', options: {} },
        result: true,
      },
    });
  });

  it('is read once for many jobs, without our authorization', async () => {
    fake.style.account = { username: 'swath', password: 'secret' };
    client = openEoClient(fake, { account: fake.style.account });
    await create(udp);
    await create(udp);
    expect(fake.requests.get('GET /udp/echo.json')).toBe(1);
    expect(fake.authorizationsOf('GET /udp/echo.json')).toEqual([undefined]);
  });

  it('is asked for once by many at the same time, and again when it could not be had', async () => {
    fake.fault({ match: /^GET .*echo\.json/, answer: { status: 503 }, times: 1 });
    const all = () => Promise.all([create(udp), create(udp), create(udp)]);
    expect((await all()).map(({ kind }) => kind)).toEqual(['unavailable', 'unavailable', 'unavailable']);
    expect((await all()).map(({ kind }) => kind)).toEqual(['done', 'done', 'done']);
    expect(fake.requests.get('GET /udp/echo.json')).toBe(2);
  });

  it('is described with its parameters', async () => {
    const described = await client.describe(udp);
    expect(described).toMatchObject({ kind: 'found', value: { id: 'echo', title: 'Echo', description: 'Says what it hears.' } });
    expect(described).toHaveProperty('value.inputs.0', {
      ...{ name: 'seconds', description: 'How long the job runs', optional: true, schema: { type: 'number' }, default: 0 },
    });
    expect(described).toHaveProperty('value.inputs.2.schema', { anyOf: [{ type: 'object', subtype: 'bounding-box' }, { type: 'null' }] });
  });

  it.each([
    ['is not there', { status: 404 }, 'missing', 'refused'],
    ['is no JSON', { status: 200, body: '<html>' }, 'missing', 'refused'],
    ['has no process graph', { status: 200, body: '{"id": "echo"}' }, 'missing', 'refused'],
    ['is too large', { status: 200, body: JSON.stringify({ ...echoUdp, description: 'x'.repeat(1024 * 1024) }) }, 'missing', 'refused'],
    ['may not be read', { status: 403 }, 'missing', 'refused'],
    ['cannot be had now', { status: 503 }, 'unavailable', 'unavailable'],
    ['is asked for too often', { status: 429 }, 'unavailable', 'unavailable'],
    ['breaks off', 'drop', 'unavailable', 'unavailable'],
  ] as const)('that %s', async (_, answer, described, created) => {
    fake.fault({ match: /^GET \/udp/, answer });
    expect((await client.describe(udp)).kind).toBe(described);
    expect((await create(udp)).kind).toBe(created);
    expect(fake.creates.size).toBe(0);
  });
});

describe('guards of process URLs', () => {
  const hosts = ['udp.example', 'udp.example:8443', '127.0.0.1:4000', '10.0.0.5'];
  it.each([
    'https://udp.example/a.json',
    'https://udp.example:443/a.json?x=1',
    'https://UDP.example/a.json',
    'https://udp.example:8443/a.json',
    'http://127.0.0.1:4000/a.json',
  ])('may read %s', (url) => {
    expect(processUrl(url, hosts)).toBeDefined();
  });

  it.each([
    'http://udp.example/a.json',
    'http://10.0.0.5/a.json',
    'https://udp.example:444/a.json',
    'https://udp.example.evil.example/a.json',
    'https://sub.udp.example/a.json',
    'https://udp.example@evil.example/a.json',
    'https://user:pass@udp.example/a.json',
    'https://169.254.169.254/latest/meta-data',
    'http://127.0.0.1:4001/a.json',
    'ftp://udp.example/a.json',
    'file:///etc/passwd',
    'https://',
  ])('may not read %s', (url) => {
    expect(processUrl(url, hosts)).toBeUndefined();
  });

  it('keep a request for a foreign host from being sent', async () => {
    client = openEoClient(fake, { processHosts: ['udp.example'] });
    expect(await create(udp)).toMatchObject({ kind: 'refused', message: expect.stringContaining('registered') });
    expect(await client.describe(udp)).toEqual({ kind: 'missing' });
    expect(fake.requests.size).toBe(0);
  });

  describe('with an internal service near by', () => {
    let internal: Server;
    let asked: number;
    beforeEach(async () => {
      asked = 0;
      internal = createServer((_, response) => {
        asked += 1;
        response.end(JSON.stringify(echoUdp));
      });
      await new Promise<void>((resolve) => internal.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => new Promise((resolve) => internal.close(resolve)));

    it.each([301, 302, 303, 307, 308])('do not follow a redirect (%i) to it', async (status) => {
      const location = `http://127.0.0.1:${(internal.address() as AddressInfo).port}/`;
      fake.fault({ match: /^GET \/udp/, answer: { status, headers: { location } } });
      expect((await create(udp)).kind).toBe('refused');
      expect(asked).toBe(0);
    });
  });
});

describe('a process of the platform', () => {
  it('is one of those it lists, without a namespace', async () => {
    expect((await create('echo', {}, 'netcdf')).kind).toBe('done');
    expect(graph()).toMatchObject({ process: { process_id: 'echo', arguments: {} }, save: { arguments: { format: 'netCDF' } } });
    expect(graph()?.['process']).not.toHaveProperty('namespace');
    expect(await client.describe('load_collection')).toEqual({ kind: 'found', value: { id: 'load_collection' } });
  });

  it('or one that the account has stored, which saves its results itself', async () => {
    fake.stored.set('mine', { id: 'mine', process_graph: { s: { process_id: 'save_result', arguments: {}, result: true } } });
    expect((await create('mine')).kind).toBe('done');
    expect(graph()).toEqual({ process: { process_id: 'mine', arguments: {}, result: true } });
  });

  it('is missing where it is neither, and unknown while the platform is not well', async () => {
    expect(await client.describe('nothing')).toEqual({ kind: 'missing' });
    expect(await client.describe('..')).toEqual({ kind: 'missing' });
    expect(await create('nothing')).toMatchObject({ kind: 'refused' });
    fake.fault({ match: /process_graphs/, answer: { status: 500 } });
    expect((await client.describe('nothing')).kind).toBe('unavailable');
    expect((await create('nothing')).kind).toBe('unavailable');
  });
});
