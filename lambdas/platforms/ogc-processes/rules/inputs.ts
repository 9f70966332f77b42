import type { ProcessInput, ProcessSummary } from '../../../platforms/ports.ts';
import type { InputDescription, ProcessDocument } from '../model.ts';

/**
 * The schema describes one value. Where several may be given, they are given as a list (OGC API - Processes, 7.11.2.3
 * "Input cardinality"); a schema that is a list already stays as it is.
 */
function valueSchema({ schema, minOccurs, maxOccurs }: InputDescription): Record<string, unknown> {
  const isOne = maxOccurs === undefined || maxOccurs === 1;
  if (isOne || schema['type'] === 'array') return schema;
  return {
    type: 'array',
    items: schema,
    ...(minOccurs > 1 ? { minItems: minOccurs } : {}),
    ...(maxOccurs === 'unbounded' ? {} : { maxItems: maxOccurs }),
  };
}

function input(name: string, described: InputDescription): ProcessInput {
  const { title, description, minOccurs, schema } = described;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    optional: minOccurs === 0,
    schema: valueSchema(described),
    ...(schema['default'] === undefined ? {} : { default: schema['default'] }),
  };
}

/** A process description as users see it. */
export const summaryOf = ({ id, title, description, inputs }: ProcessDocument): ProcessSummary => ({
  id,
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
  ...(inputs === undefined ? {} : { inputs: Object.entries(inputs).map(([name, described]) => input(name, described)) }),
});
