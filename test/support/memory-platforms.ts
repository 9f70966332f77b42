import type { PlatformChange, PlatformRecord } from '../../lambdas/platforms/model.ts';
import type { PlatformStore } from '../../lambdas/platforms/ports.ts';

/** The registry's table in memory. */
export function memoryPlatforms() {
  const rows = new Map<string, PlatformRecord>();
  const changes: { id: string; change: PlatformChange }[] = [];
  const store: PlatformStore = {
    all: async () => [...rows.values()].toSorted((a, b) => (a.entry.id < b.entry.id ? -1 : 1)),
    get: async (id) => rows.get(id),
    put: async (record, seen, change) => {
      if (rows.get(record.entry.id)?.version !== seen) return false;
      rows.set(record.entry.id, record);
      changes.push({ id: record.entry.id, change });
      return true;
    },
    changes: async (id, limit, before = Number.POSITIVE_INFINITY) => {
      const all = changes.filter((row) => row.id === id && row.change.version < before).map(({ change }) => change);
      const items = all.toSorted((a, b) => b.version - a.version).slice(0, limit);
      return { items, ...(items.length < all.length ? { before: items.at(-1)!.version } : {}) };
    },
  };
  return { store, rows };
}
