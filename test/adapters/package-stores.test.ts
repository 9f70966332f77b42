import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { dynamoPackages } from '../../lambdas/platforms/packages/dynamo.ts';
import type { PackageRecord, PackageRevision } from '../../lambdas/platforms/packages/model.ts';
import type { PackageStore } from '../../lambdas/platforms/packages/ports.ts';
import { aws, local } from '../support/local.ts';
import { memoryPackages } from '../support/memory-packages.ts';
import { until } from '../support/until.ts';

/** The port's contract, in memory and on the emulator's DynamoDB and S3. Owners are of a run, so that nobody else sees the rows. */
const stores: [string, () => PackageStore][] = [
  ['memory', () => memoryPackages().store],
  ['DynamoDB', () => dynamoPackages(aws.dynamo, local().outputs['ProcessesTable']!, aws.s3, local().bucket)],
];
const time = '2026-03-01T12:00:00.000Z';
const options = { jobControlOptions: ['async-execute'], outputTransmission: ['value'] } as const;
const headline = (id: string) => ({
  id,
  title: `Process ${id}`,
  jobControlOptions: [...options.jobControlOptions],
  outputTransmission: [...options.outputTransmission],
});

const aRecord = (owner: string, id = `contract-${randomUUID().slice(0, 8)}`, more: Partial<PackageRecord> = {}): PackageRecord => ({
  ...{ id, owner, state: 'deployed', version: 1, revision: 1, headline: headline(id), platforms: ['one'], created: time, changed: time },
  ...more,
});
const aRevision = ({ id, revision, owner }: PackageRecord, text = '{}'): PackageRevision => ({
  ...{ id, revision, deployed: time, deployedBy: owner },
  definition: {
    description: { ...headline(id), inputs: [{ name: 'a', optional: true, schema: { type: 'string' } }] },
    unit: { kind: 'process', platform: 'one', process: 'p' },
  },
  original: { mediaType: 'application/ogcapppkg+json', text },
});

describe.each(stores)('Packages in %s', (_, open) => {
  const store = open();

  it('are read back as they were written', async () => {
    const record = aRecord(randomUUID());
    const revision = aRevision(record, '{ "ü":\n1 }');
    expect(await store.put(record, undefined, revision)).toBe(true);
    expect(await store.get(record.id)).toEqual(record);
    expect(await store.revision(record.id, 1)).toEqual(revision);
    expect(await store.revision(record.id, 2)).toBeUndefined();
    expect(await store.get('nowhere')).toBeUndefined();
  });

  it('are read back also where they are too large for a row', async () => {
    const record = aRecord(randomUUID());
    const revision = aRevision(record, `{"text":"${'ü'.repeat(600_000)}"}`);
    expect(await store.put(record, undefined, revision)).toBe(true);
    expect((await store.revision(record.id, 1))?.original.text).toBe(revision.original.text);
  });

  it('are written only over the version that was seen, and with nothing of what was refused', async () => {
    const record = aRecord(randomUUID());
    expect(await store.put({ ...record, version: 3 }, 2, aRevision(record))).toBe(false);
    expect(await store.revision(record.id, 1)).toBeUndefined();
    expect(await store.put(record, undefined, aRevision(record))).toBe(true);
    expect(await store.put(record, undefined, aRevision({ ...record, revision: 2 }))).toBe(false);
    expect(await store.revision(record.id, 2)).toBeUndefined();
    const writes = ['a', 'b', 'c'].map((text) => {
      const next = { ...record, version: 2, revision: 2 };
      return store.put(next, 1, aRevision(next, JSON.stringify(text)));
    });
    expect((await Promise.all(writes)).filter(Boolean)).toHaveLength(1);
    expect(await store.get(record.id)).toMatchObject({ version: 2, revision: 2 });
  });

  it('never change once they are written', async () => {
    const record = aRecord(randomUUID());
    await store.put(record, undefined, aRevision(record, '"first"'));
    expect(await store.put({ ...record, version: 2 }, 1, aRevision(record, '"second"'))).toBe(false);
    expect((await store.revision(record.id, 1))?.original.text).toBe('"first"');
  });

  it('are listed by owner in both directions, as long as they are deployed', async () => {
    const owner = randomUUID();
    const ids = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${letter}-${owner.slice(0, 8)}`);
    for (const id of ids) await store.put(aRecord(owner, id), undefined, aRevision(aRecord(owner, id)));
    const listed = async (from: string, direction: 'after' | 'upTo', limit = 10) =>
      (await store.owned(owner, { from, direction, limit })).map(({ id }) => id);
    await until('the index has them all', async () => (await listed('', 'after')).length === 5 || undefined);
    expect(await listed('', 'after')).toEqual(ids);
    expect(await listed(ids[1]!, 'after', 2)).toEqual([ids[2], ids[3]]);
    expect(await listed(ids[2]!, 'upTo', 2)).toEqual([ids[2], ids[1]]);
    expect(await listed('', 'upTo')).toEqual([]);
    await store.put(aRecord(owner, ids[0], { version: 2, state: 'undeployed' }), 1);
    await until('the index has lost it', async () => (await listed('', 'after')).length === 4 || undefined);
    expect(await listed('', 'after')).toEqual(ids.slice(1));
  });

  it('are in the public list from their publication to its end', async () => {
    const owner = randomUUID();
    const record = aRecord(owner);
    const published = { revision: 1, headline: headline(record.id), by: 'ada', time };
    const isPublic = async () =>
      (await store.published({ from: `${record.id}`, direction: 'upTo', limit: 1 })).some(({ id }) => id === record.id);
    await store.put(record, undefined, aRevision(record));
    expect(await isPublic()).toBe(false);
    await store.put({ ...record, version: 2, published }, 1);
    await until('it is public', async () => (await isPublic()) || undefined);
    expect(await store.get(record.id)).toMatchObject({ published });
    await store.put({ ...record, version: 3 }, 2);
    await until('it is private', async () => !(await isPublic()) || undefined);
  });
});
