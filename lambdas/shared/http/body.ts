import { Problem, type Fault } from '../problem.ts';
import type { HttpEvent, Middleware } from './exchange.ts';
import { check, jsonPointer } from './faults.ts';

/** DynamoDB keeps 32 levels (its quotas, "Attributes"); four are left for what surrounds a body. */
const deepest = 28;

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

/** The first thing in a value that JSON can write but nothing behind us can keep: too deep, or a number beyond all bounds. */
function unkeepable(value: unknown, path: (string | number)[] = []): Fault | undefined {
  if (typeof value === 'number' && !Number.isFinite(value)) return { pointer: jsonPointer(path), message: 'This number is too large.' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (path.length >= deepest) return { pointer: jsonPointer(path), message: `Nested too deeply: ${deepest} levels are possible.` };
  for (const [key, item] of Object.entries(value)) {
    const fault = unkeepable(item, [...path, key]);
    if (fault) return fault;
  }
  return undefined;
}

/** Reads the body as JSON, whatever its content type says, and checks it with the route's schema. */
export function jsonBody(): Middleware {
  return {
    before: ({ event }) => {
      const { exchange } = event;
      if (!exchange.route!.body) return;
      const value = parse(textOf(event));
      const fault = unkeepable(value);
      if (fault) throw refuse([fault]);
      const checked = check(exchange.route!.body, value, jsonPointer);
      if ('faults' in checked) throw refuse(checked.faults);
      exchange.body = checked.value;
    },
  };
}
