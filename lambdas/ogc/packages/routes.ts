import * as z from 'zod';
import type { Route, RouteError } from '../../shared/http/route.ts';
import { ProcessSummary } from '../model.ts';
import { ApplicationPackage, packageMedia, Publication } from './model.ts';

/** Read for the API document. @public */
export const door = 'ogc';

const processId = z.object({ processId: z.string().max(1000).describe('Id of the process').meta({ example: 'ndvi-of-tiles' }) });
const headers = z.object({
  'if-match': z.string().max(200).optional().describe('ETag of the package that was read: only if it is still the newest'),
});
const noProcess: RouteError = { status: 404, codes: ['PROCESS_NOT_FOUND'], when: 'There is no such process, or it is not yours to see.' };
const notYours: RouteError = {
  status: 403,
  codes: ['IMMUTABLE_PROCESS'],
  when: 'The process belongs to its platform, or to another developer.',
};
const moved: RouteError = {
  status: 412,
  codes: ['PRECONDITION_FAILED'],
  when: 'The package was replaced since the one that `If-Match` names.',
};
const silent: RouteError = { status: 503, codes: ['PLATFORM_UNAVAILABLE'], when: 'The platform that the unit names does not answer.' };
const developers = ['developer', 'administrator'] as const;
const etag = { ETag: 'Revision of the package, for `If-Match`' };
const bodyExample = {
  processDescription: {
    process: {
      id: 'ndvi-of-tiles',
      version: '1.0.0',
      title: 'NDVI of tiles',
      inputs: { scene: { schema: { type: 'string', contentEncoding: 'binary', contentMediaType: 'image/tiff' } } },
      outputs: { ndvi: { schema: { type: 'string', contentEncoding: 'binary', contentMediaType: 'image/tiff' } } },
    },
  },
  executionUnit: {
    type: 'docker',
    image: 'registry.example.org/ndvi:1.0.0',
    config: { cpuMin: 1, memoryMin: 2, jobTimeout: 3600 },
    bindings: { inputBindings: { scene: { prefix: '--scene', position: 1 } }, outputBindings: { ndvi: { glob: '*.tif' } } },
  },
};

/** OGC API - Processes, Part 2: Deploy, Replace, Undeploy (draft of 1.0, 20-044). */
export const routes = [
  {
    method: 'POST',
    path: '/processes',
    operationId: 'deployProcess',
    summary: 'Deploy a process from an application package',
    description:
      'In the form of Part 2, or in the older one with lists, `formats` and `additionalParameters`. The process is private to you until an ' +
      'administrator publishes it. Every fault of the package is named, with its place.',
    roles: developers,
    scope: 'processes:write',
    query: z.object({ w: z.string().max(200).optional().describe('Id of the process in the package; ours have one') }),
    body: ApplicationPackage,
    bodyExample,
    mediaTypes: packageMedia,
    success: {
      status: 201,
      description: 'The process is deployed',
      schema: ProcessSummary,
      headers: { Location: 'The process', ...etag },
    },
    errors: [
      { status: 400, codes: ['WORKFLOW_NOT_FOUND'], when: 'The package has no process of the name that `w` has.' },
      { status: 409, codes: ['DUPLICATED_PROCESS'], when: 'The id is taken.' },
      silent,
    ],
  },
  {
    method: 'PUT',
    path: '/processes/{processId}',
    operationId: 'replaceProcess',
    summary: 'Replace the package of a process',
    description:
      'Jobs go on with the package that they were made with. Others see the published one until an administrator publishes anew.',
    roles: developers,
    scope: 'processes:write',
    params: processId,
    headers,
    body: ApplicationPackage,
    bodyExample,
    mediaTypes: packageMedia,
    success: { status: 204, description: 'Replaced', headers: etag },
    errors: [noProcess, notYours, moved, silent],
  },
  {
    method: 'DELETE',
    path: '/processes/{processId}',
    operationId: 'undeployProcess',
    summary: 'Undeploy a process',
    description: 'Its jobs, and their results, stay.',
    roles: developers,
    scope: 'processes:write',
    params: processId,
    success: { status: 204, description: 'Undeployed' },
    errors: [noProcess, notYours, { status: 409, codes: ['PROCESS_IN_USE'], when: 'Jobs of the process have not ended.' }],
  },
  {
    method: 'GET',
    path: '/processes/{processId}/package',
    operationId: 'showPackage',
    summary: 'The package of a process, as it was sent',
    roles: ['user'],
    scope: 'platforms:read',
    params: processId,
    success: {
      status: 200,
      description: 'The package, byte for byte',
      schema: ApplicationPackage,
      contentType: packageMedia[0],
      headers: etag,
    },
    alternatives: [{ status: 200, description: 'The package, byte for byte', schema: ApplicationPackage, contentType: packageMedia[1] }],
    errors: [{ ...noProcess, codes: ['PROCESS_NOT_FOUND', 'PACKAGE_NOT_FOUND'], when: 'There is no such process, or it has no package.' }],
  },
  {
    method: 'POST',
    path: '/processes/{processId}/publication',
    operationId: 'publishProcess',
    summary: 'Publish the newest package of a process',
    description: 'From then on everybody sees and runs it. Send the ETag of the package that you have read as `If-Match`.',
    roles: ['administrator'],
    params: processId,
    headers,
    success: { status: 200, description: 'Published', schema: Publication },
    errors: [noProcess, notYours, moved],
  },
  {
    method: 'DELETE',
    path: '/processes/{processId}/publication',
    operationId: 'withdrawProcess',
    summary: 'Make a process private to its developer again',
    roles: ['administrator'],
    params: processId,
    success: { status: 204, description: 'Private' },
    errors: [noProcess, notYours],
  },
] as const satisfies Route[];
