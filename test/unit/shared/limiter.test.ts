import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import * as z from 'zod';
import { httpHandler } from '../../../lambdas/shared/http/handler.ts';
import { limiter, type ArrivalStore } from '../../../lambdas/shared/http/limiter.ts';
import type { RateLimits } from '../../../lambdas/shared/http/model.ts';
import { context, request } from './http/request.ts';

const limits: RateLimits = { reads: { perMinute: 60, burst: 40 }, writes: { perMinute: 6, burst: 3 } };
let now: number;
let times: Map<string, number>;
let writes: number;
let isDown: boolean;
beforeEach(() => {
  jest.spyOn(console, 'log').mockImplementation(() => undefined);
  process.env['API_URL'] = 'https://api.example';
  now = 1_000_000;
  times = new Map();
  writes = 0;
  isDown = false;
});
afterEach(() => void jest.restoreAllMocks());

const store: ArrivalStore = {
  async advance(key, cost, at, latest) {
    writes += 1;
    if (isDown) throw new Error('throttled');
    const next = Math.max(at, times.get(key) ?? at) + cost;
    if (next > latest) return { ok: false, at: times.get(key) ?? at };
    times.set(key, next);
    return { ok: true, at: next };
  },
};
const clock = { now: () => now };
const aLimiter = () => limiter(store, limits, clock);

describe('the rate of a user', () => {
  it('is a burst at once and then as many a minute as the config says, told in seconds', async () => {
    const take = aLimiter();
    for (let n = 0; n < 3; n += 1) expect(await take('ada', 'writes')).toMatchObject({ allowed: true, remaining: 2 - n });
    expect(await take('ada', 'writes')).toEqual({ kind: 'writes', allowed: false, remaining: 0, seconds: 10 });
    now += 10_000;
    expect(await take('ada', 'writes')).toMatchObject({ allowed: true });
    expect(await take('ada', 'writes')).toMatchObject({ allowed: false });
  });

  it('is nobody else’s, and reads and writes count apart', async () => {
    const take = aLimiter();
    for (let n = 0; n < 4; n += 1) await take('ada', 'writes');
    expect(await take('bob', 'writes')).toMatchObject({ allowed: true });
    expect(await take('ada', 'reads')).toMatchObject({ allowed: true });
  });

  it('holds over several functions at once', async () => {
    const [one, other] = [aLimiter(), aLimiter()];
    const all = await Promise.all(Array.from({ length: 8 }, (_, n) => (n % 2 ? one : other)('ada', 'writes')));
    expect(all.filter((verdict) => verdict?.allowed)).toHaveLength(3);
  });

  it('costs no write for most requests, and none for those that are refused again', async () => {
    const take = aLimiter();
    for (let n = 0; n < 40; n += 1) expect(await take('ada', 'reads')).toMatchObject({ allowed: true });
    expect(writes).toBe(20);
    await take('ada', 'reads');
    const refusals = writes;
    for (let n = 0; n < 100; n += 1) expect(await take('ada', 'reads')).toMatchObject({ allowed: false });
    expect(writes).toBe(refusals);
  });

  it('never lets more through than burst and rate allow, however requests come', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 8000 }), { maxLength: 80 }), async (pauses) => {
        times.clear();
        const take = [aLimiter(), aLimiter()];
        const began = now;
        let allowed = 0;
        for (const [n, pause] of pauses.entries()) {
          now += pause;
          if ((await take[n % 2]!('ada', 'writes'))?.allowed) allowed += 1;
          expect(allowed).toBeLessThanOrEqual(3 + (now - began) / 10_000 + 1e-6);
        }
      }),
    );
  });

  it('is not limited while the table fails', async () => {
    isDown = true;
    const take = aLimiter();
    for (let n = 0; n < 10; n += 1) expect(await take('ada', 'writes')).toBeUndefined();
  });
});

describe('an answer', () => {
  const handler = httpHandler({
    routes: [
      {
        ...{ method: 'POST', path: '/orders', operationId: 'order', summary: 'Order', roles: ['user'], body: z.object({}) },
        ...{ success: { status: 200, description: 'Done' }, errors: [] },
      },
    ],
    handlers: { order: async () => ({ status: 200, body: {} }) },
    door: 'native',
    verify: async () => ({ userId: 'ada', issuer: 'https://issuer', subject: '1', roles: ['user'] }),
    limit: { limits, take: (userId, kind) => (shared ??= aLimiter())(userId, kind) },
  });
  let shared: ReturnType<typeof aLimiter> | undefined;
  beforeEach(() => (shared = undefined));
  const order = () => handler(request({ method: 'POST', path: '/orders', body: {} }), context);

  it('says what is left, and 429 says when to come again', async () => {
    expect(await order()).toMatchObject({
      statusCode: 200,
      headers: { ratelimit: '"writes";r=2;t=10', 'ratelimit-policy': '"writes";q=3;w=30' },
    });
    await order();
    await order();
    const { statusCode, headers, body } = await order();
    expect([statusCode, headers?.['retry-after'], headers?.['ratelimit']]).toEqual([429, '10', '"writes";r=0;t=10']);
    expect(JSON.parse(body!)).toMatchObject({ error_code: 'TOO_MANY_REQUESTS' });
  });

  it('is given as ever while the table fails, and says nothing of limits', async () => {
    isDown = true;
    const { statusCode, headers } = await order();
    expect([statusCode, headers?.['ratelimit']]).toEqual([200, undefined]);
  });
});
