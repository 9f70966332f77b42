import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isInternal, openAsset } from '../../../lambdas/platforms/download.ts';
import { assetUrl } from '../../../lambdas/platforms/rules/asset-url.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
/** A host on this machine; answers its URL, and keeps what it was asked. */
async function aHost(listener: RequestListener) {
  const asked: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    asked.push(request);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  servers.push(server);
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url: `http://${host}`, host, asked };
}
const times = { connectSeconds: 1, readSeconds: 1 };
const open = (platform: { baseUrl: string; resultHosts?: string[] }, href: string) =>
  openAsset(platform, href, async () => 'Bearer secret', times);
const textOf = async (body: AsyncIterable<Uint8Array>) => {
  const chunks = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
};

describe('a file of results', () => {
  it("is fetched from the platform's own host, with its credential", async () => {
    const own = await aHost((_, response) => response.setHeader('content-type', 'image/tiff').end('pixels'));
    const opened = await open({ baseUrl: `${own.url}/api` }, `${own.url}/files/a.tif?signature=1`);
    expect(opened).toMatchObject({ kind: 'found', type: 'image/tiff', bytes: 6 });
    expect(opened.kind === 'found' && (await textOf(opened.body))).toBe('pixels');
    expect(own.asked[0]!.headers.authorization).toBe('Bearer secret');
  });

  it('is fetched from a registered host without the credential, also after a redirect', async () => {
    const store = await aHost((_, response) => response.end('pixels'));
    const own = await aHost((_, response) => response.writeHead(302, { location: `${store.url}/b.tif` }).end());
    const platform = { baseUrl: own.url, resultHosts: [store.host] };
    expect((await open(platform, `${store.url}/a.tif`)).kind).toBe('found');
    expect((await open(platform, `${own.url}/a.tif`)).kind).toBe('found');
    expect(own.asked.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret']);
    expect(store.asked.map(({ headers, url }) => [url, headers.authorization])).toEqual([
      ['/a.tif', undefined],
      ['/b.tif', undefined],
    ]);
  });

  it.each(['http://169.254.169.254/latest/meta-data/', 'http://127.0.0.1:1/admin', 'file:///etc/passwd', '//10.0.0.1/', 'http://[::1]/'])(
    'is not fetched through a redirect to %s',
    async (location) => {
      const own = await aHost((_, response) => response.writeHead(307, { location }).end());
      expect(await open({ baseUrl: own.url }, `${own.url}/a.tif`)).toMatchObject({ kind: 'refused' });
    },
  );

  it('is not fetched from a registered name that leads to an internal address', async () => {
    const opened = await open({ baseUrl: 'https://plat.invalid', resultHosts: ['localhost.'] }, 'https://localhost./a.tif');
    // A machine whose resolver does not know the name at all is as far from fetching it.
    expect(['refused', 'unavailable']).toContain(opened.kind);
  });

  it('is refused where redirects do not end', async () => {
    const own = await aHost((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect(await open({ baseUrl: own.url }, `${own.url}/a`)).toMatchObject({
      kind: 'refused',
      message: expect.stringContaining('too often'),
    });
    expect(own.asked).toHaveLength(4);
  });

  it.each([
    [401, 'expired'],
    [403, 'expired'],
    [410, 'expired'],
    [404, 'missing'],
    [429, 'unavailable'],
    [500, 'unavailable'],
    [503, 'unavailable'],
    [400, 'refused'],
    [204, 'refused'],
  ])('answered %i is %s', async (status, kind) => {
    const own = await aHost((_, response) => response.writeHead(status).end());
    expect((await open({ baseUrl: own.url }, `${own.url}/a`)).kind).toBe(kind);
  });

  it('of a host that is down, or does not answer in time, is unavailable', async () => {
    const own = await aHost(() => undefined);
    expect(await open({ baseUrl: own.url }, `${own.url}/a`)).toMatchObject({
      kind: 'unavailable',
      message: expect.stringContaining('in time'),
    });
    expect((await open({ baseUrl: 'http://127.0.0.1:1' }, 'http://127.0.0.1:1/a')).kind).toBe('unavailable');
  });

  it.each(['breaks off', 'falls silent'])('throws in the middle of a body that %s', async (how) => {
    const own = await aHost((_, response) => {
      response.setHeader('content-length', '10').write('pix', () => (how === 'breaks off' ? response.destroy() : undefined));
    });
    const opened = await open({ baseUrl: own.url }, `${own.url}/a`);
    await expect(opened.kind === 'found' && textOf(opened.body)).rejects.toThrow();
  });
});

it.each([
  '10.1.2.3',
  '127.0.0.1',
  '169.254.169.254',
  '172.31.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '0.0.0.0',
  '::1',
  'fe80::1',
  'fd00::1',
  '::ffff:10.0.0.1',
])('%s is an internal address', (address) => expect(isInternal(address)).toBe(true));
it.each(['93.184.216.34', '172.32.0.1', '2606:2800:220:1::1', '::ffff:93.184.216.34'])('%s is none', (address) =>
  expect(isInternal(address)).toBe(false),
);

it.each<[string, string[], boolean | undefined]>([
  ['https://plat.example/a', [], true],
  ['https://plat.example:444/a', [], undefined],
  ['http://plat.example/a', [], undefined],
  ['https://user:pass@plat.example/a', [], undefined],
  ['https://files.example/a', ['files.example'], false],
  ['http://files.example/a', ['files.example'], undefined],
  ['https://files.example.evil.net/a', ['files.example'], undefined],
  ['http://127.0.0.1:8000/a', ['127.0.0.1:8000'], false],
  ['s3://bucket/a', ['bucket'], undefined],
  ['not a URL', [], undefined],
])('the address %s, beside hosts %j, is taken as own: %s', (href, resultHosts, own) => {
  expect(assetUrl(href, { baseUrl: 'https://plat.example/api', resultHosts })?.own).toBe(own);
});
