import type * as z from 'zod';
import { Problem } from '../problem.ts';
import type { Answer } from './call.ts';
import { nativeError, NativeError } from './native.ts';
import { ogcError, ogcException, OgcException, ogcStatus } from './ogc.ts';

/** How a door writes a problem, and what its part of the API document says about that. */
interface Dialect {
  encode(problem: Problem, requestId: string, accept: string | undefined): Answer;
  /** The HTTP status of a code in this door; `status` is the one that the problem has by itself. */
  statusOf(code: string, status: number): number;
  schema: z.ZodType;
  example(problem: Problem, requestId: string): unknown;
}

export const doors = {
  native: {
    encode: (problem, requestId) => ({ status: problem.status, headers: { ...problem.headers }, body: nativeError(problem, requestId) }),
    statusOf: (_, status) => status,
    schema: NativeError,
    example: nativeError,
  },
  ogc: { encode: ogcError, statusOf: ogcStatus, schema: OgcException, example: ogcException },
} satisfies Record<string, Dialect>;
export type Door = keyof typeof doors;
