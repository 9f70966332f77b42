import type { ProcessInput, ProcessOutput, ProcessSummary } from '../../../platforms/ports.ts';
import type { InputDescription, OutputDescription, ProcessDocument } from '../model.ts';

/**
 * The schema describes one value. Where several may be given, they are given as a list (OGC API - Processes, 7.11.2.3
 * "Input cardinality"); a schema that is a list already stays as it is.
 */
function valueSchema({ schema, minOccurs, maxOccurs }: InputDescription): Record<string, unknown> {
  if (isOne(maxOccurs) || schema['type'] === 'array') return schema;
  return {
    type: 'array',
    items: schema,
    ...(minOccurs > 1 ? { minItems: minOccurs } : {}),
    ...(maxOccurs === 'unbounded' ? {} : { maxItems: maxOccurs }),
  };
}

const isOne = (maxOccurs: InputDescription['maxOccurs']): maxOccurs is 1 | undefined => maxOccurs === undefined || maxOccurs === 1;

function input(name: string, described: InputDescription): ProcessInput {
  const { title, description, minOccurs, maxOccurs, schema, clientHints } = described;
  return {
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    optional: minOccurs === 0,
    schema: valueSchema(described),
    ...(schema['default'] === undefined ? {} : { default: schema['default'] }),
    ...(isOne(maxOccurs) ? {} : { several: { minOccurs, maxOccurs, schema } }),
    ...(clientHints === undefined ? {} : { clientHints }),
  };
}

const output = (name: string, { title, description, schema }: OutputDescription): ProcessOutput => ({
  name,
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
  schema,
});

/** A process description as users see it. */
export const summaryOf = ({ id, title, description, version, keywords, inputs, outputs }: ProcessDocument): ProcessSummary => ({
  id,
  ...(title === undefined ? {} : { title }),
  ...(description === undefined ? {} : { description }),
  ...(version === undefined ? {} : { version }),
  ...(keywords === undefined ? {} : { keywords }),
  ...(inputs === undefined ? {} : { inputs: Object.entries(inputs).map(([name, described]) => input(name, described)) }),
  ...(outputs === undefined ? {} : { outputs: Object.entries(outputs).map(([name, described]) => output(name, described)) }),
});
