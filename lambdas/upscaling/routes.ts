import * as z from 'zod';
import { IdempotencyHeaders } from '../shared/http/idempotency.ts';
import type { Route, RouteError } from '../shared/http/route.ts';
import { mostValues, TaskDetail, TaskJobs, TaskRequest, TaskSummary } from './model.ts';

const taskId = z.object({ taskId: z.string().max(100).describe('Id of the task') });
const noTask: RouteError = { status: 404, codes: ['TASK_NOT_FOUND'], when: 'You have no such task' };

const jobsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Jobs a page'),
  cursor: z.coerce.number().int().min(0).max(mostValues).optional().describe('From the `next` link of the page before'),
});

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
      { status: 403, codes: ['FORBIDDEN'], when: 'A parameter refers to a file that is not yours' },
      { status: 404, codes: ['TASK_NOT_FOUND'], when: 'The task that the same request with the same Idempotency-Key made was deleted' },
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
] as const satisfies readonly Route[];
