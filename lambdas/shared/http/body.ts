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

/** A body of another type than the route takes is refused; one that says nothing of its type is read. */
function checkType(types: readonly string[] | undefined, contentType: string | undefined): void {
  const given = contentType?.split(';')[0]!.trim().toLowerCase();
  if (types === undefined || !given || types.includes(given)) return;
  throw new Problem(415, 'UNSUPPORTED_MEDIA_TYPE', `${given.slice(0, 100)} is not taken here, only ${types.join(' or ')}.`, {
    headers: { accept: types.join(', ') },
  });
}

/** Reads the body as JSON, of whatever content type the route takes, and checks it with the route's schema. */
export function jsonBody(): Middleware {
  return {
    before: ({ event }) => {
      const { exchange } = event;
      if (!exchange.route!.body) return;
      checkType(exchange.route!.mediaTypes, event.headers['content-type']);
      exchange.text = textOf(event);
      const value = parse(exchange.text);
      const fault = unkeepable(value);
      if (fault) throw refuse([{ pointer: jsonPointer(fault.path), message: fault.message }]);
      const checked = check(exchange.route!.body, value, jsonPointer);
      if ('faults' in checked) throw refuse(checked.faults);
      exchange.body = checked.value;
    },
  };
}
