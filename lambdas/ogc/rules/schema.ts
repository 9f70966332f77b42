import type { ValueSchema } from '../model.ts';

/**
 * Keywords of the schemas that process descriptions may hold (Part 1 `schema.yaml`: OpenAPI 3.0 with `contentMediaType` and its
 * relatives). Any other would make the description invalid, so it is left out: it says less then, and nothing wrong.
 */
const plain = new Set([
  ...['title', 'description', 'format', 'default', 'nullable', 'readOnly', 'writeOnly', 'example', 'deprecated'],
  ...['multipleOf', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems', 'maxProperties', 'minProperties'],
  ...['contentMediaType', 'contentEncoding', 'contentSchema'],
]);
const types = new Set(['array', 'boolean', 'integer', 'number', 'object', 'string']);
const deepest = 12;

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const lists = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);

/** The schema in the dialect of OpenAPI 3.0; what that cannot say is left out. */
export function openApiSchema(schema: Json, root: Json = schema, depth = 0): ValueSchema {
  if (depth > deepest) return {};
  const inner = (value: unknown): ValueSchema => (isObject(value) ? openApiSchema(value, root, depth + 1) : {});
  const target = referred(schema, root);
  if (target !== undefined) return inner(target);
  if ('$ref' in schema) return { description: `See ${String(schema['$ref'])}` };
  const out: Json = Object.fromEntries(Object.entries(schema).filter(([key, value]) => plain.has(key) && value !== null));
  Object.assign(out, typeIn(schema), bounds(schema, 'minimum', 'exclusiveMinimum'), bounds(schema, 'maximum', 'exclusiveMaximum'));
  const values = 'const' in schema ? [schema['const']] : schema['enum'];
  if (Array.isArray(values) && values.length > 0) out['enum'] = values;
  const required = [schema['required']].flat().filter((name) => typeof name === 'string');
  if (required.length > 0) out['required'] = [...new Set(required)];
  for (const key of ['allOf', 'oneOf', 'anyOf']) if (lists(schema[key]).length > 0) out[key] = lists(schema[key]).map(inner);
  if (isObject(schema['not'])) out['not'] = inner(schema['not']);
  if (isObject(schema['items'])) out['items'] = inner(schema['items']);
  if (isObject(schema['properties']))
    out['properties'] = Object.fromEntries(Object.entries(schema['properties']).map(([name, value]) => [name, inner(value)]));
  const more = schema['additionalProperties'];
  if (typeof more === 'boolean') out['additionalProperties'] = more;
  else if (isObject(more)) out['additionalProperties'] = inner(more);
  return out;
}

/** The part of the same schema that a `$ref` means. */
function referred(schema: Json, root: Json): Json | undefined {
  const ref = schema['$ref'];
  if (typeof ref !== 'string' || !ref.startsWith('#/')) return undefined;
  const steps = ref
    .slice(2)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let at: unknown = root;
  for (const step of steps) at = isObject(at) ? at[step] : undefined;
  return isObject(at) ? at : undefined;
}

/** One type; several are alternatives, and `null` among them is `nullable`. */
function typeIn({ type, anyOf, oneOf }: Json): Json {
  const all = [type].flat().filter((one): one is string => typeof one === 'string');
  const known = all.filter((one) => types.has(one));
  const nullable = all.includes('null') ? { nullable: true } : {};
  if (known.length === 1) return { type: known[0], ...nullable };
  return known.length > 1 && !anyOf && !oneOf ? { oneOf: known.map((one) => ({ type: one })), ...nullable } : nullable;
}

/** An exclusive bound is a number in JSON Schema, and in OpenAPI 3.0 a mark on the inclusive one. */
function bounds(schema: Json, inclusive: 'minimum' | 'maximum', exclusive: 'exclusiveMinimum' | 'exclusiveMaximum'): Json {
  const [with_, without] = [schema[inclusive], schema[exclusive]];
  if (typeof without === 'number') {
    const weaker = typeof with_ === 'number' && (inclusive === 'minimum' ? with_ > without : with_ < without);
    return weaker ? { [inclusive]: with_ } : { [inclusive]: without, [exclusive]: true };
  }
  const bound = typeof with_ === 'number' && !isJavaScriptBound(with_) ? { [inclusive]: with_ } : {};
  return typeof without === 'boolean' ? { ...bound, [exclusive]: without } : bound;
}

/** The bounds of every integer in JavaScript tell nothing about ours. */
const isJavaScriptBound = (value: number): boolean => Math.abs(value) === Number.MAX_SAFE_INTEGER;

/** The same back in the words of JSON Schema (draft 7), as validators read it. */
export function jsonSchema(schema: ValueSchema): Json {
  const inner = (value: unknown): unknown => (isObject(value) ? jsonSchema(value) : value);
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, nullable, ...rest } = schema;
  const out: Json = { ...rest };
  if (minimum !== undefined) out[exclusiveMinimum === true ? 'exclusiveMinimum' : 'minimum'] = minimum;
  if (maximum !== undefined) out[exclusiveMaximum === true ? 'exclusiveMaximum' : 'maximum'] = maximum;
  for (const key of ['allOf', 'oneOf', 'anyOf']) if (Array.isArray(rest[key])) out[key] = rest[key].map(inner);
  for (const key of ['not', 'items', 'additionalProperties']) if (key in rest) out[key] = inner(rest[key]);
  if (isObject(rest['properties']))
    out['properties'] = Object.fromEntries(Object.entries(rest['properties']).map(([name, value]) => [name, inner(value)]));
  return nullable === true ? { anyOf: [{ type: 'null' }, out] } : out;
}
