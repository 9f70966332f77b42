import * as z from 'zod';
import { type Job, JobStatus } from '../dispatch/model.ts';

const Time = z.string().describe('RFC 3339, UTC');
const EpochSeconds = z
  .number()
  .int()
  .describe('Seconds since 1970; DynamoDB removes the item some time after it, readers ignore it from then on');

/**
 * A job in a frame: the keys of the APEx `ProcessingJobSummary`, but without `service` and `parameters` (they never change
 * and may be large: `GET /unit_jobs/{id}` has them), and what a watcher needs beside it. Keep the one with the highest `version`.
 */
export const LiveJob = z.object({
  id: z.string(),
  title: z.string().describe('At most 200 characters'),
  label: z.string(),
  status: z.string().describe('queued, running, finished, canceled or failed'),
  phase: JobStatus.describe("The core's own word"),
  progress: z.number().optional().describe('Percent'),
  message: z.string().optional().describe('At most 500 characters'),
  resultsAt: Time.optional().describe('When the results became visible'),
  updated: Time,
  version: z.number().int(),
});
export type LiveJob = z.infer<typeof LiveJob>;

/** The latest news of one job; without `job` it was deleted. */
export const Change = z.object({ jobId: z.string(), version: z.number().int(), job: LiveJob.optional() });
export type Change = z.infer<typeof Change>;

/** What a record of the jobs table's stream tells. */
export interface JobChange {
  before: Job | undefined;
  after: Job | undefined;
}

/** Who a ticket was given to. */
export const Holder = z.object({ owner: z.string(), roles: z.array(z.string()) });
export type Holder = z.infer<typeof Holder>;

/** `snapshot`: a full status at every change, for clients of the APEx Dispatch API, which never speak; otherwise deltas. */
const Mode = z.literal('snapshot').optional();
/** The number of the last frame that a client has seen of a subject; absent or 0 for none. */
const Since = z.number().int().nonnegative().optional();

export const Connection = z.object({
  connectionId: z.string(),
  owner: z.string(),
  subjects: z.array(z.string()).describe('What it watches, e.g. `jobs:<owner>`'),
  mode: Mode,
  since: Since.describe('What it has seen already of its first subject, when it connected or asked'),
  connected: Time,
  expires: EpochSeconds,
});
export type Connection = z.infer<typeof Connection>;

/** A connection that watches a subject. */
export const Viewer = z.object({ connectionId: z.string(), mode: Mode, connected: Time, expires: EpochSeconds });
export type Viewer = z.infer<typeof Viewer>;

/** How far a subject has come. */
export const Watch = z.object({
  last: z.number().int().describe('Number of the last frame, 0 before the first'),
  began: z.number().int().describe('Number that was left out when it came to be watched: whoever has seen less may have missed something'),
  beganAt: z.number().int().describe('When that was, seconds since 1970'),
  until: EpochSeconds.describe('Its changes are noted until then; 0 when nobody ever watched it'),
});
export type Watch = z.infer<typeof Watch>;

/** "Read the full status of this subject again": the index it was read from may have been late. */
export const Recheck = z.object({
  subject: z.string(),
  seq: z.number().int().describe('The last frame before it was read'),
  versions: z.record(z.string(), z.number().int()).describe('Of the jobs that it told'),
});
export type Recheck = z.infer<typeof Recheck>;

export const Ticket = z
  .object({
    ticket: z.string().describe('Works once'),
    url: z.string().describe('Open a WebSocket here; the ticket is in it'),
    expires: Time.describe('The ticket must be used before this time'),
  })
  .meta({ id: 'LiveTicket' });
export type Ticket = z.infer<typeof Ticket>;

/** What a client may send. A subject's number is the last frame that the client has seen of it, 0 for none. */
export const Message = z.discriminatedUnion('action', [
  z.object({ action: z.literal('ping') }),
  z.object({ action: z.literal('subscribe'), subjects: z.strictObject({ jobs: z.number().int().nonnegative() }) }),
]);

export interface StatusData {
  upscaling_tasks: never[];
  processing_jobs: LiveJob[];
  /** Deleted jobs, in a delta; the version is higher than any that the job had, so what comes late does not bring it back. */
  removed?: { id: string; version: number }[];
  /** There are more jobs than this tells: `GET /unit_jobs` lists them all. */
  truncated?: true;
  /** When it was true. */
  asOf: string;
}

/** What a client gets. `type`, `data` and `message` are always there, null included, as the APEx clients expect. */
export type Frame =
  | { type: 'init'; data: null; message: string; seq: 0 }
  | {
      type: 'status';
      data: StatusData;
      message: null;
      subject: 'jobs';
      /**
       * Counts the deltas of the subject; a full status bears the number of the last one that it includes. A delta that
       * bears the number the client named, and tells nothing, says that nothing was missed.
       */
      seq: number;
      /** Only what changed. */
      delta?: true;
      /** A full status comes in pages; all but the last name the next. */
      page?: number;
      next?: number;
    }
  | { type: 'pong'; data: null; message: null; subjects: { jobs: number } }
  | { type: 'error'; data: null; message: string };
