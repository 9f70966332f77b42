import * as z from 'zod';
import { ResultsPolicy } from '../platforms/model.ts';

const Time = z.string().describe('RFC 3339, UTC');

/** Job status and its rank: within an incarnation the rank never falls, but for a submitter putting its own job back. */
export const ranks = { queued: 10, submitting: 20, submitted: 30, running: 50, successful: 90, failed: 90, dismissed: 90 } as const;
export const JobStatus = z.enum(['queued', 'submitting', 'submitted', 'running', 'successful', 'failed', 'dismissed']);
export type JobStatus = z.infer<typeof JobStatus>;
export const finalStatuses = ['successful', 'failed', 'dismissed'] as const satisfies JobStatus[];
export const isFinal = (status: JobStatus): boolean => ranks[status] === 90;

/** The status words of the APEx Dispatch API. The core's own word stands beside them as `phase`. */
export const nativeStatus = {
  queued: 'queued',
  submitting: 'queued',
  submitted: 'queued',
  running: 'running',
  successful: 'finished',
  failed: 'failed',
  dismissed: 'canceled',
} as const satisfies Record<JobStatus, string>;

const Held = z.enum(['ambiguous', 'credential']);
/** What becomes of a job of which nobody can tell whether its platform took it. */
const OnAmbiguous = z.enum(['hold', 'resubmit', 'fail']);

/** One execution: the hot, small item of the jobs table. Parameters are in its `Spec`. */
export const Job = z.object({
  jobId: z.string(),
  owner: z.string().describe('userId of the owner'),
  origin: z.enum(['request', 'task']),
  /** Id of the deployed process that it was made through; absent where its platform's own was named. */
  deployed: z.string().optional(),
  /** Of a job of an upscaling task: the task, the job's place in it from 0, and its value as JSON where that is short. */
  taskId: z.string().optional(),
  index: z.number().int().optional(),
  value: z.string().optional(),
  laneId: z.string(),
  platformId: z.string(),
  process: z.string(),
  title: z.string(),
  label: z.string(),
  /** Run by the platform's synchronous call, which makes no job there; without a `platformJobId` nothing can be asked about it. */
  sync: z.boolean().optional(),
  /** Who makes the synchronous call: one delivery of its order. */
  callId: z.string().optional(),
  status: JobStatus,
  rank: z.number(),
  /** 1 at first, +1 at each retry. */
  incarnation: z.number().int(),
  /** +1 at each claim. */
  epoch: z.number().int(),
  /** +1 at each write; numbers the events. */
  version: z.number().int(),
  /** The lane's poll that brought the last news. */
  pollNumber: z.number().int(),
  platformJobId: z.string().optional(),
  /** When the create of the current intent was sent. */
  postedAt: Time.optional(),
  startSentAt: Time.optional(),
  cancelRequested: z.boolean().optional(),
  leaseUntil: Time.optional(),
  /** A queued job whose create was lost waits out its quarantine. */
  notBefore: Time.optional(),
  /** Technical failures that count against the job, and when the last one was. */
  failures: z.number().int(),
  failedAt: Time.optional(),
  /** First of two individual "not found" answers. */
  missingSince: Time.optional(),
  platformStatus: z.string().optional(),
  progress: z.number().optional(),
  message: z.string().optional(),
  held: Held.optional(),
  /** Absent: hold. */
  onAmbiguous: OnAmbiguous.optional(),
  deadline: Time,
  created: Time,
  submitted: Time.optional(),
  started: Time.optional(),
  finished: Time.optional(),
  updated: Time,
  /** Until when somebody surely copies the results. */
  copyUntil: Time.optional(),
  /** Bytes of results that were copied into the owner's workspace. */
  bytesStagedOut: z.number().optional(),
  /** When the results became visible. */
  resultsAt: Time.optional(),
  /** Somebody is to be called with its news: who stands in the spec. */
  subscribed: z.literal(true).optional(),
});
export type Job = z.infer<typeof Job>;

/** Where news of a job are sent, as the client asked for; each URL was checked, and is checked again before it is called. */
export const Callbacks = z.object({
  successUri: z.string().optional(),
  inProgressUri: z.string().optional(),
  failedUri: z.string().optional(),
  handlers: z.array(z.string()).optional().describe('Told the status at the end, whichever it is'),
});
export type Callbacks = z.infer<typeof Callbacks>;

/** The form in which a door was asked to hand out the results: kept until they are read. */
export const Wanted = z.object({
  response: z.enum(['raw', 'document']).optional(),
  outputs: z
    .record(z.string(), z.object({ mediaType: z.string().optional(), transmission: z.enum(['value', 'reference']).optional() }))
    .optional()
    .describe('Absent: all outputs'),
  callbacks: Callbacks.optional(),
});
export type Wanted = z.infer<typeof Wanted>;

/** What was asked for: written once, beside the job. Large parameters lie in S3 and the item keeps their key. */
export const Spec = z.object({
  jobId: z.string(),
  format: z.string(),
  /** What the request wants of the files of the results; absent: what the platform's entry says. */
  results: ResultsPolicy.optional(),
  service: z.object({ endpoint: z.string(), namespace: z.string().optional(), application: z.string() }),
  parameters: z.record(z.string(), z.unknown()),
  wanted: Wanted.optional(),
});
export type Spec = z.infer<typeof Spec>;

/**
 * What all jobs of an upscaling task share: a job's own spec follows from it and from the job's value. The values lie in S3,
 * one JSON text a line, in chunks.
 */
export const Template = Spec.extend({
  jobId: z.string().describe('Id of the task'),
  dimension: z.string().describe('Name of the parameter in which the jobs differ'),
  valuesKey: z.string().describe('Key of the file of values'),
  offsets: z.array(z.number().int()).describe('Where each chunk begins in the file, in bytes, and where the last one ends'),
});
export type Template = z.infer<typeof Template>;

/** Jobs of a task that are stored, written and counted together. */
export const chunkSize = 500;
export const chunkOf = (index: number): number => Math.floor(index / chunkSize);

/** Which job a request with an `Idempotency-Key` made. Written in one transaction with the job. */
export const RequestRecord = z.object({
  owner: z.string().describe('userId of the owner'),
  key: z.string().describe('SHA-256 of the key that the client chose'),
  fingerprint: z.string().describe('SHA-256 of what was asked for'),
  jobId: z.string(),
  created: Time,
  expires: z.number().int().describe('Seconds since the epoch; a record does not count any longer from then on'),
});
export type RequestRecord = z.infer<typeof RequestRecord>;

/** Lane = platform x credential: `service`, the account that all users share, or a user's own. */
export const Lane = z.object({
  laneId: z.string(),
  platformId: z.string(),
  /** Counts wake-ups; a runner may only leave if none came since it looked. */
  wanted: z.number().int(),
  /** When the last wake-up came. */
  wantedAt: Time,
  runnerId: z.string().optional(),
  runnerUntil: Time.optional(),
  /** +1 each time a runner takes the lane, and when that was last. */
  takes: z.number().int().optional(),
  takenAt: Time.optional(),
  /** Nothing goes: the user's credential does not work, and this is what she has to do. */
  held: z.string().optional(),
  /** Not before this time will tokens or the platform let another job go. */
  nextAt: Time.optional(),
  tokens: z.number().optional(),
  tokensAt: Time.optional(),
  /** When a worker last took places for jobs it then claims. */
  reservedAt: Time.optional(),
  /** +1 each time places or tokens are reserved. */
  reservations: z.number().int().optional(),
  /** `<jobId>.<incarnation>` of every job that is claimed or unfinished on the platform. */
  slots: z.set(z.string()).optional(),
  /** Consecutive technical failures, and how often the lane was closed in a row. */
  failures: z.number().int().optional(),
  closings: z.number().int().optional(),
  closedUntil: Time.optional(),
  /** One start was let through a closed lane and is not answered yet. */
  probing: z.boolean().optional(),
  reason: z.string().optional(),
  successAt: Time.optional(),
  lastSeenAt: Time.optional(),
  pollNumber: z.number().int().optional(),
  pollLeaseUntil: Time.optional(),
  /** Somebody looked at a job here lately: until then the lane is polled every `watchSeconds`. */
  watchedUntil: Time.optional(),
  pollAt: Time.optional(),
  lastPollAt: Time.optional(),
  /** How long jobs of this lane kept their place on the platform lately, in the mean; seconds. */
  jobSeconds: z.number().optional(),
  /** The platform's list told less than it cost, or could not be read: until then jobs are read one by one. */
  listAfter: Time.optional(),
  /** The page of the platform's list with which the next poll begins, where the budget of the last did not reach its end. */
  listFrom: z.string().optional(),
  /** Virtual time of the lane's fair order: the pass of the share that was served last, after that. Who comes anew begins with it. */
  virtual: z.number().optional(),
  /** When the last synchronous call began on a platform where a job that it may have left behind cannot be told from others. */
  syncCallAt: Time.optional(),
  /** Platform ids seen lately, for the search by set difference. */
  recent: z.array(z.string()).optional(),
  /** Present while the lane has queued or unfinished jobs. */
  due: z.string().optional(),
});
export type Lane = z.infer<typeof Lane>;

/**
 * A user's part of a lane while she has work in it. Whose pass is smallest is served next; each job costs one. Within it
 * each of her upscaling tasks has a share of its own.
 */
export const Share = z.object({
  share: z.string().describe('userId of the owner; of a task `<userId>#<taskId>`'),
  pass: z.number(),
  /** Only of a task: nothing of it is let go any more, by this one write. */
  closed: z.enum(['paused', 'cancelled']).optional(),
  /** Only of a task: its version by which this one was last closed or opened. What an older one says comes too late. */
  taskVersion: z.number().optional(),
  /** When work last came, or came back. */
  wantedAt: Time,
});
export type Share = z.infer<typeof Share>;

/** The line in the log of a platform job that runs though no job of ours has it; an alarm counts it. */
export const strayMessage = 'a platform runs a job that no job of ours has';

const seconds = z.number().positive();

/** What the job core takes from the environment's config; seconds unless said otherwise. */
export const Settings = z
  .strictObject({
    connectSeconds: seconds.default(5),
    readSeconds: seconds.default(30),
    /** A worker claims for at most this long. */
    claimSeconds: seconds.default(60),
    /** A submitting function ends here ... */
    functionSeconds: seconds.default(135),
    /** ... before its lease on a job is over, so that a frozen worker cannot wake up with a valid claim. */
    leaseSeconds: seconds.default(150),
    /** How late a platform may still commit a create whose answer was lost, and how old its lists may be. */
    lateCommitSeconds: seconds.default(180),
    /** How long a call whose answer was lost may still take effect. */
    quarantineSeconds: seconds.default(360),
    /** How long a platform may take to answer a synchronous call; its function (at most 15 minutes) needs a little more. */
    syncSeconds: seconds.max(840).default(600),
    pollMinSeconds: seconds.default(60),
    pollMaxSeconds: seconds.default(600),
    /** Between two polls of a lane that somebody watches. */
    watchSeconds: seconds.default(10),
    /** Two individual "not found" answers this far apart mean that the platform lost the job. */
    lostAfterSeconds: seconds.default(600),
    /** The audit looks at platform jobs older than this. */
    auditAgeSeconds: seconds.default(3600),
    closeAfterFailures: z.number().int().positive().default(5),
    closeSeconds: seconds.default(30),
    closeMaxSeconds: seconds.default(900),
    /** One file is copied within this time: the longest that a function may run. */
    copySeconds: seconds.max(900).default(900),
    /** A chunk of an upscaling task is done within this time: of the function, which is called again when it is over. */
    chunkSeconds: seconds.max(900).default(120),
    /** First pause before a copy that did not succeed is tried again; each further one is four times as long. */
    copyAgainSeconds: seconds.default(10),
  })
  .refine((s) => s.leaseSeconds > 2 * (s.connectSeconds + s.readSeconds), 'leaseSeconds must exceed 2 x (connectSeconds + readSeconds)')
  .refine(
    (s) => s.claimSeconds + 2 * (s.connectSeconds + s.readSeconds) <= s.functionSeconds,
    'functionSeconds must hold a claim made at the last moment',
  )
  .refine((s) => s.functionSeconds < s.leaseSeconds, 'functionSeconds must be shorter than leaseSeconds')
  .refine(
    (s) => s.leaseSeconds < s.quarantineSeconds - s.lateCommitSeconds,
    'quarantineSeconds must exceed leaseSeconds + lateCommitSeconds',
  )
  .refine((s) => s.auditAgeSeconds > s.quarantineSeconds, 'auditAgeSeconds must exceed quarantineSeconds');
export type Settings = z.infer<typeof Settings>;

/** Time-out of the function that makes a synchronous call: what precedes and follows the call takes seconds. */
export const syncFunctionSeconds = ({ syncSeconds, connectSeconds }: Settings): number => Math.ceil(syncSeconds + connectSeconds + 30);
/** The lease on a job whose call is under way: as with submitters, the function is over before it is. */
export const syncLeaseSeconds = (settings: Settings): number => syncFunctionSeconds(settings) + 15;

/** Kinds of service, in the words of the APEx Dispatch API. */
const ServiceLabel = z
  .enum(['openeo', 'ogc_api_process'])
  .describe('`openeo`: a process of an openEO back-end; `ogc_api_process`: one of an OGC API - Processes platform, or a built-in one');

/** What a client sends to have a service run (APEx `BaseJobRequest`). Unknown fields are refused. */
export const JobRequest = z
  .strictObject({
    title: z.string().min(1).max(255).describe('For people: shown in lists and to the platform'),
    label: ServiceLabel,
    service: z
      .strictObject({
        endpoint: z.string().min(1).max(2000).describe('A registered platform: its id, or exactly its base URL'),
        namespace: z.string().max(255).nullish().describe('Part of the path in front of `/processes`, where a platform has one'),
        application: z
          .string()
          .min(1)
          .max(1000)
          .describe(
            'Process id; on an openEO back-end also the URL of a user-defined process, on a host that is registered with the platform',
          ),
      })
      .describe('What is to run, and where'),
    parameters: z
      .record(z.string(), z.unknown())
      .describe(
        'Inputs of the process. An `s3://` reference to a file of your workspace or to a sample is signed when the platform is called',
      ),
    format: z.enum(['geojson', 'gtiff', 'netcdf', 'json']).describe('Wanted format of the results'),
    results: ResultsPolicy.optional().describe(
      '`copy`: the files of the results are copied into your workspace; `reference`: they stay on the platform. Absent: as the platform is registered',
    ),
    onAmbiguous: OnAmbiguous.optional().describe(
      'What happens when the answer of the platform was lost and it cannot be asked whether it took the job. `hold` (the default): ' +
        'the job waits with `held: ambiguous` until you retry or cancel it; `resubmit`: it is sent again and may run twice; `fail`: it fails',
    ),
  })
  .meta({ id: 'JobRequest' });
export type JobRequest = z.infer<typeof JobRequest>;
/** The same from a door that lets its clients choose the form of the answer. */
export type JobOrder = JobRequest & { wanted?: Wanted; deployed?: string };

/** A service whose parameters are asked for (APEx `/params`). */
export const ServiceRequest = z.strictObject(JobRequest.pick({ label: true, service: true }).shape).meta({ id: 'ServiceRequest' });

/** The types that the APEx Dispatch API knows. */
export const ParameterType = z.enum([
  'datetime',
  'date-interval',
  'bounding-box',
  'polygon',
  'boolean',
  'integer',
  'double',
  'string',
  'array-string',
]);
export type ParameterType = z.infer<typeof ParameterType>;

/** APEx `Parameter`, and the JSON Schema beside its coarse type. As there, every key is always present. */
export const Parameter = z
  .object({
    name: z.string(),
    type: ParameterType.describe('The nearest of the types of the APEx Dispatch API; `schema` says exactly what is taken'),
    optional: z.boolean(),
    description: z.string().describe('Empty where the platform gives none'),
    default: z.unknown().describe('null where there is none'),
    options: z.array(z.unknown()).describe('The values to choose from; empty where any value may be'),
    schema: z.record(z.string(), z.unknown()).describe('JSON Schema of the value, as the platform gives it'),
  })
  .meta({ id: 'Parameter' });
export type Parameter = z.infer<typeof Parameter>;

const Service = z.object({ endpoint: z.string(), namespace: z.string().optional(), application: z.string() }).meta({ id: 'Service' });

/** APEx `ProcessingJobSummary`, and what we know besides. Absent is absent. */
export const JobSummary = z
  .object({
    id: z.string(),
    title: z.string(),
    label: z.string(),
    status: z.enum(['queued', 'running', 'finished', 'canceled', 'failed']).describe('Status in the words of the APEx Dispatch API'),
    phase: JobStatus.describe("The core's own word: `submitted` exists on the platform and does not run yet"),
    platform: z.string(),
    process: z.string(),
    progress: z.number().optional().describe('0-100'),
    message: z.string().optional(),
    held: Held.optional().describe(
      'Why a queued job may not go: nobody can tell whether it was sent, or your credential at its platform does not work; `message` says what to do',
    ),
    platformJobId: z.string().optional(),
    created: Time,
    submitted: Time.optional(),
    started: Time.optional(),
    finished: Time.optional(),
    updated: Time,
    resultsReady: z.boolean().describe('The results can be fetched'),
  })
  .meta({ id: 'JobSummary' });
export type JobSummary = z.infer<typeof JobSummary>;

const Asked = { service: Service, parameters: z.record(z.string(), z.unknown()) };

/** APEx `JobsStatusResponse`, a page at a time. Its summaries of jobs also have what was asked for. */
export const JobsStatus = z
  .object({
    upscaling_tasks: z
      .array(z.object({ id: z.string(), title: z.string(), label: z.string(), status: z.string() }))
      .describe('The newest 100, with the first page only; `/upscale_tasks` lists them all'),
    processing_jobs: z.array(
      JobSummary.extend({ ...Asked, parameters: Asked.parameters.describe('Empty where they are over 8 KB: the job itself has them') }),
    ),
    links: z.array(z.object({ rel: z.string(), href: z.string() })),
  })
  .meta({ id: 'JobsStatus' });
export type JobsStatus = z.infer<typeof JobsStatus>;

/** Where a queued job stands in its lane. */
export const QueuePlace = z.object({
  position: z.number().int().describe('1 is next; counted up to 1,000'),
  reason: z.string().optional().describe('Why the queue does not move'),
  estimatedStart: Time.optional().describe('When its turn may come; absent where that cannot be told'),
  basis: z.string().optional().describe('How the estimate was made'),
});

/** One job in full (APEx `ProcessingJob`). */
export const JobDetail = JobSummary.extend({
  ...Asked,
  format: z.string(),
  onAmbiguous: OnAmbiguous.optional().describe('As requested'),
  incarnation: z.number().int().describe('1 at first, +1 at each retry'),
  lastSeenAt: Time.optional().describe('When the platform last answered; older than the status while it is down'),
  queue: QueuePlace.optional().describe('Only while the job waits'),
}).meta({ id: 'Job' });
export type JobDetail = z.infer<typeof JobDetail>;

export const summary = (job: Job): JobSummary => ({
  id: job.jobId,
  title: job.title,
  label: job.label,
  status: nativeStatus[job.status],
  phase: job.status,
  platform: job.platformId,
  process: job.process,
  ...pick(job, ['progress', 'message', 'held', 'platformJobId']),
  created: job.created,
  ...pick(job, ['submitted', 'started', 'finished']),
  updated: job.updated,
  resultsReady: job.resultsAt !== undefined,
});
const pick = <K extends keyof Job>(job: Job, keys: readonly K[]): Pick<Job, K> =>
  Object.fromEntries(keys.flatMap((key) => (job[key] === undefined ? [] : [[key, job[key]]]))) as Pick<Job, K>;

export const LogLevel = z.enum(['error', 'warning', 'info', 'debug']);
export type LogLevel = z.infer<typeof LogLevel>;

/** A line of a job's log, in openEO's form. */
export const LogEntry = z
  .object({
    id: z.string().describe('Stable: the same line has the same id'),
    level: LogLevel,
    message: z.string(),
    time: Time.optional().describe('Absent where the platform gives none'),
    source: z.enum(['swath', 'platform']).describe('Who says it'),
  })
  .meta({ id: 'LogEntry' });
export type LogEntry = z.infer<typeof LogEntry>;

/** What a platform reckons that a job takes, in openEO's words. */
export const PlatformEstimate = z
  .object({
    platform: z.string(),
    costs: z.number().optional().describe('In `currency`; without one, in credits of the platform'),
    currency: z.string().optional(),
    duration: z.string().optional().describe('ISO 8601'),
    size: z.number().int().optional().describe('Bytes of the results'),
    expires: z.string().optional().describe('Until when it holds'),
  })
  .meta({ id: 'PlatformEstimate' });
export type PlatformEstimate = z.infer<typeof PlatformEstimate>;

/** A job's results, as interfaces hand them out. */
export const StacItemDocument = z
  .looseObject({
    type: z.literal('Feature'),
    stac_version: z.string(),
    id: z.string(),
    geometry: z.unknown(),
    properties: z.record(z.string(), z.unknown()),
    links: z.array(z.looseObject({ rel: z.string(), href: z.string() })),
    assets: z.record(z.string(), z.looseObject({ href: z.string() })),
  })
  .meta({ id: 'StacItem', description: 'STAC Item 1.1.0' });

/** Stands in the id of a lane in place of a user. */
export const serviceAccount = 'service';
/** The lane of a platform's service account, which all users share. */
export const serviceLane = (platformId: string): string => `${platformId}~${serviceAccount}`;
