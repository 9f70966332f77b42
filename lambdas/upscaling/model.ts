import * as z from 'zod';
import { TileRequest } from './tiles/model.ts';
import { Job, JobRequest, JobSummary } from '../dispatch/model.ts';

const Time = z.string().describe('RFC 3339, UTC');

/** A task may have so many jobs. */
export const mostValues = 100_000;

/**
 * `created`: its jobs are being written. `partial`: all have ended, some of them successful. The others are as of a job.
 */
const TaskStatus = z.enum(['created', 'queued', 'running', 'successful', 'partial', 'failed', 'dismissed']);
type TaskStatus = z.infer<typeof TaskStatus>;
/** The status words of the APEx Dispatch API. */
const nativeStatus = {
  created: 'created',
  queued: 'queued',
  running: 'running',
  successful: 'finished',
  partial: 'finished',
  failed: 'failed',
  dismissed: 'canceled',
} as const satisfies Record<TaskStatus, string>;

/** What a state machine is to do with all chunks of a task. */
const Work = z.enum(['expand']);

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
  /** What the state machine is doing, and the number of it. */
  work: Work.optional(),
  workNumber: z.number().int(),
  /** All jobs are written. */
  expanded: z.boolean().optional(),
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
    period: Period.optional().describe('One job for each step of a period; `[from, to)` is the value'),
    duplicates: z.boolean().optional().describe('Run a value again that occurs more than once. Without it such a request is refused'),
  })
  .refine(({ values, tiles, period }) => [values, tiles, period].filter((given) => given !== undefined).length === 1, {
    message: 'Give one of values, tiles and period.',
  });

/** APEx `UpscalingTaskRequest`. */
export const TaskRequest = JobRequest.extend({ dimension: Dimension }).meta({ id: 'UpscalingTaskRequest' });
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
    created: Time,
    updated: Time,
  })
  .meta({ id: 'UpscalingTaskSummary' });
export type TaskSummary = z.infer<typeof TaskSummary>;

const Link = z.object({ rel: z.string(), href: z.string() });

/** One job of a task in its list. */
const TaskJob = JobSummary.extend({ index: z.number().int(), value: z.unknown().optional().describe('Absent where it is long') }).meta({
  id: 'UpscalingJobSummary',
});
export const TaskJobs = z.object({ jobs: z.array(TaskJob), links: z.array(Link) }).meta({ id: 'UpscalingJobs' });
export type TaskJobs = z.infer<typeof TaskJobs>;

/** APEx `UpscalingTask`: the jobs are the first page of them. */
export const TaskDetail = TaskSummary.extend({
  service: z.object({ endpoint: z.string(), application: z.string() }),
  parameters: z.record(z.string(), z.unknown()).describe('What all jobs have in common'),
  format: z.string(),
  dimension: z.object({ name: z.string() }),
  jobs: z.array(TaskJob).describe('The first page of the jobs; `links` has the next one'),
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
  created: task.created,
  updated: task.updated,
});
