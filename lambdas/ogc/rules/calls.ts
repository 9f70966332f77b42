import type { Callbacks } from '../../dispatch/model.ts';
import type { JobEvent } from '../../shared/events/events.ts';
import type { Seen } from './status.ts';
import type { CallbackKeys, News, SigningKey } from '../callbacks/model.ts';

/** Which of the URLs an event is for. A job is successful for its client when the results can be read. */
export function targetsOf(type: JobEvent['type'], callbacks: Callbacks): { news: News; uri: string }[] {
  const to = (news: News, uri: string | undefined) => (uri === undefined ? [] : [{ news, uri }]);
  const handlers = (callbacks.handlers ?? []).map((uri) => ({ news: 'status' as const, uri }));
  switch (type) {
    case 'job.running':
      return to('inProgress', callbacks.inProgressUri);
    case 'job.results.ready':
      return [...to('success', callbacks.successUri), ...handlers];
    case 'job.failed':
    case 'job.dismissed':
      return [...to('failed', callbacks.failedUri), ...handlers];
    default:
      return [];
  }
}

const statusBehind = {
  'job.running': 'running',
  'job.results.ready': 'successful',
  'job.failed': 'failed',
  'job.dismissed': 'dismissed',
} as const;

/** The job as it was when the event happened: it may have gone on since. */
export function seenAt(event: JobEvent): Seen {
  const { data } = event;
  return {
    ...('started' in data ? { started: data.started } : {}),
    ...('finished' in data ? { finished: data.finished } : {}),
    ...('message' in data ? { message: data.message } : {}),
    ...('resultsAt' in data ? { resultsAt: data.resultsAt } : {}),
    jobId: event.subject,
    status: statusBehind[event.type as keyof typeof statusBehind],
    created: data.created,
    updated: event.time,
  } as Seen;
}

/** A call is tried for so long after its event. */
export const triedForMs = 24 * 3600_000;
/** SQS delays a message by at most this. */
const longestPause = 900;

/** Seconds until the next try: 10, 20, 40 ... 640, then every quarter of an hour; about a hundred tries in a day. */
export const pauseAfter = (attempt: number): number => Math.min(longestPause, 10 * 2 ** Math.min(attempt, 10));

/**
 * What an answer means. Anything but success may be better next time, a redirect too, which is not followed; `410 Gone` is how a
 * subscriber says that it wants no more.
 */
export const meaningOf = (status: number): 'done' | 'gone' | 'again' =>
  status >= 200 && status < 300 ? 'done' : status === 410 ? 'gone' : 'again';

/** What is signed (Standard Webhooks 1.0, "Signature scheme"). */
export const signedText = (id: string, seconds: number, body: string): string => `${id}.${seconds}.${body}`;

/** The headers of a call; receivers know a repeated one by `webhook-id`, which is signed with the body. */
export const headersOf = (event: Pick<JobEvent, 'id' | 'seq'>, news: News, seconds: number, signature: string): Record<string, string> => ({
  'content-type': 'application/json',
  'user-agent': 'Swath',
  'webhook-id': `${event.id}.${news}`,
  'webhook-timestamp': String(seconds),
  'webhook-signature': `v1a,${signature}`,
  'swath-seq': String(event.seq),
});

/** The public halves of the keys, as a JSON Web Key Set (RFC 7517, 5). */
export const publicKeys = (keys: readonly SigningKey[]): CallbackKeys => ({
  keys: keys.map(({ kid, x }) => ({
    kty: 'OKP',
    crv: 'Ed25519',
    alg: 'EdDSA',
    use: 'sig',
    kid,
    x,
    whpk: `whpk_${Buffer.from(x, 'base64url').toString('base64')}`,
  })),
});
