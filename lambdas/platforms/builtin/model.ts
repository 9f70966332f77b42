import * as z from 'zod';

const Time = z.string().describe('RFC 3339, UTC');

export const BuiltinStatus = z.enum(['created', 'queued', 'running', 'finished', 'error', 'canceled']);
export type BuiltinStatus = z.infer<typeof BuiltinStatus>;

/** A job of the builtin platform: one item of its table, deleted 30 days after its creation. */
export const BuiltinJob = z.object({
  id: z.string().describe('UUIDv7'),
  tag: z.string().describe("The submitter's tag, by which a job is found whose create answer was lost"),
  process: z.string(),
  title: z.string(),
  inputs: z.record(z.string(), z.unknown()),
  status: BuiltinStatus,
  progress: z.number().optional().describe('0-100'),
  message: z.string().optional(),
  /** The run that works on the job; a repeated delivery of the same run may go on. */
  runId: z.string().optional(),
  outputs: z.record(z.string(), z.unknown()).optional().describe('Outputs by name, when they are small'),
  files: z
    .record(z.string(), z.object({ key: z.string(), type: z.string() }))
    .optional()
    .describe('Outputs that are files, by name: keys in the bucket'),
  outputKey: z.string().optional().describe('Key of the object that holds the outputs, when they are not'),
  created: Time,
  started: Time.optional(),
  finished: Time.optional(),
  updated: Time,
  expires: z.number().int().describe('Seconds since the epoch; only cleans up'),
});
export type BuiltinJob = z.infer<typeof BuiltinJob>;

/** What a run computes: a formula over bands of a file, the whole of it or a part. */
export interface RasterTask {
  source: string;
  /** West, south, east, north in degrees (CRS84). */
  bbox?: number[];
  /** Over `b1`, `b2`, ...: the bands of the file. */
  formula: string;
  /** Name of the raster among the outputs. */
  name: string;
}
