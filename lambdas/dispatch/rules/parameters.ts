import type { ProcessInput } from '../../platforms/ports.ts';
import type { Parameter, ParameterType } from '../model.ts';

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => value !== null && typeof value === 'object' && !Array.isArray(value);
const schemas = (value: unknown): Schema[] => (Array.isArray(value) ? value.filter(isSchema) : []);
const alternatives = (schema: Schema): Schema[] => [...schemas(schema['oneOf']), ...schemas(schema['anyOf'])];
const has = (schema: Schema, ...names: string[]): boolean => {
  const properties = schema['properties'];
  return isSchema(properties) && names.every((name) => name in properties);
};
const says = (schema: Schema, pattern: RegExp): boolean =>
  [schema['format'], schema['subtype'], schema['contentMediaType'], schema['$ref']].some(
    (word) => typeof word === 'string' && pattern.test(word),
  );

/** Schemas of platforms are looked into so deep: none that means something is deeper. */
const deepest = 8;

/** The type that a schema says in its own words; undefined for one that says none of ours. */
function typeOf(schema: Schema, depth = 0): ParameterType | undefined {
  if (depth > deepest) return undefined;
  // The words of OGC API - Processes (7.6, "Additional values for the format keyword"), openEO's subtypes, GeoJSON's own schemas.
  if (says(schema, /\bbbox\b|bounding-box/i) || has(schema, 'bbox') || has(schema, 'west', 'south', 'east', 'north')) return 'bounding-box';
  if (says(schema, /geo\+?json/i) || has(schema, 'type', 'coordinates')) return 'polygon';
  if (says(schema, /^temporal-interval$|^date-interval$/)) return 'date-interval';
  if (says(schema, /^date(-?time)?$/i)) return 'datetime';
  const parts = schemas(schema['allOf']);
  for (const part of parts) {
    const type = typeOf(part, depth + 1);
    if (type !== undefined) return type;
  }
  const types = alternatives(schema).map((one) => typeOf(one, depth + 1));
  // A place can often be given in several forms, one of them as text: the place is what is meant.
  const place = types.find((type) => type === 'bounding-box' || type === 'polygon') ?? types.find((type) => type !== undefined);
  return place ?? plainType(schema, depth);
}

function plainType(schema: Schema, depth: number): ParameterType | undefined {
  const words = [schema['type']].flat().filter((word) => word !== 'null');
  if (words.includes('boolean')) return 'boolean';
  if (words.includes('number')) return 'double';
  if (words.includes('integer')) return 'integer';
  if (words.includes('array')) return listType(schema, depth);
  return words.includes('string') ? 'string' : undefined;
}

/** Two times are an interval, four or six numbers a box. Every other list is nearest to a list of texts. */
function listType(schema: Schema, depth: number): ParameterType {
  const items = isSchema(schema['items']) ? schema['items'] : {};
  const { minItems: least, maxItems: most } = schema;
  const of = typeOf(items, depth + 1);
  if (of === 'datetime' && least === 2 && most === 2) return 'date-interval';
  const isBox = least === 4 && (most === 4 || most === 6);
  return isBox && (of === 'double' || of === 'integer') ? 'bounding-box' : 'array-string';
}

/** The values to choose from: an `enum`, of the items where it is a list, or alternatives that are one value each. */
function optionsOf(schema: Schema): unknown[] {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  if ('const' in schema) return [schema['const']];
  const each = alternatives(schema);
  if (each.length > 0 && each.every((one) => 'const' in one)) return each.map((one) => one['const']);
  return schema['type'] === 'array' && isSchema(schema['items']) ? optionsOf(schema['items']) : [];
}

/** An input of a process as a parameter of the native door. What no type fits is a text: its schema says the rest. */
export const parameterOf = ({
  name,
  title,
  description,
  optional,
  schema,
  default: usual = schema['default'],
}: ProcessInput): Parameter => ({
  name,
  type: typeOf(schema) ?? 'string',
  optional,
  description: description ?? title ?? '',
  default: usual ?? null,
  options: optionsOf(schema),
  schema,
});
