import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { jsonSchema } from './rules/schema.ts';
import type { ValueFaults } from './rules/inputs.ts';

/** One validator for all: schemas of processes are compiled once each. Formats that nobody knows are passed over. */
const ajv = new Ajv({ strict: false, allErrors: true, logger: false, validateSchema: false });
addFormats.default(ajv);

/** Names what is wrong where the library's words leave it out. */
function wordsOf({ keyword, message = 'does not fit', params }: ErrorObject): string {
  if (keyword === 'enum') return `Must be one of ${(params['allowedValues'] as unknown[]).map((one) => JSON.stringify(one)).join(', ')}.`;
  if (keyword === 'additionalProperties') return `The member ${String(params['additionalProperty'])} is not known here.`;
  return `It ${message}.`;
}

/** Why a schema is none (draft 7, or the dialect of OpenAPI 3.0); undefined where it is one. */
export const schemaFault = (schema: Record<string, unknown>): string | undefined => {
  if (ajv.validateSchema({ ...jsonSchema(schema), $schema: 'http://json-schema.org/draft-07/schema' })) return undefined;
  const { instancePath = '', message = 'it does not fit' } = ajv.errors?.[0] ?? {};
  return `${instancePath} ${message}`.trim();
};

/** Faults of a value under a JSON Schema (draft 7). A schema that cannot be read finds none: its platform then judges. */
export const valueFaults: ValueFaults = (schema, value) => {
  try {
    const validate = ajv.compile(schema);
    return validate(value) ? [] : (validate.errors ?? []).map((error) => ({ pointer: error.instancePath, message: wordsOf(error) }));
  } catch {
    return [];
  }
};
