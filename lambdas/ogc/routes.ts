import * as z from 'zod';
import type { Route, RouteError } from '../shared/http/route.ts';
import { IdempotencyHeaders } from '../shared/http/idempotency.ts';
import { CallbackKeys } from './callbacks/model.ts';
import { Conformance, Execute, JobList, Process, ProcessList, Results, StatusInfo, TepExecute } from './model.ts';

export const door = 'ogc';

const processId = z.object({
  processId: z
    .string()
    .max(1000)
    .describe('Id of the process: `<platform>:<process>`, or the name of a built-in or deployed one')
    .meta({ example: 'echo' }),
});
const noProcess: RouteError = { status: 404, codes: ['PROCESS_NOT_FOUND'], when: 'There is no such process.' };
const silent: RouteError = { status: 503, codes: ['PLATFORM_UNAVAILABLE'], when: 'The platform of the process does not answer.' };

const jobId = z.object({ jobId: z.string().max(100).describe('Id of the job') });
const noJob: RouteError = { status: 404, codes: ['JOB_NOT_FOUND'], when: 'You have no such job.' };
const noResults: RouteError[] = [
  { status: 404, codes: ['JOB_NOT_FOUND', 'RESULTS_NOT_FOUND'], when: 'You have no such job, or its results were removed.' },
  { status: 409, codes: ['RESULTS_NOT_READY', 'NO_RESULTS'], when: 'The job has not ended yet, or it failed or was dismissed.' },
];

/** Several values of a parameter: written several times, or as a list with commas (OpenAPI `style: form`). */
const many = <Item extends z.ZodType>(item: Item, most = 50) =>
  z.preprocess(
    (given) => (given === undefined ? given : [given].flat().flatMap((one: unknown) => String(one).split(','))),
    z.array(item).min(1).max(most).optional(),
  );
const handlers = many(z.string().min(1).max(2000), 5).describe(
  'URLs that are told the status of the job at its end, whichever it is; at most five, as a list with commas (one within a URL is written `%252C`). For asynchronous executions',
);
const seconds = z.coerce.number().min(0).optional();

const paging = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('From the `next` or `prev` link of a page'),
};

const executionHeaders = z.object({
  ...IdempotencyHeaders.shape,
  prefer: z.string().max(1000).optional().describe('`respond-async`, `wait=N` (seconds, at most 25)'),
});

/** What an execution answers, in either dialect. */
const execution = {
  success: {
    status: 200,
    description: 'The results; 201 with the status of a job where it runs on, 204 where there is nothing but links, 303 to a single file',
    schema: Results,
    headers: {
      Location: 'With 201: the job',
      Link: 'With 204: one for each output',
      'Preference-Applied': '`respond-async` where that was asked for',
      'Idempotency-Replayed': '`true` where the request was sent before',
    },
  },
  errors: [
    noProcess,
    silent,
    { status: 403, codes: ['FORBIDDEN'], when: 'The inputs refer to files that you may not read.' },
    { status: 501, codes: ['NO_CONTAINER_SERVICE'], when: 'The process runs in a container, and this deployment runs none.' },
    {
      status: 422,
      codes: ['IDEMPOTENCY_KEY_REUSED', 'JOB_FAILED'],
      when: 'The Idempotency-Key belongs to another request, or the process ended with an error while its results were waited for.',
    },
  ],
} as const satisfies Partial<Route>;

/** OGC API - Processes, Part 1: Core 1.0 (18-062r2), with the field names of the draft of 2.0 beside. */
export const routes = [
  {
    method: 'GET',
    path: '/conformance',
    operationId: 'showConformance',
    summary: 'Which parts of OGC API - Processes are implemented',
    roles: ['anyone'],
    success: { status: 200, description: 'URIs of conformance classes', schema: Conformance },
    errors: [],
  },
  {
    method: 'GET',
    path: '/callback_keys',
    operationId: 'showCallbackKeys',
    summary: 'Public keys with which calls to subscribers are signed',
    description:
      'A JSON Web Key Set. A call bears `webhook-id` (the same when it is repeated), `webhook-timestamp` (seconds) and `webhook-signature`: ' +
      '`v1a,` and the base64 Ed25519 signature of `<id>.<timestamp>.<body>`, as Standard Webhooks has it. Refuse what is older than five minutes.',
    roles: ['anyone'],
    success: { status: 200, description: 'The keys', schema: CallbackKeys },
    errors: [],
  },
  {
    method: 'GET',
    path: '/processes',
    operationId: 'listProcesses',
    summary: 'List the processes of all platforms, and deployed ones',
    description:
      'Of deployed processes your own and those that are published. In the order of their ids. A platform that has never answered yet has no processes in the list.',
    page: true,
    roles: ['user'],
    scope: 'platforms:read',
    query: z.object(paging),
    success: { status: 200, description: 'A page of summaries', schema: ProcessList },
    errors: [],
  },
  {
    method: 'GET',
    path: '/processes/{processId}',
    operationId: 'describeProcess',
    summary: 'Describe a process: its inputs and outputs',
    page: true,
    roles: ['user'],
    scope: 'platforms:read',
    params: processId,
    success: { status: 200, description: 'The process', schema: Process },
    errors: [noProcess, silent],
  },
  {
    method: 'POST',
    path: '/processes/{processId}/execution',
    operationId: 'executeProcess',
    summary: 'Run a process',
    description:
      'Inputs are checked under the description of the process, and every fault is named. Without `Prefer: respond-async` the answer is the ' +
      'results, in the form that the body asks for: `raw` (one output as it is, several as multipart/related, by reference as Link headers ' +
      'of an empty answer) or a `document`; a file is not passed through but led to (303). What takes longer than 25 seconds, or than ' +
      '`Prefer: wait=N` says, goes on as a job and is answered as with `respond-async`: 201, `Location`, and the status of the job.',
    roles: ['user'],
    scope: 'jobs:write',
    params: processId,
    query: z.object({ responseHandler: handlers }),
    headers: executionHeaders,
    body: Execute,
    bodyExample: { inputs: { text: 'hello', pause: 0 }, response: 'document' },
    ...execution,
  },
  {
    method: 'POST',
    path: '/processes/{processId}/jobs',
    operationId: 'executeProcessAsTep',
    summary: 'Run a process, in the dialect of the TEP design',
    description:
      'The same as `POST /processes/{processId}/execution`, with inputs and outputs as lists of entries with an `id`, and `mode`.',
    roles: ['user'],
    scope: 'jobs:write',
    params: processId,
    query: z.object({ responseHandler: handlers }),
    headers: executionHeaders,
    body: TepExecute,
    bodyExample: { inputs: [{ id: 'text', value: 'hello' }], outputs: [{ id: 'text' }], mode: 'sync', response: 'document' },
    ...execution,
  },
  {
    method: 'GET',
    path: '/jobs',
    operationId: 'listJobs',
    summary: 'List your jobs, newest first',
    description: 'Whichever interface made them. A page with filters may be short, and empty, and have a `next` all the same.',
    page: true,
    roles: ['user'],
    scope: 'jobs:read',
    query: z.object({
      type: many(z.string()).describe('Only `process` is known'),
      processID: many(z.string().max(1000)).describe('Only jobs of these processes'),
      status: many(StatusInfo.shape.status).describe('Only jobs of these statuses'),
      datetime: z.string().max(100).optional().describe('Created then: a time, or an interval with `/`, where `..` is an open end'),
      minDuration: seconds.describe('Ran at least so many seconds'),
      maxDuration: seconds.describe('Ran at most so many seconds'),
      owner: z
        .string()
        .regex(/^(\*|[a-z2-7]{26})$/, 'Must be * for everybody, or the id of a user.')
        .optional()
        .describe("For administrators: `*` for everybody's jobs, in no certain order, each with its `owner`; or the id of a user"),
      ...paging,
    }),
    success: { status: 200, description: 'A page of jobs', schema: JobList },
    errors: [{ status: 403, codes: ['FORBIDDEN'], when: 'The jobs of others are listed for administrators only.' }],
  },
  {
    method: 'GET',
    path: '/jobs/{jobId}',
    operationId: 'showJob',
    summary: 'Status of a job',
    page: true,
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    success: { status: 200, description: 'The status', schema: StatusInfo },
    errors: [noJob],
  },
  {
    method: 'DELETE',
    path: '/jobs/{jobId}',
    operationId: 'dismissJob',
    summary: 'Dismiss a job; remove it when it is over',
    description: 'An unfinished job is cancelled. One that is over is removed together with its results.',
    roles: ['user'],
    scope: 'jobs:write',
    params: jobId,
    success: { status: 200, description: 'The status as it is now', schema: StatusInfo },
    errors: [noJob, { status: 409, codes: ['JOB_NOT_FINISHED'], when: 'The job was started again meanwhile.' }],
  },
  {
    method: 'GET',
    path: '/jobs/{jobId}/runlog',
    operationId: 'showRunlog',
    summary: 'What happened to a job until now, as text',
    description:
      'A line for each entry: time, level, who says it, message. `GET /unit_jobs/{jobId}/logs` has the same as JSON, by the page.',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    success: { status: 200, description: 'The log', schema: z.string(), contentType: 'text/plain; charset=utf-8' },
    errors: [noJob],
  },
  {
    method: 'GET',
    path: '/jobs/{jobId}/results',
    operationId: 'showResults',
    summary: 'Results of a job',
    description: 'In the form that its execution asked for, as a synchronous execution would have answered.',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId,
    success: {
      status: 200,
      description: 'The results; 204 where there is nothing but links, 303 to a single file',
      schema: Results,
      headers: { Link: 'With 204: one for each output' },
    },
    errors: noResults,
  },
  {
    method: 'GET',
    path: '/jobs/{jobId}/results/{outputId}',
    operationId: 'showOutput',
    summary: 'One output of a job',
    roles: ['user'],
    scope: 'jobs:read',
    params: jobId.extend({ outputId: z.string().max(1000).describe('Name of the output').meta({ example: 'text' }) }),
    success: { status: 200, description: 'The output in its own media type; 303 to a file', schema: z.unknown() },
    errors: [...noResults, { status: 404, codes: ['OUTPUT_NOT_FOUND'], when: 'The job has no such output.' }],
  },
] as const satisfies Route[];
