import * as z from 'zod';

/**
 * What is read of an openEO back-end's answers (API 1.0 to 1.3). Whatever is not needed to go on may be missing or of
 * another shape, and is then left out.
 */
const text = z.string().optional().catch(undefined);
const Link = z.object({ href: z.string().min(1), rel: text });
const links = z.array(z.unknown()).optional().catch(undefined);

/** The `href` of the first link with this relation. */
export const linked = (all: readonly unknown[] | undefined, rel: string): string | undefined =>
  (all ?? []).map((one) => Link.safeParse(one).data).find((one) => one?.rel === rel)?.href;

/** `GET /.well-known/openeo`. */
export const Versions = z.object({
  versions: z.array(
    z.object({
      url: z.string().min(1),
      api_version: z.string().min(1),
      production: z.boolean().optional().catch(undefined),
    }),
  ),
});
export type Version = z.infer<typeof Versions>['versions'][number];

/** `GET /` of an API root. */
export const Capabilities = z.object({
  api_version: z.string().min(1),
  billing: z.object({ currency: text }).optional().catch(undefined),
});

/** `GET /jobs/{id}/estimate`. */
export const Estimate = z.object({
  costs: z.number().min(0).optional().catch(undefined),
  duration: text,
  size: z.int().min(0).optional().catch(undefined),
  expires: text,
});

/** The body of every error. */
export const ErrorBody = z.object({ code: text, message: text });

export const JobDocument = z.object({
  id: z.string().min(1),
  title: text,
  status: text,
  created: text,
  progress: z.number().optional().catch(undefined),
});
export type JobDocument = z.infer<typeof JobDocument>;

/** `GET /jobs`. A federation names the back-ends whose jobs are missing from the list. */
export const JobList = z.object({ jobs: z.array(JobDocument), links, 'federation:missing': z.array(z.unknown()).optional().catch([]) });

/** The same where what cannot be read is left out, each entry by itself. */
export const AnyList = z.object({ jobs: z.array(z.unknown()), links });

export const LogEntry = z.object({ id: text, level: text, message: text, time: text });
export type LogEntry = z.infer<typeof LogEntry>;
export const Logs = z.object({ logs: z.array(LogEntry), links });

const Asset = z.object({ href: z.string().min(1), type: text, title: text });

/** `GET /jobs/{id}/results`: a STAC Item or Collection. */
export const ResultDocument = z.object({ assets: z.record(z.string(), Asset), 'openeo:status': text });
export type ResultDocument = z.infer<typeof ResultDocument>;

const Schema = z.looseObject({ subtype: text });
const Parameter = z.object({
  name: z.string(),
  description: text,
  optional: z.boolean().optional().catch(undefined),
  default: z.unknown().optional(),
  schema: z
    .union([Schema, z.array(Schema)])
    .optional()
    .catch(undefined),
});
export type Parameter = z.infer<typeof Parameter>;

/** One node of a process graph. */
const Node = z.looseObject({ process_id: z.string(), arguments: z.record(z.string(), z.unknown()).optional().catch(undefined) });

/** A process: predefined by the back-end, or user-defined (UDP), which has a graph. */
export const ProcessDocument = z.object({
  id: z.string().min(1),
  summary: text,
  description: text,
  parameters: z.array(Parameter).nullish().catch(undefined),
  process_graph: z.record(z.string(), Node).optional(),
  /** Extension "processing parameters": what the process wants a batch job to run with. */
  default_job_options: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
export type ProcessDocument = z.infer<typeof ProcessDocument>;

export const ProcessList = z.object({ processes: z.array(z.unknown()) });

/** `GET /credentials/basic`. */
export const BasicToken = z.object({ access_token: z.string().min(1) });
