import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { dynamoDatabase } from '../../../lambdas/landing/dynamo.ts';
import { LandingPage } from '../../../lambdas/landing/model.ts';
import { landingPage } from '../../../lambdas/landing/rules.ts';
import { straighten } from '../../../lambdas/landing/straighten.ts';
import { health } from '../../../lambdas/landing/use-cases.ts';
import { context, request } from '../shared/http/request.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('the landing page', () => {
  const page = landingPage('https://api.example', 'wss://live.example/job_status');
  it('is what its schema says', () => expect(LandingPage.parse(page)).toEqual(page));
  it('links itself, the API document and the health as OGC API - Common names them', () => {
    const links = Object.fromEntries(page.links.map(({ rel, href }) => [rel, href]));
    expect(links).toMatchObject({
      self: 'https://api.example/',
      'service-desc': 'https://api.example/api',
      status: 'https://api.example/health',
    });
  });
});

describe('health', () => {
  it('is ok while the database answers', async () =>
    expect(await health({ answers: async () => true })).toEqual({ status: 'ok', database: { status: 'ok' } }));
  it('is a 503 in plain words while it does not', async () =>
    expect(health({ answers: async () => false })).rejects.toMatchObject({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      headers: { 'retry-after': '60' },
    }));
  it('takes any failure of the read for no answer, and logs it', async () => {
    const lines = jest.spyOn(console, 'log').mockImplementation(() => undefined);
    const broken = { send: () => Promise.reject(new Error('time-out')) } as unknown as DynamoDBDocumentClient;
    expect(await dynamoDatabase(broken, 'jobs').answers()).toBe(false);
    expect(lines.mock.calls[0]?.[0]).toContain('time-out');
  });
  it('does not mind that the key it reads has no item', async () =>
    expect(await dynamoDatabase({ send: async () => ({}) } as unknown as DynamoDBDocumentClient, 'jobs').answers()).toBe(true));
});

describe('a path that the gateway does not know', () => {
  const door = straighten(async () => ({ statusCode: 404 }), 'https://api.example/');
  it.each([
    ['/unit_jobs/', '', 'https://api.example/unit_jobs'],
    ['//unit_jobs//7/', 'limit=3', 'https://api.example/unit_jobs/7?limit=3'],
    ['//evil.example/', '', 'https://api.example/evil.example'],
    ['/a b\r\nx: y/', '', 'https://api.example/a%20b%0D%0Ax%3A%20y'],
    ['//', '', 'https://api.example/'],
  ])('and has slashes too many, such as %j, leads where it meant to go', async (path, query, location) =>
    expect(await door(request({ method: 'POST', path, query }), context)).toMatchObject({ statusCode: 308, headers: { location } }),
  );
  it.each(['/', '/nothing', '/nothing/at/all'])('and has none, such as %s, is answered here', async (path) =>
    expect(await door(request({ path }), context)).toEqual({ statusCode: 404 }),
  );
});
