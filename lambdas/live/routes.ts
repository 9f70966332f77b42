import type { Route } from '../shared/http/route.ts';
import { Ticket } from './model.ts';

/** Live status over HTTP: only the way in. The frames go over the WebSocket API whose stage is `job_status`. */
export const routes = [
  {
    method: 'POST',
    path: '/job_status/tickets',
    operationId: 'createLiveTicket',
    summary: 'Get a one-time ticket for live status',
    description:
      'Open the `url` of the answer as a WebSocket within 60 seconds. Frames have `type`, `data` and `message`: first `init`, then a full ' +
      '`status` (in pages of at most 24 KB; all but the last have `next`), then `status` frames with `"delta": true` that hold only what ' +
      'changed, at most one a second. `seq` counts the deltas: it grows by one, and a full status bears the number of the last delta ' +
      'before it. A delta may come before the full status, so of each job keep what has the highest `version`. When a number is missing ' +
      'send `{"action":"subscribe","subjects":{"jobs":0}}` for a new full status. Send `{"action":"ping"}` every five minutes: a ' +
      'connection without traffic is closed after 10 minutes, and every connection after 2 hours; then get a new ticket and connect again.',
    roles: ['user'],
    scope: 'jobs:read',
    success: { status: 201, description: 'The ticket', schema: Ticket },
    errors: [],
  },
] as const satisfies readonly Route[];
