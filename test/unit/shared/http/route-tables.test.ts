import { describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { errorsOf } from '../../../../lambdas/shared/http/errors.ts';
import type { Route } from '../../../../lambdas/shared/http/route.ts';
import { openApiDocument } from '../../../../scripts/openapi/document.ts';
import { routeTables } from '../../../../scripts/openapi/tables.ts';

const root = path.resolve(import.meta.dirname, '../../../..');
const tables = await routeTables();
const routes: Route[] = tables.flatMap((table) => [...table.routes]);
const rows = routes.map((route) => [`${route.method} ${route.path}`, route] as const);
const document = openApiDocument(tables, '1.2.3');
const operations = Object.values(document.paths ?? {}).flatMap((item) =>
  [item.get, item.post, item.put, item.delete].filter((o) => o !== undefined),
);

/** Every object of a JSON document, the document itself first. */
const objectsIn = (value: unknown): Record<string, unknown>[] =>
  typeof value !== 'object' || value === null
    ? []
    : [...(Array.isArray(value) ? [] : [value as Record<string, unknown>]), ...Object.values(value).flatMap(objectsIn)];

describe('every route', () => {
  it('has an id, and a method and path, that no other has', () => {
    expect(new Set(routes.map((route) => route.operationId)).size).toBe(routes.length);
    expect(new Set(rows.map(([name]) => name)).size).toBe(routes.length);
  });
  it.each(rows)('%s says who may call, and what it answers', (_, route) => {
    expect(route.roles.length).toBeGreaterThan(0);
    expect(route.summary).not.toBe('');
    if (route.success.status !== 204) expect(route.success.schema).toBeDefined();
  });
  it('for every user states the scope of personal access tokens, but where only people may: those tokens themselves, and credentials', () =>
    expect(rows.filter(([, { roles, scope }]) => roles.includes('user') && scope === undefined).map(([name]) => name)).toEqual([
      'POST /tokens',
      'GET /tokens',
      'DELETE /tokens/{tokenId}',
      'PUT /platforms/{platformId}/credential',
      'DELETE /platforms/{platformId}/credential',
    ]));
  it.each(rows)('%s has a schema for each parameter of its path, and for no other', (_, route) => {
    const inPath = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    expect(Object.keys(route.params?.shape ?? {}).sort()).toEqual(inPath.sort());
  });
  it.each(rows)('%s has an example of its body that fits', (_, route) => {
    if (route.body) expect(route.body.safeParse(route.bodyExample).error).toBeUndefined();
    else expect(route.bodyExample).toBeUndefined();
  });
  it.each(rows)('%s documents what can go wrong in front of it', (_, route) => {
    const statuses = errorsOf(route).map(({ status }) => status);
    expect(statuses).toEqual(
      expect.arrayContaining([422, 500, ...(route.roles.includes('anyone') ? [] : [401, 503]), ...(route.body ? [413] : [])]),
    );
    expect(new Set(statuses).size).toBe(statuses.length);
    if (route.roles.includes('anyone')) expect(statuses).not.toContain(401);
    if (route.params && route.method !== 'PUT') expect(statuses).toContain(404);
  });
});

describe('docs/errors.md', () => {
  const documented = [...readFileSync(path.join(root, 'docs/errors.md'), 'utf8').matchAll(/^\| `([A-Z_]+)` *\| (\d+) /gm)].map(
    ([, code, status]) => `${status} ${code}`,
  );
  // These two belong to addresses and methods that no route has.
  const used = new Set([
    '404 NOT_FOUND',
    '405 METHOD_NOT_ALLOWED',
    ...routes.flatMap((r) => errorsOf(r).flatMap((e) => e.codes.map((c) => `${e.status} ${c}`))),
  ]);
  it('explains every code that an operation can answer, and no other', () => expect(documented.sort()).toEqual([...used].sort()));
});

describe('the API document', () => {
  it('is OpenAPI 3.1 and holds every route', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations.map((operation) => operation.operationId).sort()).toEqual(routes.map((route) => route.operationId).sort());
  });
  it('refers to nothing but its own parts, and those exist', () => {
    const refs = objectsIn(document).flatMap((object) => (typeof object['$ref'] === 'string' ? [object['$ref']] : []));
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) {
      expect(ref).toMatch(/^#\/components\/schemas\//);
      expect(document.components?.schemas).toHaveProperty([ref.split('/').at(-1)!]);
    }
  });
  it('asks for a token exactly where one is needed', () => {
    for (const operation of operations) {
      const open = routes.find((route) => route.operationId === operation.operationId)?.roles.includes('anyone');
      expect(operation.security).toEqual(open ? [] : [{ bearer: [] }]);
    }
  });
  it("gives every error of a door the door's form and an example of it, and every answer its correlation id", () => {
    const forms = { native: ['Error', { status: 'error' }], ogc: ['OgcException', { type: expect.any(String) }] } as const;
    for (const { tags, responses } of operations)
      for (const [status, response] of Object.entries(responses ?? {})) {
        expect(response).toHaveProperty(['headers', 'X-Correlation-ID']);
        if (Number(status) < 400) continue;
        const [schema, example] = forms[tables.find(({ area }) => area === tags?.[0])!.door];
        expect(response).toMatchObject({
          content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` }, example } },
        });
      }
  });
  it('has no pattern beside date-time, which says it all', () => {
    for (const object of objectsIn(document)) if (object['format'] === 'date-time') expect(object).not.toHaveProperty('pattern');
  });
  it('leaves answers open for more fields, and closes requests', () => {
    const schemas = document.components?.schemas ?? {};
    expect(schemas['Platform']).not.toHaveProperty('additionalProperties');
    expect(schemas['JobRequest']).toMatchObject({ additionalProperties: false });
  });
  it('is committed as the route tables make it', () => {
    expect(() => execFileSync(process.execPath, ['scripts/openapi.ts', '--check'], { cwd: root, stdio: 'pipe' })).not.toThrow();
  });
});
