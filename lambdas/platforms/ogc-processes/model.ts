import * as z from 'zod';

/**
 * What is read of an OGC API - Processes job document (`statusInfo`). Version 1.0 says `jobID`, the draft of 2.0 `id`;
 * everything but the status may be missing or of another shape, and is then left out.
 */
export const StatusInfo = z.object({
  jobID: z.string().min(1).optional().catch(undefined),
  id: z.string().min(1).optional().catch(undefined),
  processID: z.string().optional().catch(undefined),
  status: z.string().optional().catch(undefined),
  progress: z.number().optional().catch(undefined),
  message: z.string().optional().catch(undefined),
  created: z.string().optional().catch(undefined),
  started: z.string().optional().catch(undefined),
  exception: z.looseObject({}).optional().catch(undefined),
});
export type StatusInfo = z.infer<typeof StatusInfo>;

export const Link = z.object({
  href: z.string().min(1),
  rel: z.string().optional().catch(undefined),
  type: z.string().optional().catch(undefined),
  title: z.string().optional().catch(undefined),
});
export type Link = z.infer<typeof Link>;

const links = z.array(z.unknown()).optional().catch(undefined);
export const JobList = z.object({ jobs: z.array(StatusInfo), links });
/** The same where what cannot be read is left out, each entry by itself. */
export const AnyList = z.object({ jobs: z.array(z.unknown()), links });

/** Some write the numbers as text. */
const count = z.union([
  z.number().int().min(0),
  z
    .string()
    .regex(/^\d{1,6}$/)
    .transform(Number),
]);
export const InputDescription = z.object({
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  schema: z.record(z.string(), z.unknown()).catch({}),
  minOccurs: count.catch(1),
  maxOccurs: z
    .union([count, z.literal('unbounded')])
    .optional()
    .catch(undefined),
  clientHints: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
export type InputDescription = z.infer<typeof InputDescription>;

const OutputDescription = z.object({
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  schema: z.record(z.string(), z.unknown()).catch({}),
});
export type OutputDescription = z.infer<typeof OutputDescription>;

export const ProcessDocument = z.object({
  id: z.string().min(1),
  title: z.string().optional().catch(undefined),
  description: z.string().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  keywords: z.array(z.string()).optional().catch(undefined),
  inputs: z.record(z.string(), InputDescription).optional().catch(undefined),
  outputs: z.record(z.string(), OutputDescription).optional().catch(undefined),
});
export type ProcessDocument = z.infer<typeof ProcessDocument>;

/** What cannot be read of a list of processes is passed over. */
export const ProcessList = z.object({
  processes: z.array(z.unknown()).transform((all) => all.flatMap((one) => ProcessDocument.safeParse(one).data ?? [])),
  links: z.array(z.unknown()).optional().catch(undefined),
});
