import type { CallOutcome } from '../../../platforms/ports.ts';

type NotDone = Exclude<CallOutcome<object>, { kind: 'done' }>;

const silent = 'AWS Batch did not answer.';
/** Connections that were never made. */
const unreached = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CredentialsProviderError']);
/** Answers that refuse for now, in the spellings of AWS's services. */
const throttled = new Set(['TooManyRequestsException', 'ThrottlingException', 'Throttling', 'RequestLimitExceeded', 'SlowDown']);
/** The deployment's own rights, or its clock: no fault of a job. */
const denied = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'ExpiredTokenException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
]);

/** An error of the AWS SDK, as far as it is read. */
interface SdkError {
  name?: string;
  code?: string;
  message?: string;
  $metadata?: { httpStatusCode?: number };
}

/** What became of a call that threw. `sent`: it may have taken effect when nothing is known of its answer. */
export function notDone(error: unknown, sent: boolean): NotDone {
  const { name = '', code = '', message = '', $metadata } = (error ?? {}) as SdkError;
  const status = $metadata?.httpStatusCode;
  if (throttled.has(name) || status === 429) return { kind: 'capacity', message: 'AWS Batch takes no more requests just now.' };
  if (denied.has(name)) return { kind: 'unavailable', message: 'This deployment may not do this on AWS Batch.', closesLane: true };
  if (!sent || unreached.has(code) || unreached.has(name)) return { kind: 'unavailable', message: silent };
  if (status !== undefined && status >= 400 && status < 500) return { kind: 'refused', message: message || 'AWS Batch refused the job.' };
  return { kind: 'lost', message: silent };
}
