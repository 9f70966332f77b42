import * as z from 'zod';
import type { ProcessInput } from '../../../platforms/ports.ts';
import { isObject, pointer, type Json, type Placed, type Reader } from './reader.ts';

/** Why a JSON Schema cannot be used; undefined where it can. */
export type SchemaFault = (schema: Json) => string | undefined;

const Count = z.preprocess((given) => (typeof given === 'string' && /^\d{1,6}$/.test(given) ? Number(given) : given), z.int().min(0));
const Most = z.union([Count, z.literal('unbounded')], { error: 'Must be a whole number, or "unbounded".' });

/** What the value of a media type is: an object in JSON, text, or bytes. */
function ofMediaType(mediaType: string, encoding: unknown): Json {
  const known = { contentMediaType: mediaType };
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(mediaType)) return { type: 'object', ...known };
  if (/^text\//i.test(mediaType) || /[/+]xml\b/i.test(mediaType)) return { type: 'string', ...known };
  return { type: 'string', contentEncoding: typeof encoding === 'string' && /base64/i.test(encoding) ? 'base64' : 'binary', ...known };
}

/** `formats: [{mimeType}]` of the older dialect; several are alternatives. */
function ofFormats(given: unknown, at: string, reader: Reader): Json | undefined {
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  const schemas = list.flatMap((one, i) => {
    const mediaType = isObject(one) ? (one['mediaType'] ?? one['mimeType']) : one;
    if (typeof mediaType !== 'string' || !mediaType.includes('/'))
      return reader.fault(pointer(at, i), 'Must have a mediaType (or mimeType), such as image/tiff.') ?? [];
    return [ofMediaType(mediaType, isObject(one) ? one['encoding'] : undefined)];
  });
  if (schemas.length === 0) return undefined;
  return schemas.length === 1 ? schemas[0] : { oneOf: schemas };
}

/** Names of data types, also as the end of a URI, in the older dialect. */
const types: Readonly<Record<string, Json>> = {
  ...Object.fromEntries(['integer', 'int', 'long', 'short'].map((name) => [name, { type: 'integer' }])),
  ...Object.fromEntries(['double', 'float', 'number', 'decimal'].map((name) => [name, { type: 'number' }])),
  ...{ boolean: { type: 'boolean' }, bool: { type: 'boolean' }, string: { type: 'string' } },
  ...{
    anyuri: { type: 'string', format: 'uri' },
    datetime: { type: 'string', format: 'date-time' },
    date: { type: 'string', format: 'date' },
  },
};

/** `literalDataDomains` of the older dialect: the first one, which is what its examples have. */
function ofLiteral(given: unknown, at: string, reader: Reader): Json | undefined {
  const domain = reader.object([given].flat()[0], at);
  if (domain === undefined) return undefined;
  const { dataType, defaultValue } = domain;
  const name: unknown = isObject(dataType) ? (dataType['name'] ?? dataType['reference']) : dataType;
  const key = typeof name === 'string' ? name.split(/[/#:]/).at(-1)!.toLowerCase() : 'string';
  const type = Object.hasOwn(types, key) ? types[key] : undefined;
  if (type === undefined) return reader.fault(pointer(at, 'dataType'), `Must be one of ${Object.keys(types).join(', ')}.`);
  const definition = isObject(domain['valueDefinition']) ? domain['valueDefinition'] : domain;
  const allowed: unknown[] = Array.isArray(definition['allowedValues']) ? definition['allowedValues'] : [];
  const typed = (value: unknown): unknown =>
    (type['type'] === 'number' || type['type'] === 'integer') && typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  const values = allowed.filter((one) => !isObject(one)).map(typed);
  const range = allowed.find(isObject);
  return {
    ...type,
    ...(values.length > 0 ? { enum: values } : {}),
    ...(range?.['minimumValue'] === undefined ? {} : { minimum: Number(range['minimumValue']) }),
    ...(range?.['maximumValue'] === undefined ? {} : { maximum: Number(range['maximumValue']) }),
    ...(defaultValue === undefined ? {} : { default: typed(defaultValue) }),
  };
}

const box: Json = {
  ...{ type: 'object', format: 'ogc-bbox', required: ['bbox'] },
  properties: { bbox: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 6 }, crs: { type: 'string' } },
};

/** The schema of a value: as it stands there, or from what the older dialect says instead. */
export function schemaOf({ value, at }: Placed<Json>, judge: SchemaFault, reader: Reader): Json | undefined {
  const inner = isObject(value['input']) ? value['input'] : isObject(value['output']) ? value['output'] : value;
  const { schema, formats } = value;
  if (schema !== undefined) {
    const given = reader.object(schema, pointer(at, 'schema'));
    const wrong = given && judge(given);
    return wrong === undefined ? given : reader.fault(pointer(at, 'schema'), `This is no JSON Schema: ${wrong}.`);
  }
  const supported = formats ?? inner['formats'] ?? inner['supportedFormats'];
  const literal = inner['literalDataDomains'] ?? inner['literalDataDomain'] ?? (inner['dataType'] === undefined ? undefined : inner);
  if (literal !== undefined) return ofLiteral(literal, pointer(at, 'literalDataDomains'), reader);
  if (inner['supportedCRS'] !== undefined) return box;
  if (supported !== undefined) return ofFormats(supported, pointer(at, 'formats'), reader);
  return reader.fault(pointer(at, 'schema'), 'Required: schema (or formats, or literalDataDomains, of the older form).');
}

/** How often an input is given: once unless it says otherwise (Part 1, `inputDescription.yaml`). */
export function occurs({ value, at }: Placed<Json>, reader: Reader): { min: number; max: number | 'unbounded' } {
  const read = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> | undefined =>
    value[name] === undefined || value[name] === null ? undefined : reader.read(schema, value[name], pointer(at, name));
  const min = read('minOccurs', Count) ?? 1;
  const max = read('maxOccurs', Most);
  if (max === 0) reader.fault(pointer(at, 'maxOccurs'), 'Must be at least 1.');
  else if (typeof max === 'number' && max < min) reader.fault(pointer(at, 'maxOccurs'), `Must be at least minOccurs, which is ${min}.`);
  return { min, max: max ?? Math.max(1, min) };
}

/** An input of a process from its schema and how often it is given. One with a default may be left out. */
export function inputFrom(
  name: string,
  schema: Json,
  { min, max }: ReturnType<typeof occurs>,
): Omit<ProcessInput, 'title' | 'description'> {
  const { default: usual } = schema;
  const many = max === 'unbounded' || max > 1;
  return {
    name,
    optional: min === 0 || usual !== undefined,
    schema: many ? { type: 'array', items: schema } : schema,
    ...(usual === undefined ? {} : { default: usual }),
    ...(many ? { several: { minOccurs: min, maxOccurs: max, schema } } : {}),
  };
}
