import type { PlatformChange, PlatformRecord } from '../model.ts';

/** `limits.running` of an entry, and so on; a list counts as one value. */
function fields(value: unknown, path = ''): Map<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map([[path, value]]);
  return new Map(Object.entries(value).flatMap(([name, part]) => [...fields(part, path === '' ? name : `${path}.${name}`)]));
}

/** What was changed between two rows of a platform, field by field, in the order of their names. */
function differences(before: PlatformRecord | undefined, after: PlatformRecord): PlatformChange['differences'] {
  const told = (record: PlatformRecord | undefined) =>
    fields(record && record.state !== 'removed' ? { ...record.entry, state: record.state } : {});
  const [old, new_] = [told(before), told(after)];
  return [...new Set([...old.keys(), ...new_.keys()])]
    .filter((field) => field !== '' && JSON.stringify(old.get(field)) !== JSON.stringify(new_.get(field)))
    .sort()
    .map((field) => ({
      field,
      ...(old.has(field) ? { before: old.get(field) } : {}),
      ...(new_.has(field) ? { after: new_.get(field) } : {}),
    }));
}

export const changeOf = (before: PlatformRecord | undefined, after: PlatformRecord, action: PlatformChange['action']): PlatformChange => ({
  ...{ time: after.changed, by: after.changedBy, action, version: after.version },
  differences: differences(before, after),
});
