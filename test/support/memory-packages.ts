import type { PackageRecord, PackageRevision } from '../../lambdas/platforms/packages/model.ts';
import type { PackageStore, Window } from '../../lambdas/platforms/packages/ports.ts';

/** The table of deployed processes in memory. */
export function memoryPackages() {
  const rows = new Map<string, PackageRecord>();
  const revisions = new Map<string, PackageRevision>();
  const key = (id: string, revision: number): string => `${id}@${revision}`;
  const list = (isListed: (record: PackageRecord) => boolean, { from, direction, limit }: Window): PackageRecord[] => {
    const all = [...rows.values()].filter((row) => row.state === 'deployed' && isListed(row)).toSorted((a, b) => (a.id < b.id ? -1 : 1));
    return direction === 'after'
      ? all.filter(({ id }) => id > from).slice(0, limit)
      : all
          .filter(({ id }) => id <= from)
          .toReversed()
          .slice(0, limit);
  };
  const store: PackageStore = {
    get: async (id) => rows.get(id),
    revision: async (id, revision) => revisions.get(key(id, revision)),
    put: async (record, seen, revision) => {
      if (rows.get(record.id)?.version !== seen) return false;
      if (revision !== undefined) {
        if (revisions.has(key(record.id, revision.revision))) return false;
        revisions.set(key(record.id, revision.revision), structuredClone(revision));
      }
      rows.set(record.id, structuredClone(record));
      return true;
    },
    owned: async (owner, window) => list((record) => record.owner === owner, window),
    published: async (window) => list((record) => record.published !== undefined, window),
  };
  return { store, rows, revisions };
}
