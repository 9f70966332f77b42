import { unkeepable } from '../keepable.ts';
import { Problem, type Fault } from '../problem.ts';
import type { HttpEvent, Middleware } from './exchange.ts';
import { check, jsonPointer } from './faults.ts';

const refuse = (errors: Fault[]): Problem => new Problem(422, 'VALIDATION_ERROR', 'The body has faults; details name each.', { errors });

const textOf = ({ body, isBase64Encoded }: HttpEvent): string =>
  isBase64Encoded ? Buffer.from(body ?? '', 'base64').toString() : (body ?? '');

function parse(text: string): unknown {
  if (text.trim() === '') throw refuse([{ pointer: '', message: 'A JSON body is required.' }]);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse([{ pointer: '', message: `This is not JSON: ${(error as Error).message}.` }]);
  }
}

/** Reads the body as JSON, whatever its content type says, and checks it with the route's schema. */
export function jsonBody(): Middleware {
  return {
    before: ({ event }) => {
      const { exchange } = event;
      if (!exchange.route!.body) return;
      const value = parse(textOf(event));
      const fault = unkeepable(value);
      if (fault) throw refuse([{ pointer: jsonPointer(fault.path), message: fault.message }]);
      const checked = check(exchange.route!.body, value, jsonPointer);
      if ('faults' in checked) throw refuse(checked.faults);
      exchange.body = checked.value;
    },
  };
}
