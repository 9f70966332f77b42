import type * as z from 'zod';
import type { Scope } from '../auth/scopes.ts';

/** Who may call: nobody needs a token for `anyone`; every other role comes from the configured claim of the token. */
export type Role = 'anyone' | 'user' | 'developer' | 'administrator';

/** One documented error of a route: HTTP status, the codes it can carry, and when it happens. */
export interface RouteError {
  status: number;
  codes: readonly string[];
  when: string;
}

/** One documented answer of a route that is no error. */
interface Success {
  status: number;
  description: string;
  schema?: z.ZodType;
  contentType?: string;
  headers?: Record<string, string>;
}

/**
 * One row of an area's route table. The table drives the API Gateway routes, the router inside the function, the
 * OpenAPI document and the test that every route is complete, so that the four cannot drift.
 */
export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** OpenAPI path template, e.g. `/unit_jobs/{jobId}`. */
  path: string;
  operationId: string;
  summary: string;
  description?: string;
  roles: readonly Role[];
  /** What a personal access token must be good for; absent: such tokens are not taken. */
  scope?: Scope;
  /** A browser that asks for HTML is answered the page for people, which asks again for the JSON with its user's token. */
  page?: true;
  /** Path parameters by name. */
  params?: z.ZodObject;
  /** Query parameters by name; unknown ones are refused. */
  query?: z.ZodObject;
  /** Request headers that the route reads, by lower-case name; any others may stand beside them. */
  headers?: z.ZodObject;
  body?: z.ZodType;
  /** Media types that a body may have; absent: it is read as JSON whatever its type says. */
  mediaTypes?: readonly string[];
  bodyExample?: unknown;
  success: Success;
  /** Other answers that are no errors, e.g. that of a dry run. */
  alternatives?: readonly Success[];
  errors: readonly RouteError[];
}
