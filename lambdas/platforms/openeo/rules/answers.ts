import type { CallOutcome } from '../../../platforms/ports.ts';
import { json, type Reply } from '../../replies/model.ts';
import { ErrorBody } from '../model.ts';

type NotDone = Exclude<CallOutcome<object>, { kind: 'done' }>;

/** The `code` of an error body. */
export const codeOf = (reply: Pick<Reply, 'text'>): string | undefined => ErrorBody.safeParse(json(reply.text)).data?.code;

/** Not the job's fault: our token, or the address we took for the API, is out of date. Both are found anew. */
const outdated = new Set([
  'TokenInvalid',
  'CredentialsInvalid',
  'AuthenticationRequired',
  'AuthenticationSchemeInvalid',
  'UnsupportedApiVersion',
]);
export const isOutdated = (reply: Reply): boolean => reply.status === 401 || outdated.has(codeOf(reply) ?? '');

export const isTokenRefused = (reply: Reply): boolean => isOutdated(reply) && codeOf(reply) !== 'UnsupportedApiVersion';

/**
 * What the code of an openEO error says beyond the HTTP status (`general`). `ConcurrentJobLimit` is in no standard; CDSE
 * and Terrascope answer it with 400. A feature that is not there answers 501, which is as definite as a 4xx.
 */
export function inOpenEo(general: NotDone, reply: Reply): NotDone {
  const { message } = general;
  const code = codeOf(reply);
  if (code === 'ConcurrentJobLimit' && reply.status < 500)
    return { kind: 'capacity', message, ...('retryAfterSeconds' in general ? { retryAfterSeconds: general.retryAfterSeconds } : {}) };
  if (isOutdated(reply)) return { kind: 'unavailable', message };
  if (code === 'FeatureUnsupported') return { kind: 'refused', message };
  return general;
}

/** A start of a job that is queued or running has no effect; some back-ends say so with an error. */
export const startedAlready = (reply: Reply): boolean => reply.status === 400 && codeOf(reply) === 'JobLocked';
