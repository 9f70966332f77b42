import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoArrivals } from '../../lambdas/shared/http/dynamo-arrivals.ts';
import { aws, local } from '../support/local.ts';

/** The arrival times of rate limits on the emulator's DynamoDB. Times are those of the test: nothing of them is compared with a clock. */
describe('Arrival times in DynamoDB', () => {
  const store = dynamoArrivals(() => aws.dynamo(), local().outputs['RequestsTable']!);
  const now = Date.parse('2026-03-01T00:00:00.000Z');
  const aKey = () => `reads#test-${randomUUID()}`;

  it('begin now, and move on by the cost of each request', async () => {
    const key = aKey();
    expect(await store.advance(key, 100, now, now + 1000)).toEqual({ ok: true, at: now + 100 });
    expect(await store.advance(key, 100, now + 10, now + 1010)).toEqual({ ok: true, at: now + 200 });
  });

  it('begin anew when their time is over: who was quiet saves nothing up', async () => {
    const key = aKey();
    await store.advance(key, 100, now, now + 1000);
    expect(await store.advance(key, 100, now + 5000, now + 6000)).toEqual({ ok: true, at: now + 5100 });
  });

  it('never go beyond the latest, and stay as they are when refused', async () => {
    const key = aKey();
    expect(await store.advance(key, 900, now, now + 1000)).toMatchObject({ ok: true });
    for (let n = 0; n < 2; n += 1) expect(await store.advance(key, 200, now, now + 1000)).toEqual({ ok: false, at: now + 900 });
    expect(await store.advance(key, 100, now, now + 1000)).toEqual({ ok: true, at: now + 1000 });
  });

  it('let exactly as many through as fit, of many at the same moment', async () => {
    const key = aKey();
    const all = await Promise.all(Array.from({ length: 20 }, () => store.advance(key, 100, now, now + 1000)));
    expect(
      all
        .filter(({ ok }) => ok)
        .map(({ at }) => at - now)
        .toSorted((a, b) => a - b),
    ).toEqual(Array.from({ length: 10 }, (_, n) => 100 * (n + 1)));
  });
});
