import * as z from 'zod';

const Time = z.string().describe('RFC 3339, UTC');

/** What every event of a job says about it. */
const JobFacts = z.object({
  jobId: z.string(),
  incarnation: z.number().int().describe('1 at first, +1 at each retry'),
  platformId: z.string(),
  process: z.string(),
  title: z.string(),
  label: z.string(),
  taskId: z.string().optional().describe('Of a job of an upscaling task'),
  created: Time,
  deployed: z.string().optional().describe('The deployed process that it runs'),
  subscribed: z.literal(true).optional().describe('Its client wants to be called'),
});
const Submitted = JobFacts.extend({
  platformJobId: z.string(),
  submitted: Time.optional().describe('Absent when the platform told of the job before its submitter could'),
});
const Ended = JobFacts.extend({
  platformJobId: z.string().optional().describe('Absent when the job never came to a platform'),
  submitted: Time.optional(),
  started: Time.optional(),
  finished: Time,
  message: z.string().optional(),
});

/** Message of the `recounts` queue: jobs of these chunks of a task changed before `at`. */
export const ChunksChanged = z.strictObject({ taskId: z.string(), chunks: z.array(z.number().int()), at: Time });
export type ChunksChanged = z.infer<typeof ChunksChanged>;

/** One envelope for every event, with the attribute names of CloudEvents 1.0 (section 2.2 "Context Attributes"). */
const eventOf = <Source extends string, Type extends string, Data extends z.ZodType>(source: Source, type: Type, data: Data) =>
  z.object({
    id: z.string().describe('`<subject>.<seq>`: the same event sent twice has the same id'),
    type: z.literal(type),
    source: z.literal(source),
    subject: z.string().describe('Id of the job or task'),
    time: Time,
    owner: z.string().describe('userId of the owner'),
    seq: z.number().int().describe('The version of the subject; grows, with gaps. (subject, seq) identifies an event'),
    data,
  });

const event = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) => eventOf('swath.dispatch', type, data);

/** What a job tells the rest of the house, on the bus: `type` is the detail-type, this the detail. */
export const JobEvent = z.discriminatedUnion('type', [
  event('job.queued', JobFacts),
  event('job.submitted', Submitted),
  event(
    'job.running',
    Submitted.extend({
      platformJobId: z.string().optional().describe('Absent during a synchronous call, which makes no job there'),
      started: Time,
    }),
  ),
  event('job.successful', Ended),
  event('job.failed', Ended),
  event('job.dismissed', Ended),
  event('job.results.ready', Ended.extend({ resultsAt: Time })),
]);
export type JobEvent = z.infer<typeof JobEvent>;

/** For operators: a platform runs a job that bears our tag, and no job of ours has it, or had it until now. */
export const StrayJob = z.object({
  id: z.string().describe('The same for every find of the same platform job'),
  type: z.literal('platform.job.stray'),
  source: z.literal('swath.dispatch'),
  subject: z.string().describe('Id of the lane'),
  time: Time,
  data: z.object({
    jobId: z.string().describe('As the tag names it'),
    incarnation: z.number().int(),
    platformJobId: z.string(),
    platformStatus: z.string().describe("The platform's own word"),
    adopted: z.boolean().describe('The job waited for it, and has it now'),
  }),
});
export type StrayJob = z.infer<typeof StrayJob>;

const TaskFacts = z.object({
  taskId: z.string(),
  incarnation: z.number().int().describe('1 at first, +1 each time failed jobs are run again'),
  platformId: z.string(),
  process: z.string(),
  title: z.string(),
  label: z.string(),
  status: z.string().describe('In the words of `phase` of GET /upscale_tasks/{taskId}'),
  total: z.number().int().describe('How many jobs the task has'),
  counts: z.record(z.string(), z.number().int()).optional().describe('Jobs by status; absent until the first are written'),
  asOf: Time.optional().describe('When the counts were true'),
  paused: z.string().optional().describe('Why nothing more is let go'),
  cancelRequested: z.boolean().optional().describe('It was cancelled'),
  created: Time,
});
const taskEvent = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) => eventOf('swath.upscaling', type, data);

/**
 * What an upscaling task tells on the bus. `task.changed`: its status, its counts or what holds it; counts are brought up to
 * date seconds after its jobs change, so however many do, this is one event in a while. `task.finished`: all jobs have ended;
 * once an incarnation, and in place of `task.changed`.
 */
export const TaskEvent = z.discriminatedUnion('type', [
  taskEvent('task.changed', TaskFacts),
  taskEvent('task.finished', TaskFacts.extend({ finished: Time })),
]);
export type TaskEvent = z.infer<typeof TaskEvent>;
