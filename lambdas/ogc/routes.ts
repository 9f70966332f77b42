import * as z from 'zod';
import type { Route, RouteError } from '../shared/http/route.ts';
import { Conformance, Process, ProcessList } from './model.ts';

export const door = 'ogc';

const processId = z.object({
  processId: z
    .string()
    .max(1000)
    .describe('Id of the process: `<platform>:<process>`, or the name of a built-in one')
    .meta({ example: 'echo' }),
});
const noProcess: RouteError = { status: 404, codes: ['PROCESS_NOT_FOUND'], when: 'There is no such process.' };
const silent: RouteError = { status: 503, codes: ['PLATFORM_UNAVAILABLE'], when: 'The platform of the process does not answer.' };

const paging = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe('Entries a page'),
  cursor: z.string().max(2000).optional().describe('From the `next` or `prev` link of a page'),
};

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
    path: '/processes',
    operationId: 'listProcesses',
    summary: 'List the processes of all platforms',
    description: 'In the order of their ids. A platform that has never answered yet has no processes in the list.',
    roles: ['user'],
    query: z.object(paging),
    success: { status: 200, description: 'A page of summaries', schema: ProcessList },
    errors: [],
  },
  {
    method: 'GET',
    path: '/processes/{processId}',
    operationId: 'describeProcess',
    summary: 'Describe a process: its inputs and outputs',
    roles: ['user'],
    params: processId,
    success: { status: 200, description: 'The process', schema: Process },
    errors: [noProcess, silent],
  },
] as const satisfies Route[];
