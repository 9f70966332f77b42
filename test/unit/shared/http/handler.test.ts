import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as z from 'zod';
import type { Caller } from '../../../../lambdas/shared/auth/caller.ts';
import type { Answer, Call } from '../../../../lambdas/shared/http/call.ts';
import { httpHandler } from '../../../../lambdas/shared/http/handler.ts';
import type { Role, Route } from '../../../../lambdas/shared/http/route.ts';
import { Problem } from '../../../../lambdas/shared/problem.ts';
import { context, request } from './request.ts';

const Dish = z.strictObject({
  name: z.string().min(1),
  size: z.enum(['small', 'large']),
  spice: z.number().optional(),
  extras: z.record(z.string(), z.unknown()).optional(),
});
const Coupon = z.object({ 'x-coupon': z.string().max(3, 'Too long.').optional() });
const success = { status: 200, description: 'Done' };
const routes: Route[] = [
  { method: 'GET', path: '/menu', operationId: 'listMenu', summary: 'List', roles: ['anyone'], success, errors: [] },
  {
    method: 'GET',
    path: '/orders/{orderId}',
    operationId: 'showOrder',
    summary: 'Show',
    roles: ['user'],
    scope: 'jobs:read',
    params: z.object({ orderId: z.string().max(10) }),
    query: z.object({ limit: z.coerce.number().int().max(9).optional(), tag: z.array(z.string()).optional() }),
    success,
    errors: [],
  },
  { method: 'GET', path: '/orders/latest', operationId: 'showLatest', summary: 'Show', roles: ['anyone'], success, errors: [] },
  {
    method: 'POST',
    path: '/orders',
    operationId: 'order',
    summary: 'Order',
    roles: ['user'],
    headers: Coupon,
    body: Dish,
    success,
    errors: [],
  },
  { method: 'DELETE', path: '/orders', operationId: 'clear', summary: 'Clear', roles: ['administrator'], success, errors: [] },
];

let seen: Call | undefined;
let answers: (call: Call) => Promise<Answer>;
const remember = async (call: Call) => {
  seen = call;
  return answers(call);
};
const callerWith = (...roles: Role[]): Caller => ({ userId: 'ada', issuer: 'https://issuer', subject: '1', roles });
let caller = callerWith('user');
const verify = async (authorization: string | undefined) => {
  if (authorization !== 'Bearer good')
    throw new Problem(401, 'AUTHENTICATION_FAILED', 'Sign in.', { headers: { 'www-authenticate': 'Bearer' } });
  return caller;
};
const handler = httpHandler({
  routes,
  handlers: { listMenu: remember, showOrder: remember, showLatest: remember, order: remember, clear: remember },
  door: 'native',
  verify,
});

const signedIn = { authorization: 'Bearer good' };
async function send(what: Parameters<typeof request>[0]) {
  const { statusCode, headers = {}, body } = await handler(request(what), context);
  return { status: statusCode, headers, body: body === undefined ? undefined : JSON.parse(body) };
}
const order = (body: unknown, more: object = {}) => send({ method: 'POST', path: '/orders', headers: signedIn, body, ...more });

let lines: ReturnType<typeof jest.spyOn>;
beforeEach(() => {
  process.env['API_URL'] = 'https://api.example/';
  lines = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  seen = undefined;
  caller = callerWith('user');
  answers = async () => ({ status: 200, body: { fine: true } });
});
afterEach(() => lines.mockRestore());

describe('a good request', () => {
  it('reaches its handler with everything that was checked', async () => {
    const answer = await order({ name: 'Soup', size: 'small' }, { headers: { ...signedIn, prefer: 'wait=1' } });
    expect(answer).toMatchObject({ status: 200, body: { fine: true }, headers: { 'content-type': 'application/json' } });
    expect(seen).toMatchObject({
      caller,
      body: { name: 'Soup', size: 'small' },
      url: 'https://api.example',
      headers: { prefer: 'wait=1' },
    });
  });
  it('may have its body in base64', async () => {
    const body = Buffer.from('{"name":"Soup","size":"small"}').toString('base64');
    expect((await order(body, { base64: true })).status).toBe(200);
  });
  it('has path and query parameters as their schemas make them', async () => {
    await send({ path: '/orders/7', query: 'limit=3&tag=a&tag=b', headers: signedIn });
    expect(seen).toMatchObject({ params: { orderId: '7' }, query: { limit: 3, tag: ['a', 'b'] } });
  });
  it('needs no token where anyone may call, and its handler then has no caller', async () => {
    expect((await send({ path: '/menu' })).status).toBe(200);
    expect(() => seen?.caller).toThrow('no caller');
  });
  it('may be answered with null, with nothing, or with a text of its own type', async () => {
    answers = async () => ({ status: 200, body: null });
    expect((await handler(request({ path: '/menu' }), context)).body).toBe('null');
    answers = async () => ({ status: 204 });
    expect(await handler(request({ path: '/menu' }), context)).toMatchObject({
      statusCode: 204,
      headers: { 'x-correlation-id': 'gateway-id' },
    });
    answers = async () => ({ status: 200, body: '<p>', headers: { 'Content-Type': 'text/html' } });
    expect(await handler(request({ path: '/menu' }), context)).toMatchObject({ body: '<p>', headers: { 'content-type': 'text/html' } });
  });
});

describe('routing', () => {
  it.each(['/menu/', '//menu', '/menu//'])('takes %s for /menu', async (path) => expect((await send({ path })).status).toBe(200));
  it('passes over the name of a stage', async () => expect((await send({ path: '/test/menu', stage: 'test' })).status).toBe(200));
  it('prefers a literal path to a parameter', async () => expect((await send({ path: '/orders/latest' })).status).toBe(200));
  it('decodes path parameters and survives what cannot be decoded', async () => {
    await send({ path: '/orders/a%20b', headers: signedIn });
    expect(seen?.params).toEqual({ orderId: 'a b' });
    expect((await send({ path: '/orders/%zz', headers: signedIn })).status).toBe(200);
  });
  it.each(['/', '/nothing', '/menu/x', '/orders/1/2'])('answers 404 at %s', async (path) =>
    expect(await send({ path })).toMatchObject({ status: 404, body: { error_code: 'NOT_FOUND' } }),
  );
  it.each([
    ['PUT', '/menu', 'GET, HEAD'],
    ['GET', '/orders', 'POST, DELETE'],
    ['HEAD', '/orders', 'POST, DELETE'],
    ['OPTIONS', '/orders/1', 'GET, HEAD'],
  ])('answers 405 to %s %s and allows %s', async (method, path, allow) =>
    expect(await handler(request({ method, path }), context)).toMatchObject({ statusCode: 405, headers: { allow } }),
  );
  it('answers HEAD as GET, without the body and with its length in bytes', async () => {
    answers = async () => ({ status: 200, body: { name: 'Käse' } });
    const answer = await handler(request({ method: 'HEAD', path: '/menu' }), context);
    expect(answer.body).toBeUndefined();
    expect(answer).toMatchObject({ statusCode: 200, headers: { 'content-length': '16', 'content-type': 'application/json' } });
  });
});

describe('identity', () => {
  it('is asked for before anything is said of the request', async () =>
    expect(await send({ method: 'POST', path: '/orders', body: '{' })).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    }));
  it('by a personal access token needs the scope that the route states', async () => {
    const withScopes = (...scopes: NonNullable<Caller['scopes']>) => (caller = { ...callerWith('user', 'administrator'), scopes });
    const delivered = () => send({ path: '/orders/1', headers: { authorization: 'Bearer good' } });
    withScopes('jobs:read');
    expect((await delivered()).status).toBe(200);
    withScopes('jobs:write', 'platforms:read');
    expect(await delivered()).toMatchObject({
      status: 403,
      headers: { 'www-authenticate': expect.stringContaining('scope="jobs:read"') },
    });
  });
  it('by a personal access token is refused where the route states no scope, whatever the token is good for', async () => {
    caller = { ...callerWith('user', 'administrator'), scopes: ['jobs:read', 'jobs:write', 'platforms:read'] };
    const { status } = await send({ method: 'DELETE', path: '/orders', headers: { authorization: 'Bearer good' } });
    expect(status).toBe(403);
  });
  it('needs one of the roles of the route', async () => {
    const clear = { method: 'DELETE', path: '/orders', headers: signedIn };
    expect(await send(clear)).toMatchObject({
      status: 403,
      body: { error_code: 'FORBIDDEN', message: expect.stringContaining('administrator') },
    });
    caller = callerWith('user', 'administrator');
    expect((await send(clear)).status).toBe(200);
  });
  it('cannot be forgotten: a table that needs callers needs a verifier', () =>
    expect(() => httpHandler({ routes, handlers: {}, door: 'native' })).toThrow('verifier'));
});

describe('faults of a request', () => {
  const faultsOf = async (body: unknown) => {
    const answer = await order(body);
    expect(answer).toMatchObject({ status: 422, body: { status: 'error', error_code: 'VALIDATION_ERROR', request_id: 'gateway-id' } });
    return (answer.body.details.errors as { pointer: string; message: string }[]).map(({ pointer, message }) => [pointer, message]);
  };
  it('are all told at once, unknown fields by their names', async () =>
    expect(await faultsOf({ size: 'huge', spice: 'hot', 'a/b': 1, c: 2 })).toEqual([
      ['/name', 'Required: string.'],
      ['/size', 'Must be "small" or "large".'],
      ['/spice', 'Must be number, not string.'],
      ['/a~1b', expect.stringContaining('not known')],
      ['/c', expect.stringContaining('not known')],
    ]));
  it.each([
    ['{"name":', 'not JSON'],
    ['nonsense', 'not JSON'],
    ['', 'required'],
    ['[]', 'Must be object, not array'],
    ['null', 'Must be object, not null'],
  ])('include a body of %j', async (body, message) => expect(await faultsOf(body)).toEqual([['', expect.stringContaining(message)]]));
  it('include a body that is missing', async () => expect(await faultsOf(undefined)).toEqual([['', expect.stringContaining('required')]]));
  it('include what JSON can write and nobody can keep', async () => {
    const deep = `{"name":"n","size":"small","extras":{"x":${'['.repeat(50_000)}${']'.repeat(50_000)}}}`;
    expect(await faultsOf(deep)).toEqual([[expect.stringMatching(/^\/extras\/x(\/0)+$/), expect.stringContaining('too deep')]]);
    expect(await faultsOf('{"name":"n","size":"small","extras":{"x":1e999}}')).toEqual([
      ['/extras/x', expect.stringContaining('too large')],
    ]);
  });
  it('are cut after a hundred', async () => {
    const faults = await faultsOf(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`x${i}`, i])));
    expect(faults).toHaveLength(101);
    expect(faults.at(-1)?.[1]).toContain('402 more');
  });
  it('are found in path and query together, unknown parameters too', async () => {
    const { status, body } = await send({ path: '/orders/12345678901', query: 'limit=99&colour=red', headers: signedIn });
    expect(status).toBe(422);
    expect(body.details.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual(['orderId', 'limit', 'colour']);
  });
  it('are found in the headers that the route reads, and in no others', async () => {
    const headers = { ...signedIn, 'x-coupon': 'long', 'x-other': 'whatever' };
    expect(await order({ name: 'x', size: 'small' }, { headers })).toMatchObject({
      status: 422,
      body: { details: { errors: [{ pointer: 'x-coupon', message: 'Too long.' }] } },
    });
    expect((await order({ name: 'x', size: 'small' }, { headers: { ...headers, 'x-coupon': 'abc' } })).status).toBe(200);
    expect(seen?.headers).toMatchObject({ 'x-coupon': 'abc', 'x-other': 'whatever' });
  });
  it('include a body over 4 MB, before anything else is looked at', async () => {
    const answer = await send({ method: 'POST', path: '/orders', body: 'x'.repeat(4 * 1024 * 1024 + 1) });
    expect(answer).toMatchObject({ status: 413, body: { error_code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('URL') } });
  });
  it('do not include a body of just 4 MB', async () => {
    const empty = JSON.stringify({ name: '', size: 'small' }).length;
    expect((await order({ name: 'x'.repeat(4 * 1024 * 1024 - empty), size: 'small' })).status).toBe(200);
  });
});

describe('errors', () => {
  it('of ours are told with their code, headers and faults', async () => {
    answers = () => Promise.reject(new Problem(409, 'SOLD_OUT', 'No soup left.', { headers: { 'Retry-After': '9' } }));
    expect(await send({ path: '/menu' })).toMatchObject({
      status: 409,
      headers: { 'retry-after': '9' },
      body: { status: 'error', error_code: 'SOLD_OUT', message: 'No soup left.', details: null, request_id: 'gateway-id' },
    });
  });
  it('of any other kind are 500 for the client, who learns nothing, and logged', async () => {
    answers = () => Promise.reject(new Error('table SecretTable is gone'));
    const { status, body } = await send({ path: '/menu' });
    expect({ status, code: body.error_code }).toEqual({ status: 500, code: 'INTERNAL_ERROR' });
    expect(JSON.stringify(body)).not.toContain('SecretTable');
    expect(JSON.stringify(lines.mock.calls)).toContain('SecretTable');
  });
});

describe('correlation', () => {
  it('takes the id of the client into the answer, the errors and the log', async () => {
    const answer = await send({ path: '/nothing', headers: { 'x-correlation-id': 'my-trace.1' } });
    expect(answer).toMatchObject({ headers: { 'x-correlation-id': 'my-trace.1' }, body: { request_id: 'my-trace.1' } });
    expect(lines.mock.calls.at(-1)?.[0]).toContain('"requestId":"my-trace.1"');
  });
  it.each(['a b', 'x'.repeat(129), 'a\nb', '{}', ''])('does not take %j', async (id) =>
    expect((await send({ path: '/menu', headers: { 'x-correlation-id': id } })).headers['x-correlation-id']).toBe('gateway-id'),
  );
  it('logs one line for a request, without token or query', async () => {
    await send({ path: '/orders/7', query: 'limit=3', headers: signedIn });
    expect(lines.mock.calls).toHaveLength(1);
    const line = lines.mock.calls[0]?.[0] as string;
    expect(JSON.parse(line)).toMatchObject({ method: 'GET', path: '/orders/{orderId}', status: 200, userId: 'ada' });
    expect(line).not.toMatch(/good|limit/);
  });
});
