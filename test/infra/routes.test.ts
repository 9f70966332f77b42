import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { errorsOf } from '../../lambdas/shared/http/errors.ts';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { routeTables } from '../../scripts/openapi/tables.ts';
import { configs, resources, synthesize, type Resource } from './synthesized.ts';

const rows: Route[] = (await routeTables()).flatMap(({ routes }) => routes);
const each = rows.map((row) => [`${row.method} ${row.path}`, row] as const);
const api = synthesize(configs.dev)['swath-dev-api']!;
const keys = resources({ api }, 'AWS::ApiGatewayV2::Route').map(([, r]) => String(r.Properties['RouteKey']));

describe('a row of a route table', () => {
  it.each(each)('%s says who may call', (_, { roles }) => expect(roles.length).toBeGreaterThan(0));

  it.each(each)('%s describes each part of its path', (_, { path, params }) => {
    const named = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1]);
    expect(Object.keys(params?.shape ?? {}).sort()).toEqual(named.sort());
  });

  it.each(each.filter(([, r]) => r.method === 'POST' || r.method === 'PUT'))('%s has a schema for a body, or takes none', (_, row) => {
    if (row.body) expect(row.bodyExample === undefined || row.body.safeParse(row.bodyExample).success).toBe(true);
    else expect(row.bodyExample).toBeUndefined();
  });

  it.each(each.filter(([, r]) => r.method === 'GET'))('%s has a schema for its answer and no body', (_, row) => {
    expect(row.success.schema).toBeInstanceOf(z.ZodType);
    expect(row.body).toBeUndefined();
  });

  it.each(each)('%s documents its errors', (_, row) => {
    const { method, roles, params, body } = row;
    const errors = errorsOf(row);
    const statuses = errors.map((e) => e.status);
    if (!roles.includes('anyone')) expect(statuses).toContain(401);
    if (params && method !== 'PUT') expect(statuses).toContain(404);
    if (body) expect(statuses.some((s) => s === 400 || s === 422)).toBe(true);
    for (const { codes, when } of errors) expect(codes.length * when.length).toBeGreaterThan(0);
  });
});

it('operation ids are unique', () => expect(new Set(rows.map((r) => r.operationId)).size).toBe(rows.length));

describe('API Gateway', () => {
  it('hands every row to a function, whatever its method', () => {
    for (const { path } of rows) {
      const prefix = `/${path.split('/')[1]}`;
      expect(keys).toContain(path === prefix ? `ANY ${path}` : `ANY ${prefix}/{proxy+}`);
    }
    expect(keys).toContain('$default');
  });

  it('answers browsers of any origin and shows them the headers that clients read', () => {
    const [[, { Properties }]] = resources({ api }, 'AWS::ApiGatewayV2::Api') as [[string, Resource]];
    expect(Properties['CorsConfiguration']).toMatchObject({
      AllowOrigins: ['*'],
      ExposeHeaders: expect.arrayContaining(['Location', 'Link', 'Retry-After', 'X-Correlation-ID']),
    });
  });
});
