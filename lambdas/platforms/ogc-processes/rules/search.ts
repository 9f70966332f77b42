import type { JobPage, PlatformNews, ReadOutcome, Search } from '../../../platforms/ports.ts';
import { AnyList, JobList, Link, StatusInfo } from '../model.ts';
import { header, json, pathBelow, type Reply } from '../../replies/model.ts';
import { news } from './jobs.ts';

/** `Date` headers count whole seconds and the way takes time: tolerance of the comparison of clocks, in ms. */
const skewMs = 2000;

/** How far the platform's clock is ahead of ours (ms), from the `Date` header of an answer; 0 without one. */
export function clockOffset(reply: Reply, sentAt: number, receivedAt: number): number {
  const date = Date.parse(header(reply, 'date') ?? '');
  // The header is cut down to the second, so it lies half a second behind on average.
  return Number.isNaN(date) ? 0 : date + 500 - (sentAt + receivedAt) / 2;
}

/** A page of a job list: its jobs and the path of the next page below the base URL. */
export type ListPage = { jobs: StatusInfo[]; next?: string };

/** Reads a page; undefined if it is none, or if its next page lies outside the base URL and so may not be read. */
export function listPage(reply: Reply, url: string, baseUrl: string): ListPage | undefined {
  const page = JobList.safeParse(json(reply.text)).data;
  if (page === undefined) return undefined;
  const next = nextPage(page.links, url, baseUrl);
  return next === 'outside' ? undefined : { jobs: page.jobs, ...(next === undefined ? {} : { next }) };
}

/** Path of the next page below the base URL; undefined on the last page. */
function nextPage(links: readonly unknown[] | undefined, url: string, baseUrl: string): string | 'outside' | undefined {
  const next = (links ?? []).map((link) => Link.safeParse(link).data).find((link) => link?.rel === 'next');
  return next && (pathBelow(next.href, url, baseUrl) ?? 'outside');
}

/** A page as far as it can be read, entry by entry; undefined if it is none. Where it goes on outside the base URL it ends. */
export function listed(reply: Reply, url: string, baseUrl: string): JobPage | undefined {
  const page = AnyList.safeParse(json(reply.text)).data;
  if (page === undefined) return undefined;
  const next = nextPage(page.links, url, baseUrl);
  const jobs = page.jobs.flatMap((entry) => {
    const info = StatusInfo.safeParse(entry).data;
    const id = info?.jobID ?? info?.id;
    const said = id === undefined ? undefined : news(info!, id);
    const created = timeOf(info?.created);
    return said === undefined ? [] : [{ ...said, ...(created === undefined ? {} : { created }) }];
  });
  return { jobs, ...(next === undefined || next === 'outside' ? {} : { next }) };
}

/** RFC 3339; a time without a zone is taken for UTC. */
export function timeOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const at = Date.parse(/[zZ]$|[+-]\d\d:?\d\d$/.test(text) || !text.includes('T') ? text : `${text}Z`);
  return Number.isNaN(at) ? undefined : at;
}

/**
 * Jobs that may be the one whose create answer was lost: of the same process, no other job's of ours, created while
 * the create may have taken effect; oldest first. `unavailable` when the list does not tell, since "there is none"
 * would make the job run twice.
 */
export function candidates(jobs: readonly StatusInfo[], search: Search, offset: number): ReadOutcome<PlatformNews[]> {
  const found: { at: number; news: PlatformNews }[] = [];
  for (const info of jobs) {
    const id = info.jobID ?? info.id;
    if (id === undefined || search.known.has(id) || !sameProcess(info.processID, search.process)) continue;
    const at = timeOf(info.created) ?? timeOf(info.started);
    if (at === undefined) return { kind: 'unavailable', message: `The platform's job list does not tell when ${id} was created.` };
    const ours = at - offset;
    if (ours < search.from - skewMs || ours > search.until + skewMs) continue;
    if (found.some((other) => other.news.platformJobId === id)) continue;
    found.push({ at, news: news(info, id) ?? { platformJobId: id, raw: '' } });
  }
  return { kind: 'found', value: found.toSorted((a, b) => a.at - b.at).map((one) => one.news) };
}

/** The draft of 2.0 names the process by its URI; a list that names none may mean any. */
const sameProcess = (named: string | undefined, process: string): boolean =>
  named === undefined || named === process || named.endsWith(`/processes/${encodeURIComponent(process)}`);
