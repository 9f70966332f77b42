import type { Platform } from '../../platforms/model.ts';
import type { ProcessInput, ProcessSummary } from '../../platforms/ports.ts';
import type { Fault } from '../../shared/problem.ts';
import { bboxFaults, isBbox, isQualified, isReference, mediaTypeOf, type Qualified } from './input-forms.ts';
import { jsonSchema, openApiSchema } from './schema.ts';

type Schema = Record<string, unknown>;

/** All faults of a value under a JSON Schema (draft 7); pointers lead into the value. */
export type ValueFaults = (schema: Record<string, unknown>, value: unknown) => Fault[];

/** What judging an input needs to know besides its description. */
export interface Judges {
  values: ValueFaults;
  /** Why a URL may not be handed to a platform; undefined where it may. */
  url(href: string): string | undefined;
}

/** `type/subtype` of a media type, without its parameters. */
const bare = (mediaType: string): string => mediaType.split(';')[0]!.trim().toLowerCase();

/** Media types that a schema names, in itself or in its alternatives. */
const mediaTypes = (schema: Schema): string[] => [
  ...(typeof schema['contentMediaType'] === 'string' ? [bare(schema['contentMediaType'])] : []),
  ...['oneOf', 'anyOf', 'allOf'].flatMap((key) => (Array.isArray(schema[key]) ? (schema[key] as Schema[]).flatMap(mediaTypes) : [])),
];

/** A media type that contradicts those of the schema (Part 1, requirement `process/execute/input-validation`). */
function mediaTypeFault(given: string | undefined, schema: Schema): string | undefined {
  const known = mediaTypes(schema);
  if (given === undefined || known.length === 0 || known.includes(bare(given))) return undefined;
  return `The media type ${given} does not fit: ${[...new Set(known)].join(' or ')} is taken.`;
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
const isBinary = ({ contentEncoding, format }: Schema): boolean =>
  contentEncoding === 'binary' || contentEncoding === 'base64' || format === 'byte' || format === 'binary';

/** Faults of one value, in whichever form it is given. */
function faultsOfOne(value: unknown, schema: Schema, judges: Judges, at: string): Fault[] {
  const mediaType = mediaTypeFault(mediaTypeOf(value), schema);
  const wrong = mediaType === undefined ? [] : [{ pointer: at, message: mediaType }];
  if (isReference(value)) {
    const fault = judges.url(value.href);
    return [...wrong, ...(fault === undefined ? [] : [{ pointer: `${at}/href`, message: fault }])];
  }
  if (isBbox(value)) return [...wrong, ...bboxFaults(value, at)];
  const inner: unknown = isQualified(value) ? value.value : value;
  const below = isQualified(value) ? `${at}/value` : at;
  if (isBinary(schema) && typeof inner === 'string')
    return base64.test(inner.replaceAll(/\s/g, '')) ? wrong : [...wrong, { pointer: below, message: 'This is not base64.' }];
  const faults = judges.values(jsonSchema(openApiSchema(schema)), inner);
  return [...wrong, ...faults.map(({ pointer, message }) => ({ pointer: below + pointer, message }))];
}

function faultsOfInput(given: unknown, input: ProcessInput, judges: Judges): Fault[] {
  const at = `/inputs/${input.name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  if (input.several === undefined) return faultsOfOne(given, input.schema, judges, at);
  const { minOccurs, maxOccurs, schema } = input.several;
  // A list where each value is a list itself may also be one value.
  const isOne = !Array.isArray(given) || (schema['type'] === 'array' && faultsOfOne(given, schema, judges, at).length === 0);
  const values: unknown[] = isOne ? [given] : given;
  const count: Fault[] =
    values.length < minOccurs
      ? [{ pointer: at, message: `At least ${minOccurs} values are needed, ${values.length} came.` }]
      : maxOccurs !== 'unbounded' && values.length > maxOccurs
        ? [{ pointer: at, message: `At most ${maxOccurs} values are taken, ${values.length} came.` }]
        : [];
  return [...count, ...values.flatMap((value, i) => faultsOfOne(value, schema, judges, isOne ? at : `${at}/${i}`))];
}

/** Every fault of the inputs and wanted outputs under the description of the process. */
export function requestFaults(
  {
    inputs,
    outputs,
  }: { inputs: Record<string, unknown>; outputs?: Record<string, { format?: { mediaType?: string | undefined } | undefined }> | undefined },
  offered: ProcessSummary,
  judges: Judges,
): Fault[] {
  const known = new Map((offered.inputs ?? []).map((input) => [input.name, input]));
  const faults: Fault[] = [];
  if (offered.inputs !== undefined)
    for (const name of Object.keys(inputs))
      if (!known.has(name))
        faults.push({
          pointer: `/inputs/${name}`,
          message: `There is no such input, only: ${[...known.keys()].join(', ') || 'none at all'}.`,
        });
  for (const [name, input] of known) {
    const given = inputs[name];
    if (given !== undefined) faults.push(...faultsOfInput(given, input, judges));
    else if (!input.optional) faults.push({ pointer: `/inputs/${name}`, message: 'This input is required.' });
  }
  for (const [name, wanted] of Object.entries(outputs ?? {})) {
    const output = offered.outputs?.find((one) => one.name === name);
    if (offered.outputs === undefined) continue;
    const names = offered.outputs.map((one) => one.name).join(', ');
    const fault =
      output === undefined ? `There is no such output, only: ${names}.` : mediaTypeFault(wanted.format?.mediaType, output.schema);
    if (fault !== undefined) faults.push({ pointer: `/outputs/${name}`, message: fault });
  }
  return faults;
}

/**
 * The inputs as the platform gets them: a value that is only wrapped comes out of its wrapper, and what says more about itself keeps it
 * on a platform that speaks this standard. Other platforms know values alone.
 */
export function inputsFor(kind: Platform['kind'], inputs: Record<string, unknown>): Record<string, unknown> {
  const one = (value: unknown): unknown => (isQualified(value) && (kind !== 'ogc-processes' || isBare(value)) ? value.value : value);
  return Object.fromEntries(Object.entries(inputs).map(([name, given]) => [name, Array.isArray(given) ? given.map(one) : one(given)]));
}

/** Nothing is said beside the value, and it could stand without its wrapper (1.0 wraps objects always). */
const isBare = (qualified: Qualified): boolean =>
  Object.keys(qualified).length === 1 &&
  (typeof qualified.value !== 'object' || qualified.value === null || Array.isArray(qualified.value));
