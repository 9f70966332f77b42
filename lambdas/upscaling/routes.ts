import * as z from 'zod';
import { IdempotencyHeaders } from '../shared/http/idempotency.ts';
import type { Route, RouteError } from '../shared/http/route.ts';
import { mostValues, TaskDetail, TaskJobs, TaskList, TaskRequest, TaskSummary } from './model.ts';
import { MosaicLink, MosaicPending, TaskCollection, TaskItems } from './results/model.ts';

const taskId = z.object({ taskId: z.string().max(100).describe('Id of the task') });
const noTask: RouteError = { status: 404, codes: ['TASK_NOT_FOUND'], when: 'You have no such task' };

const jobsQuery = z.object({
  status: z.enum(['queued', 'running', 'finished', 'canceled', 'failed']).optional().describe('Only jobs of this status'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Jobs a page'),
  cursor: z.coerce.number().int().min(0).max(mostValues).optional().describe('From the `next` link of the page before'),
});

const manifestQuery = z.object({
  format: z.enum(['jsonl', 'csv']).default('jsonl').describe('JSON Lines, or CSV (RFC 4180)'),
  limit: z.coerce.number().int().min(1).max(10_000).default(10_000).describe('Rows a page'),
  cursor: z.coerce.number().int().min(0).max(mostValues).optional().describe('From the `next` link of the page before'),
});

const itemsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(10).describe('Items a page'),
  cursor: z.coerce.number().int().min(0).max(mostValues).optional().describe('From the `next` link of the page before'),
  links: z
    .enum(['working', 'known'])
    .default('working')
    .describe(
      '`working`: links that a platform signs for a while are asked for now, where it answers; `known`: the platform is not asked, and such a link leads to where it renews them',
    ),
});

const listQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Tasks a page'),
  cursor: z.string().max(2000).optional().describe('From the `next` link of the page before'),
});

/** A row of the operations on a task: `what` ends the path. */
const operation = <const What extends string, const Id extends string>(
  what: What,
  operationId: Id,
  summary: string,
  description: string,
  conflict?: RouteError,
) =>
  ({
    method: 'POST',
    path: `/upscale_tasks/{taskId}/${what}`,
    operationId,
    summary,
    description,
    roles: ['user'],
    scope: 'jobs:write',
    params: taskId,
    success: { status: 202, description: 'The task as it is now', schema: TaskSummary },
    errors: conflict ? [noTask, conflict] : [noTask],
  }) as const satisfies Route;
const notActive: RouteError = { status: 409, codes: ['TASK_NOT_ACTIVE'], when: 'The task has ended, or is being cancelled' };

/** The native door's upscaling tasks, wire-compatible with the APEx Dispatch API. */
export const routes = [
  {
    method: 'POST',
    path: '/upscale_tasks',
    operationId: 'createUpscalingTask',
    summary: 'Run a processing service once for each of many values',
    description:
      `One job is made for each value of \`dimension\`, at most ${mostValues.toLocaleString('en')}. The jobs are written within seconds and ` +
      'submitted as the limits of the platform and the shares of other users allow; a single job of yours goes before them. Sent again ' +
      'with the same `Idempotency-Key`, the request is answered with the task that it made the first time, as it is now.',
    roles: ['user'],
    scope: 'jobs:write',
    headers: IdempotencyHeaders,
    body: TaskRequest,
    bodyExample: {
      title: 'NDVI of three tiles',
      label: 'ogc_api_process',
      service: { endpoint: 'builtin', application: 'echo' },
      parameters: { pause: 1 },
      format: 'json',
      dimension: { name: 'text', values: ['31UFS', '31UGS', '32ULB'] },
    },
    success: {
      status: 201,
      description: 'The task exists; its jobs follow',
      schema: TaskSummary,
      headers: { Location: 'URL of the task', 'Idempotency-Replayed': '`true` where an earlier request with the same key made the task' },
    },
    errors: [
      { status: 403, codes: ['FORBIDDEN'], when: 'A parameter, a value or the manifest is a file that is not yours' },
      { status: 404, codes: ['TASK_NOT_FOUND'], when: 'The task that the same request with the same Idempotency-Key made was deleted' },
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
    path: '/upscale_tasks',
    operationId: 'listUpscalingTasks',
    summary: 'Your tasks, newest first',
    roles: ['user'],
    scope: 'jobs:read',
    query: listQuery,
    success: { status: 200, description: 'A page of tasks', schema: TaskList },
    errors: [{ status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}',
    operationId: 'getUpscalingTask',
    summary: 'One task and the first of its jobs',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    success: { status: 200, description: 'The task', schema: TaskDetail },
    errors: [noTask],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}/jobs',
    operationId: 'listUpscalingJobs',
    summary: 'The jobs of a task in the order of their values',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    query: jobsQuery,
    success: { status: 200, description: 'A page of jobs', schema: TaskJobs },
    errors: [noTask, { status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}/manifest',
    operationId: 'getUpscalingManifest',
    summary: 'The manifest of a task: one row for each of its jobs',
    description:
      'Index, id, value, status, message, platformJobId, created, finished and, where they can be fetched, the link to the results, in the ' +
      'order of the values. A `Link` header with `rel="next"` leads to the next page; pages put one after the other are one file, as the ' +
      'column names of CSV are on the first alone. In CSV text that a spreadsheet would take for a formula has an apostrophe in front, ' +
      'and values other than text are JSON. A value over 64 KB is left out: the job has it. Jobs that are not written yet are missing.',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    query: manifestQuery,
    success: {
      status: 200,
      description: 'A page of the manifest, at most 4 MB',
      schema: z.string(),
      contentType: 'application/x-ndjson',
      headers: { Link: 'The next page, where there is one' },
    },
    alternatives: [{ status: 200, description: 'A page of the manifest, at most 4 MB', schema: z.string(), contentType: 'text/csv' }],
    errors: [noTask, { status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}/results',
    operationId: 'getUpscalingResults',
    summary: 'The results of a task, complete or partial: a STAC Collection',
    description:
      'Also while jobs run; `swath:complete` and `swath:counts` say how much there is. The `items` link leads to the items of the ' +
      'successful jobs. An item comes in the seconds after the end of its job.',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    success: { status: 200, description: 'STAC Collection', schema: TaskCollection },
    errors: [
      noTask,
      { status: 409, codes: ['RESULTS_NOT_READY', 'NO_RESULTS'], when: 'No job has been successful yet, or all have ended and none was' },
    ],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}/results/items',
    operationId: 'listUpscalingItems',
    summary: 'The STAC Items of the successful jobs of a task',
    description:
      'In the order of the values; each as `/unit_jobs/{jobId}/results` has it, with `swath:index` and, where it is short, `swath:value`. ' +
      'A page may have fewer items than asked for, and still a `next` link. Results that were removed are left out.',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    query: itemsQuery,
    success: { status: 200, description: 'A page of items', schema: TaskItems, contentType: 'application/geo+json' },
    errors: [noTask, { status: 422, codes: ['VALIDATION_ERROR'], when: 'A parameter has faults' }],
  },
  {
    method: 'GET',
    path: '/upscale_tasks/{taskId}/results/mosaic',
    operationId: 'getUpscalingMosaic',
    summary: 'The pictures of the jobs of a task in one',
    description:
      'A redirect to a PNG, transparent where nothing is, and beside it where it lies and what is in it. Made when it is asked for, also ' +
      'while jobs run, and kept until there are more results; while it is being made for longer than 20 seconds the answer is 202. The first ' +
      'PNG or JPEG among the results of a job fills the `bbox` of its item; jobs without are skipped. At most 1,000 pictures and 2,048 ' +
      'pixels a side; longitudes and latitudes have equal steps.',
    roles: ['user'],
    scope: 'jobs:read',
    params: taskId,
    success: {
      status: 303,
      description: 'The picture is at `Location`',
      schema: MosaicLink,
      headers: { Location: 'The picture (PNG); works for 15 minutes' },
    },
    alternatives: [
      {
        status: 202,
        description: 'It is being made: ask again after `Retry-After` seconds',
        schema: MosaicPending,
        headers: { 'Retry-After': 'Seconds to wait' },
      },
    ],
    errors: [
      {
        status: 404,
        codes: ['TASK_NOT_FOUND', 'NO_PICTURES'],
        when: 'You have no such task, or none of its results is a picture with a place',
      },
      { status: 409, codes: ['RESULTS_NOT_READY', 'NO_RESULTS'], when: 'No job has been successful yet, or all have ended and none was' },
    ],
  },
  operation(
    'cancel',
    'cancelUpscalingTask',
    'Cancel a task',
    'Nothing more is let go from now on; what waits ends soon, what runs is cancelled on its platform. Cancelling twice is no error, and what has ended stays as it is.',
  ),
  operation(
    'pause',
    'pauseUpscalingTask',
    'Pause a task',
    'Nothing more is let go from now on; what is on a platform goes on there. Pausing twice is no error.',
    notActive,
  ),
  operation(
    'resume',
    'resumeUpscalingTask',
    'Let a paused task go on',
    'Also after too many failures, which do not pause it again then, or after a canary that failed. Of a task that is not paused nothing changes.',
    notActive,
  ),
  operation(
    'retry',
    'retryUpscalingTask',
    'Run the failed and canceled jobs of a task again',
    'They keep their ids; the `incarnation` of the task grows by one. Successful jobs stay as they are.',
    {
      status: 409,
      codes: ['TASK_NOT_RETRIABLE'],
      when: 'A job has not ended yet, all were successful, or the platform is no longer registered',
    },
  ),
  {
    method: 'DELETE',
    path: '/upscale_tasks/{taskId}',
    operationId: 'deleteUpscalingTask',
    summary: 'Delete a task, its jobs and their results',
    description: 'An unfinished task is cancelled first. The history of the jobs stays.',
    roles: ['user'],
    scope: 'jobs:write',
    params: taskId,
    success: { status: 200, description: 'Deleted; the body is `null`', schema: z.null() },
    errors: [noTask, { status: 409, codes: ['TASK_NOT_FINISHED'], when: 'The task is being cancelled: delete it again afterwards' }],
  },
] as const satisfies readonly Route[];
