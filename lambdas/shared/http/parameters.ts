import * as z from 'zod';
import { Problem, type Fault } from '../problem.ts';
import type { Middleware } from './exchange.ts';
import { check, parameterName } from './faults.ts';

/** Query parameters by name; one that is given several times is a list. */
function queryOf(raw: string): Record<string, string | string[]> {
  const query = new URLSearchParams(raw);
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, query.getAll(name).length > 1 ? query.getAll(name) : query.get(name)!]),
  );
}

const none = z.object({});

/** Checks path and query parameters and headers with the route's schemas, all at once. Unknown query parameters are faults. */
export function parameters(): Middleware {
  return {
    before: ({ event: { exchange, rawQueryString, headers } }) => {
      const route = exchange.route!;
      const params = route.params ? check(route.params, exchange.params, parameterName) : { value: exchange.params };
      const query = check((route.query ?? none).strict(), queryOf(rawQueryString ?? ''), parameterName);
      const read = route.headers ? check(route.headers, headers, parameterName) : { value: headers };
      const faults: Fault[] = [params, query, read].flatMap((part) => ('faults' in part ? part.faults : []));
      if (faults.length > 0)
        throw new Problem(422, 'VALIDATION_ERROR', 'The parameters have faults; details name each.', { errors: faults });
      if ('value' in params) exchange.params = params.value;
      if ('value' in query) exchange.query = query.value;
    },
  };
}
