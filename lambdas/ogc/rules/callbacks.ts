import type { Callbacks } from '../../dispatch/model.ts';
import type { Fault } from '../../shared/problem.ts';
import type { Execute } from '../model.ts';

/** Who is to be called with news of a job: `responseHandler` counts for asynchronous executions only (the TEP design, 19.8). */
export function callbacksOf({ subscriber }: Execute, handlers: readonly string[], isAsync: boolean): Callbacks | undefined {
  const told = isAsync ? [...new Set(handlers)] : [];
  if (subscriber === undefined && told.length === 0) return undefined;
  const { successUri, inProgressUri, failedUri } = subscriber ?? {};
  return {
    ...(successUri === undefined ? {} : { successUri }),
    ...(inProgressUri === undefined ? {} : { inProgressUri }),
    ...(failedUri === undefined ? {} : { failedUri }),
    ...(told.length === 0 ? {} : { handlers: told }),
  };
}

export interface CallbackJudge {
  /** Why a URL may not be called with news of a job; undefined where it may. */
  callback(uri: string): string | undefined;
}

/** URLs that may not be called. */
export function callbackFaults({ subscriber = {} }: Execute, handlers: readonly string[], judges: CallbackJudge): Fault[] {
  const given: [string, string | undefined][] = [
    ...Object.entries(subscriber).map(([name, uri]): [string, string | undefined] => [`/subscriber/${name}`, uri]),
    ...handlers.map((uri): [string, string] => ['responseHandler', uri]),
  ];
  return given.flatMap(([pointer, uri]) => {
    const message = uri === undefined ? undefined : judges.callback(uri);
    return message === undefined ? [] : [{ pointer, message }];
  });
}
