import * as z from 'zod';
import type { Fault } from '../problem.ts';

/** More faults than this in one answer help nobody. */
const mostFaults = 100;

type Path = readonly PropertyKey[];
/** How a place in the value is named to the user. */
type Naming = (path: Path) => string;

/** RFC 6901; the whole body is the empty pointer. */
export const jsonPointer: Naming = (path) => path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** A parameter is named by its name. */
export const parameterName: Naming = (path) => path.map(String).join('.');

const kindOf = (value: unknown): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);

/** Words for the faults that are met most; `undefined` leaves the library's own, which name the bound that was crossed. */
const explain: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type' && issue.expected === 'nonoptional') return 'Required.';
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? `Required: ${issue.expected}.` : `Must be ${issue.expected}, not ${kindOf(issue.input)}.`;
  if (issue.code === 'invalid_value') return `Must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}.`;
  return undefined;
};

function faultsOfIssue(issue: z.core.$ZodIssue, name: Naming): Fault[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ pointer: name([...issue.path, key]), message: 'This is not known here. Is the name spelt right?' }));
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const forms = issue.errors.map((form) => form.map(({ path, message }) => [name(path), message].filter(Boolean).join(': ')).join(' '));
    return [{ pointer: name(issue.path), message: `Fits none of the possible forms. ${[...new Set(forms)].join(' Or: ')}` }];
  }
  return [{ pointer: name(issue.path), message: issue.message }];
}

/** What a schema makes of a value, or all faults at once. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  name: Naming,
): { value: z.output<Schema> } | { faults: Fault[] } {
  const result = schema.safeParse(value, { error: explain });
  if (result.success) return { value: result.data };
  const faults = result.error.issues.flatMap((issue) => faultsOfIssue(issue, name));
  const rest = faults.length - mostFaults;
  return { faults: rest > 0 ? [...faults.slice(0, mostFaults), { pointer: '', message: `And ${rest} more.` }] : faults };
}
