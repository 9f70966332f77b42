import { expect } from '@jest/globals';
import type * as z from 'zod';
import type { Route } from '../../lambdas/shared/http/route.ts';
import { routeTables } from '../../scripts/openapi/tables.ts';

const routes: readonly Route[] = (await routeTables()).flatMap((table) => table.routes);

/** The answer of a success is what the operation's row of its route table says: status, media type, and a body of its schema. */
export function expectDocumented(
  operationId: string,
  { status, headers, body }: { status: number; headers: Headers; body: unknown },
): void {
  const { success } = routes.find((route) => route.operationId === operationId)!;
  expect([operationId, status]).toEqual([operationId, success.status]);
  const { contentType = 'application/json' } = success;
  if (contentType !== '*/*') expect(headers.get('content-type')).toContain(contentType);
  // Parsing drops what the schema does not know.
  expect((success.schema as z.ZodType).parse(body)).toEqual(body);
}
