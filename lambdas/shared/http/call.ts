import type * as z from 'zod';
import type { Caller } from '../auth/caller.ts';
import type { Route } from './route.ts';

type Parsed<Schema, Absent> = Schema extends z.ZodType ? z.output<Schema> : Absent;
type Part<R, Name extends string, Absent> = R extends { readonly [N in Name]?: infer Schema } ? Parsed<Schema, Absent> : Absent;

/** A request that passed every check of its route; `params`, `query` and `body` are what the schemas made of them. */
export interface Call<R = Route> {
  /** Who calls. Reading it on a route for `anyone` is a bug and throws. */
  readonly caller: Caller;
  readonly params: Part<R, 'params', Record<string, string>>;
  readonly query: Part<R, 'query', Record<string, unknown>>;
  readonly body: Part<R, 'body', undefined>;
  /** The body as it came; empty where the route takes none. */
  readonly text: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Absolute base URL of the API, without a trailing slash. */
  readonly url: string;
  /** Correlation id, safe to store and to send on. */
  readonly requestId: string;
}

/** What a handler answers. A body is encoded as JSON, unless it is a text with a content type of its own, or bytes. */
export interface Answer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** One handler for each operation of a route table. With a table declared `as const`, each sees its own schemas' types. */
export type Handlers<Routes extends readonly Route[] = readonly Route[]> = {
  [R in Routes[number] as R['operationId']]: (call: Call<R>) => Promise<Answer>;
};
