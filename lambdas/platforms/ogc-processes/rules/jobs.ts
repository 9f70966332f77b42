import type { CallOutcome, PlatformNews } from '../../../platforms/ports.ts';
import { StatusInfo } from '../model.ts';
import { header, json, readable, segment, type Reply } from '../../replies/model.ts';

/** The standard's words, and `created` of Part 4. `accepted` may mean "computing": pygeoapi says it until the result is written. */
const phases: Readonly<Record<string, NonNullable<PlatformNews['phase']>>> = {
  created: 'created',
  accepted: 'queued',
  running: 'running',
  successful: 'successful',
  failed: 'failed',
  dismissed: 'dismissed',
};

/** A job document as news; undefined if it has no status. Words we do not know come without a phase. */
export function news(info: StatusInfo, platformJobId: string): PlatformNews | undefined {
  if (info.status === undefined) return undefined;
  const phase = Object.hasOwn(phases, info.status) ? phases[info.status] : undefined;
  const message = info.message ?? reason(info.exception);
  return {
    platformJobId,
    raw: readable(info.status),
    ...(phase === undefined ? {} : { phase }),
    ...(info.progress === undefined ? {} : { progress: Math.min(100, Math.max(0, info.progress)) }),
    ...(message === undefined ? {} : { message: readable(message) }),
  };
}
const reason = (exception: Record<string, unknown> | undefined): string | undefined =>
  [exception?.detail, exception?.title].find((text) => typeof text === 'string');

/** The id in a job's URL, wherever the server believes to live: what follows `/jobs/`. */
export function jobIdOf(location: string): string | undefined {
  const path = URL.parse(location, 'http://platform.invalid/')?.pathname;
  const encoded = path?.match(/\/jobs\/([^/]+)\/?(?:results\/?)?$/)?.[1];
  if (encoded === undefined) return undefined;
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** The job URL of an answer: `Location`, or the `monitor` link that 1.0 wants with synchronous answers. */
function location(reply: Reply): string | undefined {
  const value = header(reply, 'location');
  if (value !== undefined) return value;
  return linkHeader(reply).find((link) => link.rel === 'monitor')?.href;
}

/** `Link` headers (RFC 8288), as far as href, rel, type and title go. */
export function linkHeader(reply: Reply): { href: string; rel?: string; type?: string; title?: string }[] {
  return [...(header(reply, 'link') ?? '').matchAll(/<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:"[^"]*"|[^",;\s]*))*)/g)].map(
    ([, href = '', parameters = '']) => {
      const named = Object.fromEntries(
        [...parameters.matchAll(/([\w*-]+)\s*=\s*(?:"([^"]*)"|([^",;\s]*))/g)].map(([, name = '', quoted, bare]) => [
          name.toLowerCase(),
          quoted ?? bare ?? '',
        ]),
      );
      return { href, ...(['rel', 'type', 'title'] as const).reduce((all, key) => (named[key] ? { ...all, [key]: named[key] } : all), {}) };
    },
  );
}

/** Asked to answer at once, the server tells of a job all the same. */
export function isJob(reply: Reply): boolean {
  const info = StatusInfo.safeParse(json(reply.text)).data;
  return reply.status === 201 || reply.status === 202 || (info?.jobID !== undefined && info.status !== undefined);
}

/**
 * What a 2xx answer to an execution tells. 201 (some say 202): the job's id is in the body, or the body is `null`
 * (pygeoapi 0.21) and only `Location` has it. 200: the server ran it at once; its result is at `Location`.
 */
export function created(reply: Reply): CallOutcome<{ platformJobId: string; news?: PlatformNews }> {
  const info = StatusInfo.safeParse(json(reply.text)).data;
  const named = info?.jobID ?? info?.id;
  const linked = location(reply);
  const fromLink = linked === undefined ? undefined : jobIdOf(linked);
  if (reply.status !== 200) {
    const id = named ?? fromLink;
    if (id === undefined || segment(id) === undefined)
      return { kind: 'lost', message: `The platform's answer (${reply.status}) names no job.` };
    const told = info && news(info, id);
    return { kind: 'done', platformJobId: id, ...(told ? { news: told } : {}) };
  }
  // The body of a 200 is the result, in which `id` may mean anything, unless it is a job document.
  if (info?.jobID !== undefined && info.status !== undefined && segment(info.jobID) !== undefined) {
    const told = news(info, info.jobID);
    return { kind: 'done', platformJobId: info.jobID, ...(told ? { news: told } : {}) };
  }
  if (fromLink !== undefined && segment(fromLink) !== undefined)
    return {
      kind: 'done',
      platformJobId: fromLink,
      news: { platformJobId: fromLink, raw: 'successful', phase: 'successful', progress: 100 },
    };
  if (json(reply.text) === undefined) return { kind: 'lost', message: "The platform's answer (200) cannot be read." };
  return { kind: 'refused', message: 'The platform ran the process synchronously and keeps no job, so its result cannot be fetched.' };
}
