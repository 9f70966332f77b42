import * as z from 'zod';

/** OGC API - Processes Part 1 (1.0), 7.1.2 "Links". */
const Link = z
  .object({ href: z.string(), rel: z.string(), type: z.string().optional(), title: z.string().optional() })
  .meta({ id: 'OgcLink' });
export type Link = z.infer<typeof Link>;

export const Conformance = z.object({ conformsTo: z.array(z.string().describe('URI of a conformance class')) }).meta({ id: 'Conformance' });

/** JSON Schema as OpenAPI 3.0 has it: what the standard allows in process descriptions. */
export const ValueSchema = z.record(z.string(), z.unknown()).describe('Schema of the value, in the dialect of OpenAPI 3.0');
export type ValueSchema = z.infer<typeof ValueSchema>;

const Described = { title: z.string().optional(), description: z.string().optional() };

/** Part 1, 7.9 "process summary". */
export const ProcessSummary = z
  .object({
    id: z.string().describe('`<platform>:<process>`; built-in and deployed processes have no platform in front').meta({ example: 'echo' }),
    version: z.string(),
    processVersion: z.string().describe('The same, as older clients call it'),
    processDescriptionURL: z.string().describe('Where the process is described'),
    mutable: z.boolean().describe('Deployed from an application package; its developer can replace and undeploy it'),
    license: z.string().optional(),
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
  clientHints: z
    .record(z.string(), z.unknown())
    .optional()
    .describe(
      'What its author says to clients that ask people for the value; the pages here know `widget`, `placeholder`, `help` and `order`',
    ),
});
export type InputDescription = z.infer<typeof InputDescription>;

export const OutputDescription = z.object({ ...Described, schema: ValueSchema });
export type OutputDescription = z.infer<typeof OutputDescription>;

export const Process = ProcessSummary.extend({
  inputs: z.record(z.string(), InputDescription),
  outputs: z.record(z.string(), OutputDescription),
}).meta({ id: 'OgcProcess' });
export type Process = z.infer<typeof Process>;

const Uri = z.string().max(2000);

/** Part 1, 7.11: what an execution is asked for. Fields that it does not know are passed over. */
export const Execute = z
  .object({
    inputs: z
      .record(z.string(), z.unknown())
      .default({})
      .describe('By name: a value, `{value, mediaType, encoding}`, `{bbox, crs}`, `{href, type}`, or a list of these'),
    outputs: z
      .record(
        z.string(),
        z.object({
          format: z.object({ mediaType: z.string().optional(), encoding: z.string().optional() }).optional(),
          transmissionMode: z.enum(['value', 'reference']).optional(),
        }),
      )
      .optional()
      .describe('The wanted outputs; absent: all'),
    response: z.enum(['raw', 'document']).optional().describe('Absent: raw'),
    subscriber: z
      .object({
        successUri: Uri.optional().describe('Gets the results document when the job is successful'),
        inProgressUri: Uri.optional().describe('Gets the status when the job begins to run'),
        failedUri: Uri.optional().describe('Gets the status when the job failed or was dismissed'),
      })
      .refine((uris) => Object.values(uris).some((uri) => uri !== undefined), 'Name a successUri, an inProgressUri or a failedUri.')
      .optional()
      .describe('URLs that are called with news of the job (POST, signed, at least once, in no certain order); each must be public'),
  })
  .meta({ id: 'OgcExecute' });
export type Execute = z.infer<typeof Execute>;

/** The same in the TEP design's own dialect: lists of entries with an `id` in place of objects by name. */
export const TepExecute = z
  .object({
    inputs: z
      .union([z.array(z.looseObject({ id: z.string(), input: z.unknown().optional() })), Execute.shape.inputs.unwrap()])
      .optional()
      .describe('Entries with `id` and `value`, `href` or `bbox`; an id may come several times'),
    outputs: z
      .union([
        z.array(
          z.object({
            id: z.string(),
            format: z.object({ mediaType: z.string().optional(), mimeType: z.string().optional() }).optional(),
            transmissionMode: z.enum(['value', 'reference']).optional(),
          }),
        ),
        Execute.shape.outputs.unwrap(),
      ])
      .optional()
      .describe('Entries with `id`; absent: all'),
    mode: z.enum(['async', 'sync', 'auto']).optional().describe('Goes before `Prefer`; `auto` and absent leave it to that'),
    response: Execute.shape.response,
    subscriber: Execute.shape.subscriber,
  })
  .meta({ id: 'TepExecute' });
export type TepExecute = z.infer<typeof TepExecute>;

const Time = z.string().meta({ format: 'date-time' });

/** Part 1, 7.12 "status info", with the names of the draft of 2.0 beside those of 1.0. */
export const StatusInfo = z
  .object({
    jobID: z.string(),
    id: z.string().describe('The same, as the draft of 2.0 calls it'),
    type: z.literal('process'),
    processingEntityType: z.literal('ogc-api-processes'),
    processID: z.string(),
    owner: z.string().optional().describe("Whose job it is: in lists of everybody's"),
    status: z.enum(['accepted', 'running', 'successful', 'failed', 'dismissed']),
    message: z.string().optional(),
    progress: z.number().int().min(0).max(100).optional(),
    created: Time,
    started: Time.optional(),
    finished: Time.optional(),
    updated: Time,
    links: z.array(Link),
  })
  .meta({ id: 'OgcStatusInfo' });
export type StatusInfo = z.infer<typeof StatusInfo>;

export const JobList = z.object({ jobs: z.array(StatusInfo), links: z.array(Link) }).meta({ id: 'OgcJobList' });

export const Results = z
  .record(z.string(), z.unknown())
  .describe('By the name of the output: a value, `{value, mediaType}`, or a link')
  .meta({ id: 'OgcResults' });

/** What is read of the STAC Item that the job core keeps of a job's results. */
export interface ResultItem {
  properties: Record<string, unknown>;
  assets: Record<string, { href: string; type?: string; title?: string; 'swath:signed'?: unknown }>;
}
