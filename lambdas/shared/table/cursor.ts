import { Problem } from '../problem.ts';

const bad = () =>
  new Problem(422, 'VALIDATION_ERROR', 'The request has faults: see details.', {
    errors: [{ pointer: 'cursor', message: 'This cursor was not made for this list: take it from the `next` link of a page.' }],
  });

/** An opaque cursor from the key of the last item of a page. */
export const writeCursor = (key: Record<string, unknown>): string => Buffer.from(JSON.stringify(key)).toString('base64url');

/** The key in a cursor: these attributes, in the partition that the caller may read (any, where none is named). A foreign or broken one is refused. */
export function readCursor(
  cursor: string | undefined,
  attributes: readonly string[],
  attr?: string,
  mine?: string,
): Record<string, unknown> | undefined {
  if (cursor === undefined) return undefined;
  try {
    const key = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as Record<string, unknown>;
    const whole = Object.keys(key).length === attributes.length && attributes.every((name) => typeof key[name] === 'string');
    if (whole && (attr === undefined || key[attr] === mine)) return key;
  } catch {
    // not ours
  }
  throw bad();
}
