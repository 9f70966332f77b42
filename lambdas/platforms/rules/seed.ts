import type { Platform, PlatformRecord } from '../model.ts';

const deployment = 'deployment';
const same = (a: Platform, b: Platform): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** The table gives attributes back in another order. */
const sorted = (value: unknown): unknown =>
  typeof value !== 'object' || value === null || Array.isArray(value)
    ? value
    : Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([name, part]) => [name, sorted(part)]),
      );

/** The row of an entry that the config holds; undefined where nothing changes. */
export function seeded(before: PlatformRecord | undefined, entry: Platform, now: string): PlatformRecord | undefined {
  const made = { entry, source: 'seed', changed: now, changedBy: deployment } as const;
  if (before === undefined) return { ...made, state: 'active', version: 1 };
  if (before.source === 'api' || (same(before.entry, entry) && !before.withdrawn)) return undefined;
  return { ...made, state: before.withdrawn ? 'active' : before.state, version: before.version + 1 };
}

/** The row of an entry that the config no longer holds; undefined where nothing changes. */
export function withdrawn(before: PlatformRecord, now: string): PlatformRecord | undefined {
  if (before.source === 'api' || before.withdrawn) return undefined;
  return { ...before, state: 'draining', withdrawn: true, version: before.version + 1, changed: now, changedBy: deployment };
}
