import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoPlatforms } from '../../lambdas/platforms/dynamo.ts';
import { Platform, type PlatformChange, type PlatformRecord } from '../../lambdas/platforms/model.ts';
import type { PlatformStore } from '../../lambdas/platforms/ports.ts';
import { aws, local } from '../support/local.ts';
import { memoryPlatforms } from '../support/memory-platforms.ts';

/** The port's contract, on memory and on the emulator's DynamoDB. Rows are `removed`, so that the deployed stack does not see them. */
const stores: [string, () => PlatformStore][] = [
  ['memory', () => memoryPlatforms().store],
  ['DynamoDB', () => dynamoPlatforms(aws.dynamo(), local().outputs['PlatformsTable']!)],
];

const aRecord = (more: Partial<PlatformRecord> = {}): PlatformRecord => {
  const id = `contract-${randomUUID().slice(0, 8)}`;
  return {
    entry: Platform.parse({ id, kind: 'builtin', title: id, baseUrl: `https://${id}.swath.invalid`, limits: { running: 2 } }),
    ...{ state: 'removed', source: 'api', version: 1, changed: '2026-03-01T12:00:00.000Z', changedBy: 'ada' },
    ...more,
  };
};

const aChange = (record: PlatformRecord): PlatformChange => ({
  ...{ time: record.changed, by: record.changedBy, action: 'replaced', version: record.version },
  differences: [{ field: 'limits.running', before: 2, after: record.version }],
});

describe.each(stores)('platforms in %s', (_, open) => {
  const store = open();
  const put = (record: PlatformRecord, seen: number | undefined) => store.put(record, seen, aChange(record));

  it('are read back as they were, one by one and all together, in the order of their ids', async () => {
    const records = [aRecord(), aRecord({ withdrawn: true, source: 'seed' })];
    for (const record of records) expect(await put(record, undefined)).toBe(true);
    for (const record of records) expect(await store.get(record.entry.id)).toEqual(record);
    const all = await store.all();
    expect(all).toEqual(expect.arrayContaining(records));
    expect(all.map(({ entry }) => entry.id)).toEqual(all.map(({ entry }) => entry.id).toSorted());
    expect(await store.get('nowhere')).toBeUndefined();
  });

  it('are written only over the version that was seen', async () => {
    const record = aRecord();
    expect(await put({ ...record, version: 3 }, 2)).toBe(false);
    expect(await put(record, undefined)).toBe(true);
    expect(await put(record, undefined)).toBe(false);
    const writes = [1, 2, 3].map((n) => put({ ...record, version: 2, changedBy: `writer-${n}` }, 1));
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
    expect(await store.get(record.entry.id)).toMatchObject({ version: 2 });
    expect(await put({ ...record, version: 2 }, 1)).toBe(false);
  });
  it('keep every change that was written, newest first, in pages', async () => {
    const record = aRecord();
    for (let version = 1; version <= 12; version += 1) await put({ ...record, version }, version === 1 ? undefined : version - 1);
    await put({ ...record, version: 99 }, 5); // refused: nothing of it is kept
    const first = await store.changes(record.entry.id, 7);
    expect(first).toMatchObject({ items: [{ version: 12 }, {}, {}, {}, {}, {}, { version: 6 }], before: 6 });
    expect(first.items[0]).toEqual(aChange({ ...record, version: 12 }));
    const second = await store.changes(record.entry.id, 7, first.before);
    expect(second.items.map(({ version }) => version)).toEqual([5, 4, 3, 2, 1]);
    expect(second).not.toHaveProperty('before');
    expect(await store.changes('nowhere', 7)).toEqual({ items: [] });
  });
});
