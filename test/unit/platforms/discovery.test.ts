import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { platformLookup } from '../../../lambdas/platforms/addresses.ts';
import { discover } from '../../../lambdas/platforms/discovery.ts';
import { httpClient } from '../../../lambdas/platforms/http-client.ts';
import { Platform } from '../../../lambdas/platforms/model.ts';
import { systemClock } from '../../../lambdas/shared/time/system.ts';
import { FakeOgc } from '../../support/fake-ogc.ts';
import { FakeOpenEo } from '../../support/fake-openeo.ts';

const ogc = new FakeOgc();
const openEo = new FakeOpenEo();
beforeAll(async () => void (await Promise.all([ogc.open(), openEo.open()])));
afterAll(async () => void (await Promise.all([ogc.stop(), openEo.stop()])));
const entry = (kind: string, baseUrl: string) => Platform.parse({ id: 'x', kind, title: 'X', baseUrl });

describe('A platform that is to be registered', () => {
  it('is asked who it is, in the dialect of its kind', async () => {
    expect(await discover(entry('ogc-processes', ogc.url))).toEqual({ ok: true });
    expect(await discover(entry('openeo', openEo.url))).toEqual({ ok: true });
    expect(await discover(entry('builtin', 'https://builtin.invalid'))).toEqual({ ok: true });
    expect(await discover(entry('batch', 'https://containers.invalid'))).toEqual({
      ...{ ok: false, message: 'This deployment runs no containers: its config has none.' },
    });
  });

  it('is refused under the wrong kind, with the right one', async () => {
    expect(await discover(entry('openeo', ogc.url))).toEqual({
      ok: false,
      message: expect.stringMatching(/does not answer as an openEO back-end: it is an OGC API - Processes server \(kind ogc-processes\)/),
    });
    expect(await discover(entry('ogc-processes', openEo.url))).toEqual({
      ok: false,
      message: expect.stringContaining('it is an openEO back-end (kind openeo)'),
    });
  });

  it.each(['openeo', 'ogc-processes'])('is refused with words when nothing answers as %s', async (kind) => {
    expect(await discover(entry(kind, 'http://127.0.0.1:9'))).toMatchObject({
      ok: false,
      message: expect.stringContaining('cannot be reached'),
    });
    expect(await discover(entry(kind, `${ogc.url}/nothing/here`))).toMatchObject({
      ok: false,
      message: expect.stringContaining('does not answer as'),
    });
  });
});

describe('Where internal addresses are not allowed', () => {
  afterEach(() => void (process.env['INTERNAL_PLATFORMS'] = 'allowed'));
  const times = { connectSeconds: 2, readSeconds: 2 };

  it('none is connected to, whether the URL says it or the name leads there', async () => {
    delete process.env['INTERNAL_PLATFORMS'];
    const before = ogc.requests.size;
    const literal = await httpClient(ogc.url, times, systemClock).send('GET', '/processes');
    expect(literal).toEqual({ kind: 'unreached', message: expect.stringContaining('internal address') });
    expect(ogc.requests.size).toBe(before);
    const resolved = await new Promise((resolve) => platformLookup('localhost', {}, (error) => resolve(error)));
    expect(resolved).toMatchObject({ code: 'INTERNAL_ADDRESS' });
  });

  it('a name resolves as ever where they are', async () => {
    const one = await new Promise((resolve) => platformLookup('localhost', {}, (...answer) => resolve(answer)));
    expect(one).toEqual([null, expect.stringMatching(/^(127\.0\.0\.1|::1)$/), expect.any(Number)]);
    const all = await new Promise((resolve) => platformLookup('localhost', { all: true }, (...answer) => resolve(answer)));
    expect(all).toEqual([null, expect.arrayContaining([{ address: expect.any(String), family: expect.any(Number) }])]);
  });
});
