import type { Route } from '../shared/http/route.ts';
import { UploadRequest, UploadTicket } from './model.ts';

export const routes = [
  {
    method: 'POST',
    path: '/workspace/uploads',
    operationId: 'makeUploadTicket',
    summary: 'Leave to send one file into your workspace',
    description:
      'The answer has a URL, good for 15 minutes, to which the file is sent by `PUT` with the `headers` of the answer. It takes this file ' +
      'alone: of the size, the SHA-256 and the media type that were announced. The file is there as soon as that request has succeeded; ' +
      'before, nothing is. A file that lies at the path is replaced. One request carries up to 5 GiB. Quotas are not counted yet.',
    roles: ['user'],
    scope: 'files:write',
    body: UploadRequest,
    bodyExample: {
      path: 'areas/farms.jsonl',
      bytes: 5,
      sha256: '7d97cabe5c0a0a4a7933a097b8ac00c264b1a43a5d4952e96012b3f303b7ef7c',
      contentType: 'application/x-ndjson',
    },
    success: { status: 201, description: 'Where and how the file is sent', schema: UploadTicket },
    errors: [{ status: 422, codes: ['VALIDATION_ERROR'], when: 'The body has faults, or no file can lie at this path' }],
  },
] as const satisfies readonly Route[];
