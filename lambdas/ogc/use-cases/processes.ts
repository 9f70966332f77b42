import type { RegisteredPlatform } from '../../platforms/model.ts';
import type { ProcessSummary as Offered } from '../../platforms/ports.ts';
import { Problem } from '../../shared/problem.ts';
import type { Process, ProcessSummary } from '../model.ts';
import type { Catalogue } from '../ports.ts';
import { processOf, summaryOf } from '../rules/describe.ts';
import { processId, serviceOf } from '../rules/process-id.ts';

interface Page {
  items: ProcessSummary[];
  /** Cursors of the pages beside this one; absent where there is none. */
  next?: string;
  prev?: string;
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');
const idOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/** A page of the processes of all platforms, in the order of their ids. A platform that never answered yet has none. */
export async function listProcesses(
  catalogue: Catalogue,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  url: string,
): Promise<Page> {
  const platforms = await catalogue.platforms();
  const lists = await Promise.all(platforms.map((platform) => catalogue.list(platform)));
  const all = platforms
    .flatMap((platform, i) => (lists[i]!.kind === 'found' ? lists[i]!.value.map((offered) => ({ platform, offered })) : []))
    .map(({ platform, offered }) => summaryOf(offered, processId(platform, platform.id, offered.id), url))
    .sort(byId);
  const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id > idOf(cursor));
  if (start < 0) return { items: [] };
  const items = all.slice(start, start + limit);
  return {
    items,
    ...(start + limit < all.length ? { next: cursorOf(items.at(-1)!.id) } : {}),
    // The first page has no cursor; an empty one stands before every id.
    ...(start > 0 ? { prev: cursorOf(start > limit ? all[start - limit - 1]!.id : '') } : {}),
  };
}

const noSuchProcess = (id: string) =>
  new Problem(404, 'PROCESS_NOT_FOUND', `There is no process ${id.slice(0, 200)}. GET /processes lists those there are.`);

/** The platform and what it says of the process; 404 for one that is not there, 503 while its platform does not answer. */
export async function findProcess(
  catalogue: Catalogue,
  id: string,
): Promise<{ platform: RegisteredPlatform; process: string; offered: Offered }> {
  const service = serviceOf(await catalogue.platforms(), id);
  if (service === undefined) throw noSuchProcess(id);
  const read = await catalogue.describe(service.platform, service.process);
  if (read.kind === 'missing') throw noSuchProcess(id);
  if (read.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${service.platform.title} does not answer: ${read.message}`, {
      headers: { 'retry-after': '30' },
    });
  return { ...service, offered: read.value };
}

export async function describeProcess(catalogue: Catalogue, id: string, url: string): Promise<Process> {
  const { platform, process, offered } = await findProcess(catalogue, id);
  return processOf(offered, processId(platform, platform.id, process), url);
}
