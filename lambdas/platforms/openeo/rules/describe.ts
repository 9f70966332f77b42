import type { ProcessInput, ProcessSummary } from '../../../platforms/ports.ts';
import type { Parameter, ProcessDocument } from '../model.ts';

/** Alternatives of a value's schema stand in a list, which JSON Schema writes as `anyOf`. */
function input({ name, description, optional, schema, default: usual }: Parameter): ProcessInput {
  return {
    name,
    ...(description ? { description } : {}),
    optional: optional === true,
    schema: Array.isArray(schema) ? (schema.length === 1 ? schema[0]! : { anyOf: schema }) : (schema ?? {}),
    ...(usual === undefined ? {} : { default: usual }),
  };
}

/** A process description as users see it. */
export function summaryOf({ id, summary, description, parameters }: ProcessDocument): ProcessSummary {
  return {
    id,
    ...(summary ? { title: summary } : {}),
    ...(description ? { description } : {}),
    ...(parameters ? { inputs: parameters.map(input) } : {}),
  };
}
