import { log } from '../log.ts';
import { Problem } from '../problem.ts';
import { answerWith } from './answer.ts';
import { doors, type Door } from './doors.ts';
import type { Middleware } from './exchange.ts';

const unexpected = () =>
  new Problem(500, 'INTERNAL_ERROR', 'Something went wrong on our side. Try again; if it stays, tell the operator the request id.');

/** Turns whatever was thrown into the door's error answer. What is not a problem of ours is logged and told nobody. */
export function problems(door: Door): Middleware {
  return {
    onError: (request) => {
      const { error, event } = request;
      const problem = error instanceof Problem ? error : unexpected();
      if (!(error instanceof Problem)) log.error('unexpected error', { error });
      request.response = answerWith(doors[door].encode(problem, event.exchange.requestId, event.headers['accept']));
    },
  };
}
