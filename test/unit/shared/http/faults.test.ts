import { describe, expect, it } from '@jest/globals';
import * as z from 'zod';
import { check, jsonPointer, parameterName } from '../../../../lambdas/shared/http/faults.ts';

const faults = (schema: z.ZodType, value: unknown) => {
  const checked = check(schema, value, jsonPointer);
  return 'faults' in checked ? checked.faults : [];
};

describe('faults', () => {
  it('point into lists and escape what JSON pointers must', () =>
    expect(faults(z.object({ 'a~/b': z.array(z.string()) }), { 'a~/b': ['x', 1] })).toEqual([
      { pointer: '/a~0~1b/1', message: 'Must be string, not number.' },
    ]));
  it('of a union say what each form would need', () =>
    expect(faults(z.object({ x: z.union([z.string(), z.object({ href: z.string() })]) }), { x: { ref: 'y' } })).toEqual([
      { pointer: '/x', message: 'Fits none of the possible forms. Must be string, not object. Or: /href: Required: string.' },
    ]));
  it('keep the words that a schema has of its own', () =>
    expect(faults(z.string().regex(/^a/, 'Must begin with a.'), 'b')).toEqual([{ pointer: '', message: 'Must begin with a.' }]));
  it('say of any value that is missing only that', () =>
    expect(faults(z.object({ x: z.unknown().nonoptional() }), {})).toEqual([{ pointer: '/x', message: 'Required.' }]));
  it('name parameters by their names', () => expect(parameterName(['limit'])).toBe('limit'));
});
