import type { Description, PackageRevision } from '../../platforms/packages/model.ts';
import type { ProcessSummary as Offered } from '../../platforms/ports.ts';
import { Problem } from '../../shared/problem.ts';
import type { Process, ProcessSummary } from '../model.ts';
import { listAround, lookAt, type Viewer } from '../packages/use-cases/visible.ts';
import { processOf, summaryOf } from '../rules/describe.ts';
import { processId, serviceOf } from '../rules/process-id.ts';
import { serviceOfUnit, type Service } from '../rules/run.ts';
import type { Deps } from './deps.ts';

type Places = Pick<Deps, 'catalogue' | 'packages'>;

interface Page {
  items: ProcessSummary[];
  /** Cursors of the pages beside this one; absent where there is none. */
  next?: string;
  prev?: string;
}

const byId = (a: { id: string }, b: { id: string }): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
const cursorOf = (id: string): string => Buffer.from(id).toString('base64url');
const idOf = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/** A page of the processes of all platforms and of deployed ones, in the order of their ids. A platform that never answered yet has none. */
export async function listProcesses(
  { catalogue, packages }: Places,
  viewer: Viewer,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  url: string,
): Promise<Page> {
  const from = cursor === undefined ? '' : idOf(cursor);
  const platforms = await catalogue.platforms();
  const [around, ...lists] = await Promise.all([
    // One more on each side tells whether there are pages there.
    listAround(packages, viewer, from, limit + 1),
    ...platforms.map((platform) => catalogue.list(platform)),
  ]);
  const offered = platforms
    .flatMap((platform, i) => (lists[i]!.kind === 'found' ? lists[i]!.value.map((one) => ({ platform, one })) : []))
    .map(({ platform, one }) => summaryOf(one, processId(platform, platform.id, one.id), url));
  const taken = new Set(offered.map(({ id }) => id));
  const deployed = around.filter(({ record }) => !taken.has(record.id)).map(({ headline }) => summaryOf(headline, headline.id, url, true));
  const all = [...offered, ...deployed].sort(byId);
  const start = cursor === undefined ? 0 : all.findIndex(({ id }) => id > from);
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

/** A process that somebody sees: what it says of itself, and where it is run or which package says so. */
export type FoundProcess = { offered: Offered; service: Service } | { offered: Description; revision: PackageRevision };

/** 404 for a process that is not there for the viewer, 503 while its platform does not answer. */
export async function findProcess({ catalogue, packages }: Places, viewer: Viewer, id: string): Promise<FoundProcess> {
  const service = serviceOf(await catalogue.platforms(), id);
  const read = service && (await catalogue.describe(service.platform, service.process));
  if (read?.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${service!.platform.title} does not answer: ${read.message}`, {
      headers: { 'retry-after': '30' },
    });
  if (read?.kind === 'found') return { offered: read.value, service: service! };
  const seen = await lookAt(packages, viewer, id);
  const revision = seen && (await packages.revision(id, seen.revision));
  if (revision === undefined) throw noSuchProcess(id);
  return { offered: revision.definition.description, revision };
}

/** Where a process is run; a problem where that cannot be just now. */
export async function serviceFor({ catalogue }: Pick<Deps, 'catalogue'>, found: FoundProcess): Promise<Service> {
  if ('service' in found) return found.service;
  const { definition, id } = found.revision;
  const service = serviceOfUnit(definition.unit, found.revision, await catalogue.platforms());
  if (service === 'no container service')
    throw new Problem(
      501,
      'NO_CONTAINER_SERVICE',
      `${id} runs in a container, and this deployment has no service that runs containers. It stays deployed: ask the operator for one.`,
    );
  if (service === 'no platform')
    throw new Problem(
      503,
      'PLATFORM_UNAVAILABLE',
      `The platform that runs ${id} is no longer registered: its developer has to replace the package.`,
      {
        headers: { 'retry-after': '300' },
      },
    );
  return service;
}

export async function describeProcess(places: Places, viewer: Viewer, id: string, url: string): Promise<Process> {
  const found = await findProcess(places, viewer, id);
  if ('revision' in found) return processOf(found.offered, id, url, true);
  const { platform, process } = found.service;
  return processOf(found.offered, processId(platform, platform.id, process), url);
}
