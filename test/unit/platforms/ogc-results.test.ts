import { describe, expect, it } from '@jest/globals';
import { linkHeader, jobIdOf } from '../../../lambdas/platforms/ogc-processes/rules/jobs.ts';
import { outputs, outputsOf } from '../../../lambdas/platforms/ogc-processes/rules/results.ts';
import { retryAfterSeconds } from '../../../lambdas/platforms/rules/answers.ts';
import { pathBelow } from '../../../lambdas/platforms/replies/model.ts';
import { timeOf } from '../../../lambdas/platforms/ogc-processes/rules/search.ts';

const url = 'https://platform.example/ogc/jobs/1/results';
const point = { type: 'Point', coordinates: [1, 2] };

describe('a results document', () => {
  it.each([
    [
      'a map with every kind of member',
      { a: { href: 'x.tif', type: 'image/tiff' }, b: { value: 3 }, c: 'text', d: [1, 2], e: { f: 1 } },
      [
        { name: 'a', href: 'https://platform.example/ogc/jobs/1/x.tif', type: 'image/tiff' },
        { name: 'b', value: 3 },
        { name: 'c', value: 'text' },
        { name: 'd', value: [1, 2] },
        { name: 'e', value: { f: 1 } },
      ],
    ],
    [
      "pygeoapi's document",
      { outputs: [{ ndvi: { href: 'https://x.example/n.tif' }, stats: { value: { mean: 1 } } }] },
      [
        { name: 'ndvi', href: 'https://x.example/n.tif' },
        { name: 'stats', value: { mean: 1 } },
      ],
    ],
    [
      "pygeoapi's document of outputs that say their ids",
      {
        outputs: [
          { id: 'echo', value: 'hi' },
          { id: 'echo', value: 'ho' },
        ],
      },
      [
        { name: 'echo', value: 'hi' },
        { name: 'echo-2', value: 'ho' },
      ],
    ],
    ['a map within outputs', { outputs: { a: 1 } }, [{ name: 'a', value: 1 }]],
    [
      'an output that is called outputs, beside others',
      { outputs: [1], b: 2 },
      [
        { name: 'outputs', value: [1] },
        { name: 'b', value: 2 },
      ],
    ],
    ['one output that says its id', { id: 'echo', value: 'hi' }, [{ name: 'echo', value: 'hi' }]],
    ['one qualified value', { value: 1, mediaType: 'text/plain' }, [{ name: 'result', value: 1 }]],
    [
      'a list of links',
      { a: [{ href: 'https://x.example/1' }, { href: 'https://x.example/2' }] },
      [
        { name: 'a-1', href: 'https://x.example/1' },
        { name: 'a-2', href: 'https://x.example/2' },
      ],
    ],
    [
      'links, without those for finding the way',
      {
        links: [
          { href: 'https://x.example/1', title: 'ndvi' },
          { href: url, rel: 'self' },
        ],
      },
      [{ name: 'ndvi', href: 'https://x.example/1', title: 'ndvi' }],
    ],
    ['one GeoJSON document', point, [{ name: 'result', value: point }]],
    ['one plain value', 7, [{ name: 'result', value: 7 }]],
    ['null', null, [{ name: 'result', value: null }]],
    ['a list of values', [1, 2], [{ name: 'result', value: [1, 2] }]],
    ['nothing', {}, []],
    [
      'an output that is called value, beside others',
      { value: 1, b: 2 },
      [
        { name: 'value', value: 1 },
        { name: 'b', value: 2 },
      ],
    ],
  ])('can be %s', (_, body, expected) => {
    expect(outputsOf(body, url)).toEqual(expected);
  });

  it('can be empty, with the outputs in Link headers', () => {
    const link =
      '<https://x.example/a.tif>; rel="ndvi"; type="image/tiff", <https://x.example/b,c>; rel=stats, </ogc/jobs/1>; rel="monitor"';
    expect(outputs({ status: 204, headers: { link }, text: '', url, cut: false })).toEqual([
      { name: 'ndvi', href: 'https://x.example/a.tif', type: 'image/tiff' },
      { name: 'stats', href: 'https://x.example/b,c' },
    ]);
  });

  it('that is promised as JSON and is none cannot be read', () => {
    const reply = { status: 200, text: '<html>', url, cut: false };
    expect(outputs({ ...reply, headers: { 'content-type': 'application/json; charset=utf-8' } })).toBeUndefined();
    expect(outputs({ ...reply, headers: { 'content-type': 'application/geo+json' } })).toBeUndefined();
  });
});

describe('small forms', () => {
  it.each([
    ['http://h/jobs/a%20b', 'a b'],
    ['/ogc/jobs/1/', '1'],
    ['/ogc/jobs/1/results?f=json', '1'],
    ['/ogc/processes/x', undefined],
    ['/jobs/%E0%A4%A', undefined],
  ])('the job of %s is %s', (location, id) => {
    expect(jobIdOf(location)).toBe(id);
  });

  it('a Link header may be absent', () => {
    expect(linkHeader({ status: 200, headers: {}, text: '' })).toEqual([]);
  });

  it("a Retry-After time is reckoned by the platform's own clock", () => {
    const headers = { date: 'Wed, 01 Jan 2025 00:00:00 GMT', 'retry-after': 'Wed, 01 Jan 2025 00:00:30 GMT' };
    expect(retryAfterSeconds({ status: 503, headers, text: '' }, Date.parse('2026-01-01T00:00:00Z'))).toBe(30);
    expect(retryAfterSeconds({ status: 503, headers: { 'retry-after': 'soon' }, text: '' }, 0)).toBeUndefined();
  });

  it('a time without a zone is UTC', () => {
    expect(timeOf('2026-03-01T12:00:00.5')).toBe(Date.parse('2026-03-01T12:00:00.5Z'));
    expect(timeOf('2026-03-01T12:00:00+02:00')).toBe(Date.parse('2026-03-01T10:00:00Z'));
    expect(timeOf('yesterday')).toBeUndefined();
  });

  it.each([
    ['https://p.example/ogc/jobs?offset=1', '/jobs?offset=1'],
    ['jobs?offset=1', '/jobs?offset=1'],
    ['https://p.example:8443/ogc/jobs', undefined],
    ['http://p.example/ogc/jobs', undefined],
    ['https://p.example/ogcx/jobs', undefined],
    ['https://p.example/ogc/../secret', undefined],
    ['https://user@p.example/ogc/jobs', undefined],
    ['file:///etc/passwd', undefined],
  ])('the link %s leads to %s below the base URL', (href, path) => {
    expect(pathBelow(href, 'https://p.example/ogc/jobs', 'https://p.example/ogc/')).toBe(path);
  });
});
