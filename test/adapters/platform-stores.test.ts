import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoPlatforms } from '../../lambdas/platforms/dynamo.ts';
import { Platform, type PlatformRecord } from '../../lambdas/platforms/model.ts';
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

describe.each(stores)('platforms in %s', (_, open) => {
  const store = open();

  it('are read back as they were, one by one and all together, in the order of their ids', async () => {
    const records = [aRecord(), aRecord({ withdrawn: true, source: 'seed' })];
    for (const record of records) expect(await store.put(record, undefined)).toBe(true);
    for (const record of records) expect(await store.get(record.entry.id)).toEqual(record);
    const all = await store.all();
    expect(all).toEqual(expect.arrayContaining(records));
    expect(all.map(({ entry }) => entry.id)).toEqual(all.map(({ entry }) => entry.id).toSorted());
    expect(await store.get('nowhere')).toBeUndefined();
  });

  it('are written only over the version that was seen', async () => {
    const record = aRecord();
    expect(await store.put({ ...record, version: 3 }, 2)).toBe(false);
    expect(await store.put(record, undefined)).toBe(true);
    expect(await store.put(record, undefined)).toBe(false);
    const writes = [1, 2, 3].map((n) => store.put({ ...record, version: 2, changedBy: `writer-${n}` }, 1));
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
    expect(await store.get(record.entry.id)).toMatchObject({ version: 2 });
    expect(await store.put({ ...record, version: 2 }, 1)).toBe(false);
  });
});
