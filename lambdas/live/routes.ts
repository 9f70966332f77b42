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
      'before it. A delta may come before the full status, so of each job keep what has the highest `version`; `removed` names deleted jobs ' +
      'with a version too. When a number is missing send `{"action":"subscribe","subjects":{"jobs":n}}` with the last number up to which you ' +
      'have all: you get the deltas after it, an empty one when there are none, or a full status where the log (15 minutes) does not have ' +
      'them all; 0 asks for a full status. Send `{"action":"ping"}` every five minutes: the answer `pong` names the last number, and a ' +
      'connection without traffic is closed after 10 minutes, and every connection after 2 hours. Then get a new ticket and add `&since=n` ' +
      'to its `url` to go on where you were. Clients that never speak add `&mode=snapshot`: instead of deltas they get a full status each ' +
      'time, in one frame of at most 24 KB in which ended jobs are left out first (`truncated`).\n\n' +
      'Jobs of upscaling tasks are not among them. A task is a subject of its own: `{"action":"subscribe","subjects":{"task:<id>":0}}`, or ' +
      '`&task=<id>` in the address for a connection to nothing else (404 when you have no such task). Its frames bear `"subject": ' +
      '"task:<id>"` and a `seq` of their own, and go on after a lost one in the same way. `data.upscaling_tasks` has the task with counts ' +
      'and progress as `GET /upscale_tasks/{taskId}` tells them, true at its `asOf`; keep the highest `version`. `data.processing_jobs` has ' +
      'the jobs that changed (in a full status, those that wait no longer), as many as fit, failed ones first; `data.more` says how many ' +
      'more there are: `GET /upscale_tasks/{taskId}/jobs` has them. When all jobs have ended the frame says `"finished": true` and is ' +
      'the last; subscribe again when you run failed jobs again.',
    roles: ['user'],
    scope: 'jobs:read',
    success: { status: 201, description: 'The ticket', schema: Ticket },
    errors: [],
  },
] as const satisfies readonly Route[];
