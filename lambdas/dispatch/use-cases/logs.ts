import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import { isFinal, LogEntry, type Job, type LogLevel } from '../model.ts';
import type { Page } from '../ports.ts';
import { userOf } from '../rules/lane.ts';
import { atLeast, ownEntries, platformEntry, platformEntryId, runlogPath } from '../rules/logs.ts';
import { told } from '../rules/writes.ts';
import type { Deps } from './deps.ts';

/** Entries of a platform's log that are kept at the most, and those asked for at once. */
const [mostKept, pageSize] = [1000, 200];

interface Wish {
  level: LogLevel;
  limit: number;
  /** Id of the last entry seen. */
  cursor?: string | undefined;
}

/**
 * A page of a job's log: Swath's own entries, then the platform's. A job that has ended is read from what was kept then; of
 * another the platform is asked, and one that does not answer is an entry, not an error. A filtered page may be short.
 */
export async function readLogs(deps: Deps, job: Job, wish: Wish): Promise<Page<LogEntry>> {
  const kept = isFinal(job.status) ? await deps.workspace.read(job.owner, runlogPath(job.jobId)) : undefined;
  if (kept === undefined) return liveLogs(deps, job, wish);
  const all = kept.split('\n').flatMap((line) => (line === '' ? [] : [LogEntry.parse(JSON.parse(line))]));
  const rest = atLeast(all.slice(after(all, wish.cursor)), wish.level);
  return pageOf(rest.slice(0, wish.limit), rest.length > wish.limit);
}

async function liveLogs(deps: Deps, job: Job, { level, limit, cursor }: Wish): Promise<Page<LogEntry>> {
  const own = ownEntries(job);
  const seen = cursor === undefined ? undefined : platformEntryId(cursor);
  const mine = seen === undefined ? own.slice(after(own, cursor)) : [];
  if (mine.length >= limit) return filtered(pageOf(mine.slice(0, limit), true), level);
  const theirs = await platformLogs(deps, job, limit - mine.length, seen);
  return filtered(pageOf([...mine, ...theirs.entries], theirs.more), level);
}

const filtered = (page: Page<LogEntry>, level: LogLevel): Page<LogEntry> => ({ ...page, items: atLeast(page.items, level) });
const pageOf = (items: LogEntry[], more: boolean): Page<LogEntry> => {
  const last = items.at(-1);
  return { items, ...(more && last !== undefined ? { cursor: last.id } : {}) };
};

/** Where the entries begin that come after the one with this id. */
function after(entries: readonly LogEntry[], id: string | undefined): number {
  const at = id === undefined ? -1 : entries.findIndex((entry) => entry.id === id);
  if (id === undefined || at >= 0) return at + 1;
  throw new Problem(422, 'VALIDATION_ERROR', 'The request has faults: see details.', {
    errors: [{ pointer: 'cursor', message: 'The log has no such entry: take the cursor from the `next` link of a page.' }],
  });
}

async function platformLogs(deps: Deps, job: Job, limit: number, seen?: string): Promise<{ entries: LogEntry[]; more: boolean }> {
  const platform = await deps.platform(job.platformId);
  const client = platform && deps.client(platform, userOf(job.laneId));
  if (client?.logs === undefined || job.platformJobId === undefined) return { entries: [], more: false };
  const read = await client.logs(job.platformJobId, { limit, ...(seen === undefined ? {} : { after: seen }) });
  if (read.kind === 'found') return { entries: read.value.entries.map(platformEntry), more: read.value.more };
  const why =
    read.kind === 'missing' ? 'The platform has no log of this job.' : `The platform's log cannot be read now: ${told(read.message)}`;
  const entry: LogEntry = { id: 'swath:unread', level: 'warning', message: why, time: iso(deps.clock.now()), source: 'swath' };
  return { entries: [entry], more: false };
}

/** Keeps the log of a job that has ended, so that it survives the platform. A log that cannot be read keeps no job from its end. */
export async function keepLogs(deps: Deps, job: Job): Promise<void> {
  const entries = ownEntries(job);
  for (let more = true, seen: string | undefined; more && entries.length < mostKept;) {
    const page = await platformLogs(deps, job, pageSize, seen);
    entries.push(...page.entries);
    const last = page.entries.at(-1);
    const next = last && platformEntryId(last.id);
    more = page.more && next !== undefined && next !== seen;
    seen = next;
  }
  const lines = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  await deps.workspace.write(job.owner, runlogPath(job.jobId), lines, 'application/jsonl');
}
