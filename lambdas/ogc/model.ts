import * as z from 'zod';

/** OGC API - Processes Part 1 (1.0), 7.1.2 "Links". */
const Link = z
  .object({ href: z.string(), rel: z.string(), type: z.string().optional(), title: z.string().optional() })
  .meta({ id: 'OgcLink' });

export const Conformance = z.object({ conformsTo: z.array(z.string().describe('URI of a conformance class')) }).meta({ id: 'Conformance' });

/** JSON Schema as OpenAPI 3.0 has it: what the standard allows in process descriptions. */
export const ValueSchema = z.record(z.string(), z.unknown()).describe('Schema of the value, in the dialect of OpenAPI 3.0');
export type ValueSchema = z.infer<typeof ValueSchema>;

const Described = { title: z.string().optional(), description: z.string().optional() };

/** Part 1, 7.9 "process summary". */
export const ProcessSummary = z
  .object({
    id: z.string().describe('`<platform>:<process>`; a built-in process has no platform in front').meta({ example: 'echo' }),
    version: z.string(),
    ...Described,
    keywords: z.array(z.string()).optional(),
    jobControlOptions: z.array(z.enum(['sync-execute', 'async-execute', 'dismiss'])),
    outputTransmission: z.array(z.enum(['value', 'reference'])),
    links: z.array(Link),
  })
  .meta({ id: 'OgcProcessSummary' });
export type ProcessSummary = z.infer<typeof ProcessSummary>;

export const ProcessList = z.object({ processes: z.array(ProcessSummary), links: z.array(Link) }).meta({ id: 'OgcProcessList' });
export type ProcessList = z.infer<typeof ProcessList>;

/** Part 1, 7.10 "process description". */
export const InputDescription = z.object({
  ...Described,
  minOccurs: z.number().int(),
  maxOccurs: z.union([z.number().int(), z.literal('unbounded')]),
  schema: ValueSchema,
});
export type InputDescription = z.infer<typeof InputDescription>;

export const OutputDescription = z.object({ ...Described, schema: ValueSchema });
export type OutputDescription = z.infer<typeof OutputDescription>;

export const Process = ProcessSummary.extend({
  inputs: z.record(z.string(), InputDescription),
  outputs: z.record(z.string(), OutputDescription),
}).meta({ id: 'OgcProcess' });
export type Process = z.infer<typeof Process>;
