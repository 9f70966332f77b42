import type { JobEvent } from '../../shared/events/events.ts';
import { Problem } from '../../shared/problem.ts';
import { ms, type Clock } from '../../shared/time/clock.ts';
import type { Catalogue, Jobs, Post } from '../ports.ts';
import { largestBody, resultsBody } from '../rules/results.ts';
import { statusInfo } from '../rules/status.ts';
import { namer, readOutputs } from './jobs.ts';
import type { Delivery } from '../callbacks/model.ts';
import { headersOf, meaningOf, pauseAfter, seenAt, signedText, targetsOf, triedForMs } from '../rules/calls.ts';

/** What calls are made with. */
export interface CallDeps {
  jobs: Pick<Jobs, 'glance' | 'spec' | 'results'>;
  catalogue: Pick<Catalogue, 'platforms' | 'describe'>;
  clock: Clock;
  /** Absolute base URL of the API. */
  url: string;
  post: Post;
  /** Ed25519 over the text, base64. */
  sign(text: string): Promise<string>;
  /** The call is tried again in so many seconds. */
  again(delivery: Delivery, seconds: number): Promise<void>;
  /** Nobody tries the call any more: for people to look at. */
  park(delivery: Delivery, reason: string): Promise<void>;
  note(message: string, fields: Record<string, unknown>): void;
}

/** The calls that an event makes; none for a job that is gone. */
export async function callsOf(deps: Pick<CallDeps, 'jobs'>, event: JobEvent): Promise<Delivery[]> {
  const job = await deps.jobs.glance(event.subject);
  const callbacks = job && (await deps.jobs.spec(job))?.wanted?.callbacks;
  return targetsOf(event.type, callbacks ?? {}).map((target) => ({ event, ...target, attempt: 0 }));
}

/** The body of a call; undefined when there is nothing left to tell. */
async function bodyOf(deps: CallDeps, { event, news }: Delivery): Promise<string | undefined> {
  if (news === 'success') {
    const job = await deps.jobs.glance(event.subject);
    if (job?.resultsAt === undefined) return undefined; // deleted, or run again
    const read = await readOutputs(deps, job, 'known').catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'RESULTS_NOT_FOUND') return undefined;
      throw error;
    });
    return read && resultsBody(read.outputs, read.results, largestBody);
  }
  const idOf = await namer(deps);
  const { platformId, process, deployed } = event.data;
  return JSON.stringify(statusInfo(seenAt(event), idOf({ platformId, process, deployed }), deps.url));
}

/**
 * Makes one call. Whatever the other side does is no error of ours: what was not taken is tried again, longer apart each time, and parked a
 * day after its event. Throws only where our own house fails, so that the queue brings the message again.
 */
export async function deliver(deps: CallDeps, delivery: Delivery): Promise<void> {
  const { event, news, uri, attempt } = delivery;
  const told = { jobId: event.subject, news, host: URL.parse(uri)?.host, attempt };
  const body = await bodyOf(deps, delivery);
  if (body === undefined) return deps.note('nothing left to call with', told);
  const seconds = Math.floor(deps.clock.now() / 1000);
  const headers = headersOf(event, news, seconds, '');
  const signature = await deps.sign(signedText(headers['webhook-id']!, seconds, body));
  const answer = await deps.post(uri, headersOf(event, news, seconds, signature), body);
  const meaning = 'status' in answer ? meaningOf(answer.status) : 'again';
  deps.note('callback', { ...told, ...answer, meaning });
  if (meaning !== 'again') return;
  const reason = 'status' in answer ? `answered ${answer.status}` : answer.failure;
  if (deps.clock.now() - ms(event.time) >= triedForMs) return deps.park(delivery, reason);
  await deps.again({ ...delivery, attempt: attempt + 1 }, pauseAfter(attempt));
}
