import { iso, type Clock } from '../../shared/time/clock.ts';
import type { Platform } from '../model.ts';
import type { PlatformStore } from '../ports.ts';
import { changeOf } from '../rules/changes.ts';
import { seeded, withdrawn } from '../rules/seed.ts';

/** Somebody may change a row while the seed is written: it then looks again, so often at most. */
const triesAtMost = 5;

/**
 * Brings the entries of the environment's config into the table; answers the ids of the rows that changed. Entries that an
 * administrator has set or removed stay as they are. One that the config no longer holds drains, since jobs may be on it.
 */
export async function seedPlatforms(deps: { store: PlatformStore; clock: Clock }, entries: readonly Platform[]): Promise<string[]> {
  const { store, clock } = deps;
  const changed: string[] = [];
  const write = async (id: string, entry: Platform | undefined) => {
    for (let tries = 0; tries < triesAtMost; tries += 1) {
      const before = await store.get(id);
      const now = iso(clock.now());
      const after = entry === undefined ? before && withdrawn(before, now) : seeded(before, entry, now);
      if (after === undefined) return;
      if (await store.put(after, before?.version, changeOf(before, after, entry === undefined ? 'withdrawn' : 'seeded')))
        return void changed.push(id);
    }
    throw new Error(`The platform ${id} is changed again and again: deploy once more.`);
  };
  for (const entry of entries) await write(entry.id, entry);
  const ids = new Set(entries.map(({ id }) => id));
  for (const { entry } of await store.all()) if (!ids.has(entry.id)) await write(entry.id, undefined);
  return changed;
}
