import * as z from 'zod';
import { type Job, JobStatus } from '../dispatch/model.ts';
import type { Task, TaskSummary } from '../upscaling/model.ts';

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
  index: z.number().int().optional().describe('Of the value in the task, for a job of one'),
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

/** A change that waits for a frame, and `began` of the watching in which it was noted: whoever came to watch later was told by a status. */
export const Noted = Change.extend({ began: z.number().int() });
export type Noted = z.infer<typeof Noted>;

/** An upscaling task in a frame. Its counts were true at its own `asOf`. Keep the one with the highest `version`. */
export type LiveTask = TaskSummary & { incarnation: number; version: number };

/**
 * News of a task that waits for its next frame. What a batch of changes tells goes into one of these, so that thousands of
 * jobs that change at once are no thousands of items.
 */
export const Bundle = z.object({
  key: z.string().describe('The same for the same news'),
  jobs: z.array(LiveJob),
  more: z.number().int().describe('Jobs that changed, too, and are not among them'),
});
export type Bundle = z.infer<typeof Bundle>;

/** What a record of the jobs table's stream tells. */
export interface JobChange {
  before: Job | undefined;
  after: Job | undefined;
}

/** What a record of the tasks table's stream tells. */
export interface TaskChange {
  before: Task | undefined;
  after: Task | undefined;
}

/** Who a ticket was given to. */
export const Holder = z.object({ owner: z.string(), roles: z.array(z.string()) });
export type Holder = z.infer<typeof Holder>;

/** `snapshot`: a full status at every change, for clients of the APEx Dispatch API, which never speak; otherwise deltas. */
const Mode = z.literal('snapshot').optional();
/** The number of the last frame that a client has seen of a subject; 0 for none. */
const Seen = z.number().int().nonnegative();

export const Connection = z.object({
  connectionId: z.string(),
  owner: z.string(),
  subjects: z.array(z.string()).describe('What it watches, e.g. `jobs:<owner>`, `task:<taskId>`; in what it asks, what it asks about'),
  mode: Mode,
  seen: z.record(z.string(), Seen).optional().describe('What it has seen already of its subjects, when it connected or asked'),
  connected: Time,
  expires: EpochSeconds,
});
export type Connection = z.infer<typeof Connection>;

/** A connection that watches a subject. */
export const Viewer = z.object({
  connectionId: z.string(),
  mode: Mode,
  connected: Time,
  expires: EpochSeconds,
  incarnation: z.number().int().optional().describe('Of the task, as they saw it when they came: the end of an earlier one is not theirs'),
});
export type Viewer = z.infer<typeof Viewer>;

/** How far a subject has come. */
export const Watch = z.object({
  last: z.number().int().describe('Number of the last frame, 0 before the first'),
  began: z.number().int().describe('Number that was left out when it came to be watched: whoever has seen less may have missed something'),
  beganAt: z.number().int().describe('When that was, seconds since 1970'),
  framedAt: z.number().int().describe('When the last frame was made, ms since 1970; 0 before the first'),
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

/** A connection may watch so many tasks. */
export const mostSubjects = 50;

/** What a client may send. A subject's number is the last frame that the client has seen of it, 0 for none. */
export const Message = z.discriminatedUnion('action', [
  z.object({ action: z.literal('ping') }),
  z.object({
    action: z.literal('subscribe'),
    subjects: z
      .record(z.string().regex(/^(jobs|task:[\w-]{1,64})$/), Seen)
      .refine((subjects) => Object.keys(subjects).length >= 1 && Object.keys(subjects).length <= mostSubjects),
  }),
]);

export interface StatusData {
  /** The task, in frames of a task. */
  upscaling_tasks: LiveTask[];
  processing_jobs: LiveJob[];
  /** Deleted jobs, in a delta; the version is higher than any that the job had, so what comes late does not bring it back. */
  removed?: { id: string; version: number }[];
  /** There are more jobs than this tells: `GET /unit_jobs` lists them all. */
  truncated?: true;
  /** Of a task: so many jobs have changed, too, and are not told here: `GET /upscale_tasks/{taskId}/jobs` has them. */
  more?: number;
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
      /** `jobs` or `task:<taskId>`. */
      subject: string;
      /**
       * Counts the deltas of the subject; a full status bears the number of the last one that it includes. A delta that
       * bears the number the client named, and tells nothing, says that nothing was missed.
       */
      seq: number;
      /** Only what changed. */
      delta?: true;
      /** All jobs of the task have ended: nothing more comes, the subscription is over. */
      finished?: true;
      /** A full status comes in pages; all but the last name the next. */
      page?: number;
      next?: number;
    }
  | { type: 'pong'; data: null; message: null; subjects: Record<string, number> }
  | { type: 'error'; data: null; message: string; subject?: string };
