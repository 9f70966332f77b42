import * as z from 'zod';
import type { Route, RouteError } from '../shared/http/route.ts';
import { JobDetail, JobRequest, JobSummary } from './model.ts';

const jobId = z.object({ jobId: z.string().max(100).describe('Id of the job') });
const noJob: RouteError = { status: 404, codes: ['JOB_NOT_FOUND'], when: 'You have no such job' };

const StacItem = z
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

const JobList = z
  .object({
    jobs: z.array(JobSummary),
    links: z.array(z.object({ rel: z.string(), href: z.string() })),
  })
  .meta({ id: 'JobList' });

const listQuery = z.object({
  status: z.enum(['queued', 'running', 'finished', 'canceled', 'failed']).optional().describe('Only jobs of this status'),
  platform: z.string().max(40).optional().describe('Only jobs of this platform'),
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Jobs a page'),
  cursor: z.string().max(2000).optional().describe('From the `next` link of the page before'),
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
      '`Prefer: respond-async` none.',
    roles: ['user'],
    body: JobRequest,
    bodyExample: {
      title: 'NDVI of Olinda',
      label: 'ogc_api_process',
      service: { endpoint: 'builtin', application: 'echo' },
      parameters: { message: 'hello' },
      format: 'json',
    },
    success: {
      status: 201,
      description: 'The job exists',
      schema: JobDetail,
      headers: { Location: 'URL of the job', 'Preference-Applied': 'The preference that was followed' },
    },
    errors: [
      { status: 403, codes: ['FORBIDDEN'], when: 'A parameter refers to a file that is not yours' },
      { status: 413, codes: ['PAYLOAD_TOO_LARGE'], when: 'The body is over 4 MB' },
      { status: 422, codes: ['VALIDATION_ERROR'], when: 'The body is not JSON, or has faults: all are listed in `details.errors`' },
    ],
  },
  {
    method: 'GET',
    path: '/unit_jobs',
    operationId: 'listUnitJobs',
    summary: 'Your jobs, newest first',
    roles: ['user'],
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
    params: jobId,
    success: { status: 200, description: 'Deleted; the body is `null`, as in the APEx Dispatch API', schema: z.null() },
    errors: [
      noJob,
      { status: 409, codes: ['JOB_NOT_FINISHED'], when: 'The job is being cancelled on its platform: delete it again afterwards' },
    ],
  },
  {
    method: 'GET',
    path: '/unit_jobs/{jobId}/results',
    operationId: 'getUnitJobResults',
    summary: 'Results of a finished job as a STAC Item',
    description: 'Links to files of your workspace are signed when asked and work for 15 minutes.',
    roles: ['user'],
    params: jobId,
    success: { status: 200, description: 'STAC Item', schema: StacItem, contentType: 'application/geo+json' },
    errors: [
      { status: 404, codes: ['JOB_NOT_FOUND', 'RESULTS_NOT_FOUND'], when: 'You have no such job, or its results were removed' },
      { status: 409, codes: ['RESULTS_NOT_READY', 'NO_RESULTS'], when: 'The job has not ended yet, or ended without results' },
    ],
  },
  {
    method: 'POST',
    path: '/unit_jobs/{jobId}/cancel',
    operationId: 'cancelUnitJob',
    summary: 'Cancel a job',
    description:
      'A queued job ends at once; one on a platform is cancelled there first. Cancelling twice is no error, a finished job stays as it is.',
    roles: ['user'],
    params: jobId,
    success: { status: 202, description: 'The job as it is now', schema: JobDetail },
    errors: [noJob],
  },
] as const satisfies readonly Route[];
