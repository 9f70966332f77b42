import { describe, expect, it } from '@jest/globals';
import { asked, IdempotencyHeaders } from '../../../../lambdas/shared/http/idempotency.ts';
import { pageLinks } from '../../../../lambdas/shared/http/page-links.ts';

describe('an Idempotency-Key', () => {
  it.each([['a'], ['3f2a8c6e-5b1d-4e0f-9a77-0c6b1f5d2e90'], ['"quoted text"'], ['x'.repeat(255)]])('may be %s', (key) => {
    expect(IdempotencyHeaders.safeParse({ 'idempotency-key': key }).success).toBe(true);
  });
  it.each([[''], ['x'.repeat(256)], ['naïve'], ['a\tb'], ['a\u0000'], ['a\n']])('may not be %j', (key) => {
    expect(IdempotencyHeaders.safeParse({ 'idempotency-key': key }).success).toBe(false);
  });
});

describe('a request is known', () => {
  const of = (body: unknown, path = '/unit_jobs', method = 'POST', key = 'k') => asked(key, method, path, body)!;
  it('only by a key', () => expect(asked(undefined, 'POST', '/unit_jobs', {})).toBeUndefined());
  it('by hashes that tell neither key nor body', () => {
    const { key, fingerprint } = of({ secret: 'body' }, '/unit_jobs', 'POST', 'secret key');
    for (const hash of [key, fingerprint]) expect(hash).toMatch(/^[0-9a-f]{64}$/);
  });
  it('whatever the order of the members of its objects', () => {
    expect(of({ a: 1, b: { c: [1, { d: 2, e: 3 }], f: null } })).toEqual(of({ b: { f: null, c: [1, { e: 3, d: 2 }] }, a: 1 }));
  });
  it.each<[string, unknown, string, string]>([
    ['value', { a: 2 }, '/unit_jobs', 'POST'],
    ['type', { a: '1' }, '/unit_jobs', 'POST'],
    ['member', { a: 1, b: null }, '/unit_jobs', 'POST'],
    ['path', { a: 1 }, '/other', 'POST'],
    ['method', { a: 1 }, '/unit_jobs', 'PUT'],
  ])('as another one by another %s', (_, body, path, method) => {
    expect(of(body, path, method).fingerprint).not.toBe(of({ a: 1 }).fingerprint);
  });
  it('as another one when a list has another order', () => expect(of([1, 2]).fingerprint).not.toBe(of([2, 1]).fingerprint));
});

describe('the links of a page', () => {
  const href = 'https://api.example/jobs_status';
  it('repeat a parameter with several values, and leave out those without one', () => {
    expect(pageLinks(href, { filter: ['a', 'b'], limit: 2, cursor: undefined }, undefined)).toEqual([
      { rel: 'self', href: `${href}?filter=a&filter=b&limit=2` },
    ]);
  });
  it('lead on from where the page ends', () => {
    expect(pageLinks(href, { limit: 2, cursor: 'here' }, 'the&re')).toEqual([
      { rel: 'self', href: `${href}?limit=2&cursor=here` },
      { rel: 'next', href: `${href}?limit=2&cursor=the%26re` },
    ]);
  });
});
