import type { PlatformRecord } from '../../lambdas/platforms/model.ts';
import type { PlatformStore } from '../../lambdas/platforms/ports.ts';

/** The registry's table in memory. */
export function memoryPlatforms() {
  const rows = new Map<string, PlatformRecord>();
  const store: PlatformStore = {
    all: async () => [...rows.values()].toSorted((a, b) => (a.entry.id < b.entry.id ? -1 : 1)),
    get: async (id) => rows.get(id),
    put: async (record, seen) => {
      if (rows.get(record.entry.id)?.version !== seen) return false;
      rows.set(record.entry.id, record);
      return true;
    },
  };
  return { store, rows };
}
