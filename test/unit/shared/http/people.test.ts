import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import type { Caller } from '../../../../lambdas/shared/auth/caller.ts';
import { httpHandler } from '../../../../lambdas/shared/http/handler.ts';
import { page } from '../../../../lambdas/shared/http/page.ts';
import { asksForPage } from '../../../../lambdas/shared/http/people.ts';
import type { Route } from '../../../../lambdas/shared/http/route.ts';
import { unauthenticated } from '../../../../lambdas/shared/auth/unauthenticated.ts';
import { context, request } from './request.ts';

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

describe('A page is asked for', () => {
  it.each([
    [browser, true],
    ['text/html;q=0.5', true],
    ['TEXT/HTML', true],
    ['text/html;q=0.8, application/json;q=0.9', false],
    ['text/html;q=0', false],
    ['text/html;q=x', false],
    ['application/json', false],
    ['*/*', false],
    ['', false],
    [undefined, false],
  ])('by Accept: %s: %s', (accept, expected) => expect(asksForPage(accept)).toBe(expected));
});

describe('A route with a page', () => {
  process.env['API_URL'] = 'https://api.example';
  const base = { summary: 's', roles: ['user'] as const, success: { status: 200, description: 'd', schema: z.unknown() }, errors: [] };
  const routes = [
    { ...base, method: 'GET', path: '/jobs', operationId: 'list', page: true },
    { ...base, method: 'POST', path: '/jobs', operationId: 'make', page: true },
    { ...base, method: 'GET', path: '/data', operationId: 'data' },
  ] as const satisfies Route[];
  const ana: Caller = { userId: 'ana', issuer: 'i', subject: 's', roles: ['user'] };
  const data = async () => ({ status: 200, body: { secret: true } });
  const handle = httpHandler({
    routes,
    handlers: { list: data, make: data, data },
    door: 'ogc',
    page: page('https://api.example', 'wss://live.example/job_status'),
    verify: async (authorization) => {
      if (authorization === 'Bearer ana') return ana;
      throw unauthenticated('Sign in.');
    },
    limit: undefined,
  });
  const get = (headers: Record<string, string>, method = 'GET', path = '/jobs') => handle(request({ method, path, headers }), context);

  it('gives a browser the page, without a token and without data', async () => {
    const { statusCode, headers, body } = await get({ accept: browser });
    expect([statusCode, headers?.['content-type'], headers?.['vary']]).toEqual([200, 'text/html; charset=utf-8', 'accept']);
    expect(headers?.['content-security-policy']).toContain("connect-src 'self' wss://live.example;");
    expect(body).not.toContain('secret');
  });

  it('gives programs its data, to whom it belongs', async () => {
    expect(await get({ accept: '*/*' })).toMatchObject({ statusCode: 401, headers: { vary: 'accept' } });
    expect(await get({ authorization: 'Bearer ana' })).toMatchObject({ statusCode: 200, body: '{"secret":true}' });
  });

  it('does so for reading only, and no other route does', async () => {
    expect((await get({ accept: browser }, 'POST')).statusCode).toBe(401);
    expect((await get({ accept: browser }, 'GET', '/data')).statusCode).toBe(401);
    expect((await get({ accept: browser }, 'HEAD')).headers).toMatchObject({ 'content-length': expect.stringMatching(/^\d{3,}$/) });
  });

  it('writes its addresses so that nothing breaks out of them', () =>
    expect(page('https://api.example/"><script>', 'wss://live.example').body).not.toContain('"><script>'));
});
