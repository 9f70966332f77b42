import * as z from 'zod';
import type { Route, RouteError } from '../shared/http/route.ts';
import { IdempotencyHeaders } from '../shared/http/idempotency.ts';
import {
  JobDetail,
  JobRequest,
  JobsStatus,
  JobSummary,
  LogEntry,
  LogLevel,
  Parameter,
  PlatformEstimate,
  ServiceRequest,
  StacItemDocument,
} from './model.ts';

const jobId = z.object({ jobId: z.string().max(100).describe('Id of the job') });
const flag = z.enum(['true', 'false']).optional();
const noJob: RouteError = { status: 404, codes: ['JOB_NOT_FOUND'], when: 'You have no such job' };

const JobList = z
  .object({
    jobs: z.array(JobSummary),
    links: z.array(z.object({ rel: z.string(), href: z.string() })),
  })
  .meta({ id: 'JobList' });

const cursor = z.string().max(2000).optional().describe('From the `next` link of the page before');
const listQuery = z.object({
  status: z.enum(['queued', 'running', 'finished', 'canceled', 'failed']).optional().describe('Only jobs of this status'),
  platform: z.string().max(40).optional().describe('Only jobs of this platform'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Jobs a page'),
  cursor,
});

const statusQuery = z.object({
  filter: z
    .preprocess(
      (given) => (given === undefined ? given : [given].flat()),
      z
        .array(z.enum(['upscaling', 'processing']))
        .min(1)
        .optional(),
    )
    .describe('What to tell of; may be given twice. Absent: everything'),
  limit: z.coerce.number().int().min(1).max(100).default(100).describe('Jobs a page'),
  cursor,
});

/** The native door's unit jobs, wire-compatible with the APEx Dispatch API. */
export const routes = [
  {
    method: 'POST',
    path: '/unit_jobs',
    operationId: 'createUnitJob',
    summary: 'Run a processing service once',
    description:
      'The job is queued in the lane of its platform and submitted as soon as the limits of the platform allow. Where the lane is free ' +
      'the answer waits up to 5 seconds for the id that the platform gives; `Prefer: wait=N` (0-25) sets another bound, ' +
      '`Prefer: respond-async` none. Sent again with the same `Idempotency-Key`, the request is answered with the job that it made ' +
      'the first time, as it is now.',
    roles: ['user'],
    scope: 'jobs:write',
    headers: IdempotencyHeaders,
    body: JobRequest,
    bodyExample: {
      title: 'NDVI of Olinda',
      label: 'ogc_api_process',
      service: { endpoint: 'builtin', application: 'echo' },
      parameters: { text: 'hello' },
      format: 'json',
    },
    success: {
      status: 201,
      description: 'The job exists',
      schema: JobDetail,
      headers: {
        Location: 'URL of the job',
        'Preference-Applied': 'The preference that was followed',
        'Idempotency-Replayed': '`true` where an earlier request with the same key made the job',
      },
    },
    errors: [
      { status: 403, codes: ['FORBIDDEN'], when: 'A parameter refers to a file that is not yours' },
      { status: 404, codes: ['JOB_NOT_FOUND'], when: 'The job that the same request with the same Idempotency-Key made was deleted' },
      { status: 409, codes: ['PLATFORM_DRAINING'], when: 'The platform takes no new jobs: an administrator drains or removes it' },
      { status: 413, codes: ['PAYLOAD_TOO_LARGE'], when: 'The body is over 4 MB' },
      {
        status: 422,
        codes: ['VALIDATION_ERROR', 'IDEMPOTENCY_KEY_REUSED'],
        when: 'The body is not JSON, or has faults: all are listed in `details.errors`. Or the Idempotency-Key belongs to another request',
      },
    ],
  },
  {
    method: 'GET',
    path: '/unit_jobs',
    operationId: 'listUnitJobs',
    summary: 'Your jobs, newest first',
    roles: ['user'],
    scope: 'jobs:read',
    query: listQuery,
    success: { status: 200, description: 'A page of jobs; a filtered page may be short and still have a `next` link', schema: JobList },
    errors: [{ status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/unit_jobs/{jobId}',
    operationId: 'getUnitJob',
    summary: 'One job',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    success: { status: 200, description: 'The job', schema: JobDetail },
    errors: [noJob],
  },
  {
    method: 'DELETE',
    path: '/unit_jobs/{jobId}',
    operationId: 'deleteUnitJob',
    summary: 'Delete a job and its results',
    description: 'An unfinished job is cancelled first. The history of the job stays.',
    roles: ['user'],
    scope: 'jobs:write',
    params: jobId,
    query: z.object({ keep_results: flag.describe('`true`: the files of the job stay in your workspace, below `jobs/<jobId>/`') }),
    success: { status: 200, description: 'Deleted; the body is `null`, as in the APEx Dispatch API', schema: z.null() },
    errors: [
      noJob,
      {
        status: 409,
        codes: ['JOB_NOT_FINISHED', 'JOB_OF_TASK'],
        when: 'The job is being cancelled on its platform: delete it again afterwards. Or it belongs to an upscaling task',
      },
    ],
  },
  {
    method: 'GET',
    path: '/unit_jobs/{jobId}/results',
    operationId: 'getUnitJobResults',
    summary: 'Results of a finished job as a STAC Item',
    description: 'Links to files of your workspace are signed when asked and work for 15 minutes.',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    query: z.object({
      links: z
        .enum(['working', 'known'])
        .default('working')
        .describe('`known`: the item as it is kept, without asking the platform for links that work'),
      partial: flag.describe(
        '`true`: also what a job that runs or failed has produced so far, where its platform hands that out (`swath:partial` marks it)',
      ),
    }),
    success: { status: 200, description: 'STAC Item', schema: StacItemDocument, contentType: 'application/geo+json' },
    errors: [
      { status: 404, codes: ['JOB_NOT_FOUND', 'RESULTS_NOT_FOUND'], when: 'You have no such job, or its results were removed' },
      { status: 409, codes: ['RESULTS_NOT_READY', 'NO_RESULTS'], when: 'The job has not ended yet, or ended without results' },
      {
        status: 503,
        codes: ['PLATFORM_UNAVAILABLE'],
        when: 'Links, or a part of the results, have to be asked for, and the platform does not answer: try again later',
      },
    ],
  },
  {
    method: 'GET',
    path: '/unit_jobs/{jobId}/logs',
    operationId: 'getUnitJobLogs',
    summary: "A job's log",
    description:
      "Entries in openEO's form: what Swath did, then what the platform says. While the job runs the platform is asked, at most as far as the " +
      'page goes; at its end the log is kept in your workspace (`jobs/<jobId>/runlog`, JSON Lines) and read from there.',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    query: z.object({
      level: LogLevel.default('debug').describe('Only entries at least as bad as this'),
      limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Entries a page'),
      cursor,
    }),
    success: {
      status: 200,
      description: 'A page of entries; a filtered page may be short and still have a `next` link',
      schema: z.object({ logs: z.array(LogEntry), links: z.array(z.object({ rel: z.string(), href: z.string() })) }).meta({ id: 'Logs' }),
    },
    errors: [noJob, { status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/unit_jobs/{jobId}/estimate',
    operationId: 'getUnitJobEstimate',
    summary: 'What the platform reckons that a job takes and costs',
    description:
      'Asked of the platform at once, for a job that is there. It is the estimate of the platform, and binds nobody. openEO back-ends may give one.',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    success: { status: 200, description: 'At least one of costs, duration and size', schema: PlatformEstimate },
    errors: [
      { status: 404, codes: ['JOB_NOT_FOUND', 'NO_ESTIMATE'], when: 'You have no such job, or its platform gives no estimate of it (yet)' },
      { status: 503, codes: ['PLATFORM_UNAVAILABLE'], when: 'The platform does not answer' },
    ],
  },
  {
    method: 'POST',
    path: '/unit_jobs/{jobId}/cancel',
    operationId: 'cancelUnitJob',
    summary: 'Cancel a job',
    description:
      'A queued or held job ends at once; one on a platform is cancelled there first. Cancelling twice is no error, a finished job stays as it is.',
    roles: ['user'],
    scope: 'jobs:write',
    params: jobId,
    success: { status: 202, description: 'The job as it is now', schema: JobDetail },
    errors: [noJob],
  },
  {
    method: 'POST',
    path: '/unit_jobs/{jobId}/retry',
    operationId: 'retryUnitJob',
    summary: 'Run a failed, canceled or held job again',
    description:
      'A job with `held: ambiguous` may run twice by this: its platform was asked to run it, and the answer was lost. The job keeps its id and is queued again under a new deadline; its `incarnation` grows by one. The history keeps every incarnation.',
    roles: ['user'],
    scope: 'jobs:write',
    params: jobId,
    success: { status: 202, description: 'The job as it is now', schema: JobDetail },
    errors: [
      noJob,
      {
        status: 409,
        codes: ['JOB_NOT_RETRIABLE'],
        when: 'The job has neither failed nor been canceled and is not held, is run again already, belongs to a task, or its platform is no longer registered',
      },
    ],
  },
  {
    method: 'POST',
    path: '/sync_jobs',
    operationId: 'runSynchronously',
    summary: 'Run a processing service and wait for its result',
    description:
      "The platform's own synchronous call, made once and never repeated, within the limits of the platform as any job. Answered within 25 " +
      'seconds (`Prefer: wait=N` asks for fewer) and 4 MB, the result comes as the platform sent it. Otherwise 303 leads to the job, which ' +
      'goes on: it also tells whether it still waits for room. A job made so is in all lists, and its results are kept with it.',
    roles: ['user'],
    scope: 'jobs:write',
    headers: IdempotencyHeaders,
    body: JobRequest,
    bodyExample: {
      title: 'An echo',
      label: 'ogc_api_process',
      service: { endpoint: 'builtin', application: 'echo' },
      parameters: { text: 'hello' },
      format: 'json',
    },
    success: {
      status: 200,
      description: "The platform's answer, as it came",
      schema: z.unknown(),
      contentType: '*/*',
      headers: {
        Link: 'URL of the job (`rel="monitor"`)',
        'Idempotency-Replayed': '`true` where an earlier request with the same key made the job',
      },
    },
    alternatives: [
      {
        status: 303,
        description: 'The job goes on, or its result is too large: `Location` leads to the job, or to its results',
        schema: JobDetail,
        headers: { Location: 'URL of the job or of its results', 'Retry-After': 'Seconds to wait before asking for the job' },
      },
    ],
    errors: [
      { status: 403, codes: ['FORBIDDEN'], when: 'A parameter refers to a file that is not yours' },
      {
        status: 404,
        codes: ['JOB_NOT_FOUND'],
        when: 'The job was deleted meanwhile, or since the same request with the same Idempotency-Key',
      },
      { status: 409, codes: ['NO_RESULTS'], when: 'The job was cancelled meanwhile' },
      { status: 413, codes: ['PAYLOAD_TOO_LARGE'], when: 'The body is over 4 MB' },
      {
        status: 422,
        codes: ['VALIDATION_ERROR', 'IDEMPOTENCY_KEY_REUSED', 'JOB_FAILED'],
        when: 'The body is not JSON, or has faults; or the Idempotency-Key belongs to another request; or the platform refused or failed the job',
      },
    ],
  },
  {
    method: 'GET',
    path: '/jobs_status',
    operationId: 'listJobsStatus',
    summary: 'All your tasks and jobs with their status, newest first',
    description: 'As in the APEx Dispatch API, a page of jobs at a time: `links` has the next one.',
    roles: ['user'],
    scope: 'jobs:read',
    query: statusQuery,
    success: { status: 200, description: 'A page of jobs', schema: JobsStatus },
    errors: [{ status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'POST',
    path: '/params',
    operationId: 'describeService',
    summary: 'The parameters of a service',
    description: 'As in the APEx Dispatch API, with the JSON Schema of each parameter beside.',
    roles: ['user'],
    scope: 'platforms:read',
    body: ServiceRequest,
    bodyExample: { label: 'ogc_api_process', service: { endpoint: 'builtin', application: 'echo' } },
    success: { status: 200, description: 'The parameters; none where the platform does not tell', schema: z.array(Parameter) },
    errors: [
      { status: 422, codes: ['VALIDATION_ERROR'], when: 'The body is not JSON, has faults, or names no platform or process that there is' },
      { status: 503, codes: ['PLATFORM_UNAVAILABLE'], when: 'The platform does not answer: try again later' },
    ],
  },
] as const satisfies readonly Route[];
