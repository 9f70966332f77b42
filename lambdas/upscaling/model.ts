import * as z from 'zod';
import { Job, JobRequest, JobSummary, QueuePlace, type JobStatus } from '../dispatch/model.ts';
import { TileRequest } from './tiles/model.ts';

const Time = z.string().describe('RFC 3339, UTC');

/** A task may have so many jobs. */
export const mostValues = 100_000;

/** How jobs are counted: what its submitter has in hand counts as queued. */
const CountedStatus = z.enum(['queued', 'submitted', 'running', 'successful', 'failed', 'dismissed']);
type CountedStatus = z.infer<typeof CountedStatus>;
export const counted = (status: JobStatus): CountedStatus => (status === 'submitting' ? 'queued' : status);
export const Counts = z.record(CountedStatus, z.number().int());
export type Counts = z.infer<typeof Counts>;
export const none: Readonly<Counts> = { queued: 0, submitted: 0, running: 0, successful: 0, failed: 0, dismissed: 0 };

/** Failed jobs with the same message. */
const TaskError = z.object({
  message: z.string(),
  count: z.number().int(),
  index: z.number().int().describe('Of the first of these jobs'),
});
export type TaskError = z.infer<typeof TaskError>;

/** The jobs of a chunk as they were counted last. */
export const Chunk = z.object({
  taskId: z.string(),
  chunk: z.number().int(),
  counts: Counts,
  errors: z.array(TaskError),
  firstFinished: Time.optional(),
  lastFinished: Time.optional(),
  /** +1 at each recount. */
  revision: z.number().int(),
  /** Every change of a job before this time is counted. */
  asOf: Time,
});
export type Chunk = z.infer<typeof Chunk>;

/**
 * `created`: its jobs are being written. `partial`: all have ended, some of them successful. The others are as of a job.
 */
const TaskStatus = z.enum(['created', 'queued', 'running', 'successful', 'partial', 'failed', 'dismissed']);
export type TaskStatus = z.infer<typeof TaskStatus>;
export const openStatuses = ['created', 'queued', 'running'] as const satisfies TaskStatus[];
export const isOver = (status: TaskStatus): boolean => !(openStatuses as readonly TaskStatus[]).includes(status);
/** The status words of the APEx Dispatch API. */
export const nativeStatus = {
  created: 'created',
  queued: 'queued',
  running: 'running',
  successful: 'finished',
  partial: 'finished',
  failed: 'failed',
  dismissed: 'canceled',
} as const satisfies Record<TaskStatus, string>;

/** What a state machine is to do with all chunks of a task. */
const Work = z.enum(['expand', 'dismiss', 'retry', 'delete']);

/** The line in the log of work on a task that stood still; an alarm counts it. */
export const takenUpMessage = 'work on a task stood still and is taken up again';

/** Why nothing of a task is let go: its owner's wish, too many failures, or a canary that did not succeed. */
const Paused = z.enum(['owner', 'failures', 'canary']);
export type Paused = z.infer<typeof Paused>;

const Options = {
  canary: z
    .number()
    .int()
    .min(1)
    .max(mostValues)
    .optional()
    .describe('So many jobs run first; the others follow when all of these have succeeded, else the task pauses'),
  maxFailures: z
    .union([
      z.number().int().min(0),
      z.string().regex(/^(100|\d{1,2}(\.\d+)?)%$/, 'Must be a number of jobs, or a part of them such as "5%".'),
    ])
    .optional()
    .describe('How many jobs may fail, as a number or a part (`"5%"`) of all. With one more, `onFailure` says what happens'),
  onFailure: z
    .enum(['continue', 'pause', 'stop'])
    .optional()
    .describe(
      'What happens when more jobs have failed than `maxFailures` (none, where it is absent): `pause` if that is given, else `continue`. `stop` cancels the rest',
    ),
};

/** An upscaling task: one request for many jobs that differ in one parameter. */
export const Task = z.object({
  taskId: z.string(),
  owner: z.string().describe('userId of the owner'),
  title: z.string(),
  label: z.string(),
  platformId: z.string(),
  laneId: z.string(),
  process: z.string(),
  deadline: Time,
  onAmbiguous: Job.shape.onAmbiguous,
  status: TaskStatus,
  /** 1 at first, +1 each time failed jobs are run again. */
  incarnation: z.number().int(),
  /** +1 at each write; numbers the events. */
  version: z.number().int(),
  dimension: z.string().describe('Name of the parameter in which the jobs differ'),
  total: z.number().int().describe('How many jobs the task has'),
  /** Where the chunks of values begin in their file, in bytes, and where the last one ends. */
  offsets: z.array(z.number().int()),
  /** The box around the values, where each is an area; east may be beyond 180. */
  extent: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
  /** What the state machine is doing, and the number of it. */
  work: Work.optional(),
  workNumber: z.number().int(),
  /** Until when nobody else takes the work up; it stays until the task is counted after the work. */
  workUntil: Time.optional(),
  ...Options,
  /** All jobs may be written, not the canary alone. */
  canaryPassed: z.boolean().optional(),
  /** All jobs are written. */
  expanded: z.boolean().optional(),
  paused: Paused.optional(),
  /** Its owner let it go on after too many failures: that does not pause it again. */
  failuresAccepted: z.boolean().optional(),
  cancelRequested: z.boolean().optional(),
  /** Cancelled by `onFailure: stop`, not by its owner. */
  stopped: z.boolean().optional(),
  /** When its failed jobs were run again: those that ended before. */
  retriedAt: Time.optional(),
  /** It is gone for its owner; its jobs are being deleted. */
  deleted: z.boolean().optional(),
  /** The sum of the chunks, which of them are counted by `revision`, and when that was. */
  counts: Counts.optional(),
  errors: z.array(TaskError).optional(),
  firstFinished: Time.optional(),
  lastFinished: Time.optional(),
  revision: z.number().int().optional(),
  asOf: Time.optional(),
  finished: Time.optional(),
  /** Why the state machine ended before its work was done. */
  fault: z.string().optional(),
  created: Time,
  updated: Time,
});
export type Task = z.infer<typeof Task>;

const PeriodTime = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const Period = z
  .strictObject({
    start: PeriodTime.describe('First day, or time'),
    end: PeriodTime.describe('End, which is not part of the period'),
    step: z
      .string()
      .regex(/^P[1-9]\d{0,4}[YMWD]$/, 'A number of days, weeks, months or years in the form of ISO 8601, such as P1M.')
      .describe('Length of a step, e.g. P10D, P1M'),
  })
  .meta({ id: 'Period' });
export type Period = z.infer<typeof Period>;

const Dimension = z
  .strictObject({
    name: z.string().min(1).max(255).describe('Name of the parameter that has another value in each job'),
    values: z
      .array(z.unknown())
      .min(1, 'At least one value is needed.')
      .max(mostValues, `A task has at most ${mostValues.toLocaleString('en')} values.`)
      .optional()
      .describe('One job is made for each value'),
    tiles: TileRequest.optional().describe('One job for each tile of an area; its geometry (GeoJSON) is the value'),
    manifest: z
      .string()
      .max(2048)
      .regex(/^s3:\/\/./, 'Must be the reference of a file of your workspace: s3://..., as POST /workspace/uploads answers it.')
      .optional()
      .describe(
        `Reference (\`s3://\`) of a file of your workspace with the values, up to 32 MB: JSON Lines, or one JSON array unless its name ends in .jsonl or .ndjson. It is read now, and what becomes of it later changes nothing`,
      ),
    period: Period.optional().describe('One job for each step of a period; `[from, to)` is the value'),
    duplicates: z.boolean().optional().describe('Run a value again that occurs more than once. Without it such a request is refused'),
  })
  .refine(({ values, tiles, period, manifest }) => [values, tiles, period, manifest].filter((given) => given !== undefined).length === 1, {
    message: 'Give one of values, tiles, period and manifest.',
  });

/** APEx `UpscalingTaskRequest`. */
export const TaskRequest = JobRequest.extend({ dimension: Dimension, ...Options }).meta({ id: 'UpscalingTaskRequest' });
export type TaskRequest = z.infer<typeof TaskRequest>;

/** APEx `UpscalingTaskSummary`, and what we know besides. Absent is absent. */
export const TaskSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    label: z.string(),
    status: z
      .enum(['created', 'queued', 'running', 'finished', 'canceled', 'failed'])
      .describe('Status in the words of the APEx Dispatch API'),
    phase: TaskStatus.describe("The core's own word: `partial` has ended with jobs that were not successful"),
    platform: z.string(),
    process: z.string(),
    total: z.number().int().describe('How many jobs the task has'),
    counts: Counts.optional().describe('Jobs by status in the words of `phase`; absent until the first are written'),
    progress: z.number().int().optional().describe('Jobs that have ended, in percent'),
    paused: Paused.optional().describe(
      'Why nothing more is let go: your wish, `maxFailures`, or a canary that failed. POST /resume goes on',
    ),
    cancelling: z.boolean().optional().describe('It was cancelled and some of its jobs have not ended yet'),
    message: z.string().optional(),
    asOf: Time.optional().describe('When the counts were true'),
    created: Time,
    updated: Time,
    finished: Time.optional(),
  })
  .meta({ id: 'UpscalingTaskSummary' });
export type TaskSummary = z.infer<typeof TaskSummary>;

const Link = z.object({ rel: z.string(), href: z.string() });

export const TaskList = z.object({ tasks: z.array(TaskSummary), links: z.array(Link) }).meta({ id: 'UpscalingTasks' });
export type TaskList = z.infer<typeof TaskList>;

/** One job of a task in its list. */
const TaskJob = JobSummary.extend({ index: z.number().int(), value: z.unknown().optional().describe('Absent where it is long') }).meta({
  id: 'UpscalingJobSummary',
});
export const TaskJobs = z.object({ jobs: z.array(TaskJob), links: z.array(Link) }).meta({ id: 'UpscalingJobs' });
export type TaskJobs = z.infer<typeof TaskJobs>;

const Service = z.object({ endpoint: z.string(), application: z.string() });

/** APEx `UpscalingTask`: the jobs are the first page of them. */
export const TaskDetail = TaskSummary.extend({
  service: Service,
  parameters: z.record(z.string(), z.unknown()).describe('What all jobs have in common'),
  format: z.string(),
  dimension: z.object({ name: z.string() }),
  ...Options,
  incarnation: z.number().int().describe('1 at first, +1 each time failed jobs are run again'),
  errors: z.array(TaskError).describe('Why jobs failed: the most frequent messages first, at most ten'),
  queue: QueuePlace.optional().describe('Of the first job that waits; only while jobs wait'),
  estimate: z
    .object({ finish: Time, basis: z.string().describe('How the estimate was made') })
    .optional()
    .describe('When the last job may end; absent while too few have ended to tell'),
  jobs: z
    .array(
      TaskJob.extend({ service: Service, parameters: z.record(z.string(), z.unknown()).describe('Without its value where that is long') }),
    )
    .describe('The first page of the jobs, as APEx has them; `links` has the next one'),
  links: z.array(Link),
}).meta({ id: 'UpscalingTask' });
export type TaskDetail = z.infer<typeof TaskDetail>;

export const summary = (task: Task): TaskSummary => ({
  id: task.taskId,
  title: task.title,
  label: task.label,
  status: nativeStatus[task.status],
  phase: task.status,
  platform: task.platformId,
  process: task.process,
  total: task.total,
  ...(task.counts ? { counts: task.counts, progress: Math.floor((100 * endedOf(task.counts)) / task.total) } : {}),
  ...(task.paused && !isOver(task.status) ? { paused: task.paused } : {}),
  ...(task.cancelRequested && !isOver(task.status) ? { cancelling: true } : {}),
  ...(task.fault && task.work
    ? { message: 'The jobs could not be brought up to date yet: it is tried again, and the operator has been told.' }
    : {}),
  ...(task.asOf ? { asOf: task.asOf } : {}),
  created: task.created,
  updated: task.updated,
  ...(task.finished ? { finished: task.finished } : {}),
});
const endedOf = ({ successful, failed, dismissed }: Counts): number => successful + failed + dismissed;
