import type { Headline, PackageRecord } from '../../../platforms/packages/model.ts';
import type { PackageStore } from '../../../platforms/packages/ports.ts';

/** Who looks at processes. */
export interface Viewer {
  userId: string;
  roles: readonly string[];
}

/** What somebody sees of a deployed process. */
export interface Seen {
  record: PackageRecord;
  /** The newest for its owner and for administrators, otherwise the published one. */
  revision: number;
  headline: Headline;
}

export const mayChange = ({ owner }: PackageRecord, { userId, roles }: Viewer): boolean =>
  owner === userId || roles.includes('administrator');

export function seenBy(record: PackageRecord, viewer: Viewer): Seen | undefined {
  if (record.state !== 'deployed') return undefined;
  if (mayChange(record, viewer)) return { record, revision: record.revision, headline: record.headline };
  return record.published && { record, revision: record.published.revision, headline: record.published.headline };
}

/** A deployed process as the viewer sees it; undefined for one that is none of hers and not published. */
export async function lookAt(store: PackageStore, viewer: Viewer, id: string): Promise<Seen | undefined> {
  const record = await store.get(id);
  return record && seenBy(record, viewer);
}

/** Deployed processes around a place in the list, so many before it and behind it, as far as the viewer sees them. */
export async function listAround(store: PackageStore, viewer: Viewer, from: string, limit: number): Promise<Seen[]> {
  const windows = (['after', 'upTo'] as const).map((direction) => ({ from, direction, limit }));
  const pages = await Promise.all(windows.flatMap((window) => [store.owned(viewer.userId, window), store.published(window)]));
  const all = new Map(pages.flat().map((record) => [record.id, record]));
  return [...all.values()].flatMap((record) => seenBy(record, viewer) ?? []);
}
