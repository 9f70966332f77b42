import type { CallOutcome } from '../../platforms/ports.ts';
import { header, json, readable, type Reply } from '../replies/model.ts';

export type NotDone = Exclude<CallOutcome<object>, { kind: 'done' }>;

/**
 * What a problem document says. RFC 9457 has `detail` and `title`; pygeoapi has `description`, with `type` and `code`
 * being one and the same word; others have `message`. An HTML page says nothing but its status.
 */
export function problemText(reply: Reply): string {
  const body = json(reply.text);
  if (body !== null && typeof body === 'object') {
    for (const key of ['description', 'detail', 'title', 'message'] as const) {
      const text = (body as Record<string, unknown>)[key];
      if (typeof text === 'string' && text.trim() !== '') return readable(text);
    }
  }
  return `The platform answered ${reply.status}.`;
}

/** Seconds until the time a `Retry-After` gives, in its two forms (RFC 9110, 10.2.3); undefined if absent or unreadable. */
export function retryAfterSeconds(reply: Reply, now: number): number | undefined {
  const value = header(reply, 'retry-after')?.trim();
  if (value === undefined) return undefined;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value);
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  // The time is by the platform's clock, and so is its Date header.
  const platformNow = Date.parse(header(reply, 'date') ?? '');
  return Math.max(0, Math.ceil((at - (Number.isNaN(platformNow) ? now : platformNow)) / 1000));
}

/** Largest result of a synchronous call that is taken, in bytes: the function that takes it holds it twice. */
export const largestAnswer = 64 * 1024 * 1024;
export const tooLarge: NotDone = {
  kind: 'refused',
  message: `The result has more than ${largestAnswer / 1024 / 1024} MB, which is too much for a synchronous answer: send it as a job.`,
};

/** `Accept` of a synchronous call: whatever the process makes. */
export const anyAnswer = 'application/json, */*;q=0.8';

/** The result in the answer to a synchronous call, as it came. */
export const answerOf = (reply: Reply & { bytes: Uint8Array }): { contentType: string; bytes: Uint8Array } => ({
  contentType: header(reply, 'content-type') ?? 'application/octet-stream',
  bytes: reply.bytes,
});

/** What a call that was not answered has come to. */
export function notAnswered(end: { kind: 'unreached' | 'broken'; message: string; credential?: true }): NotDone {
  const { kind, message, credential } = end;
  if (kind === 'broken') return { kind: 'lost', message };
  return { kind: credential ? 'unauthorized' : 'unavailable', message };
}

/**
 * What an answer that is not 2xx means for a call that must not be repeated blindly. 303 may follow a call that took
 * effect; the other redirects say that it went to the wrong address, and 408 that it never arrived completely.
 */
export function notDone(reply: Reply, now: number): NotDone {
  const { status } = reply;
  const message = problemText(reply);
  const retryAfter = retryAfterSeconds(reply, now);
  if (status === 429 || (status === 503 && header(reply, 'retry-after') !== undefined))
    return { kind: 'capacity', message, ...(retryAfter === undefined ? {} : { retryAfterSeconds: retryAfter }) };
  if (status === 503) return { kind: 'unavailable', message, closesLane: true };
  if (status === 408) return { kind: 'unavailable', message };
  if (status >= 300 && status < 400 && status !== 303)
    return { kind: 'unavailable', message: `The platform redirects (${status}) to another address, which is not followed.` };
  if (status >= 400 && status < 500) return { kind: 'refused', message };
  return { kind: 'lost', message };
}
