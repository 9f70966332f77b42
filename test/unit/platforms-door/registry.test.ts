import { describe, expect, it } from '@jest/globals';
import { Platform } from '../../../lambdas/platforms/model.ts';
import { keptRegistry, keptSeconds } from '../../../lambdas/platforms/use-cases/registry.ts';
import { seedPlatforms } from '../../../lambdas/platforms/use-cases/seed.ts';
import { memoryPlatforms } from '../../support/memory-platforms.ts';

const entry = (id: string, more: object = {}) =>
  Platform.parse({ id, kind: 'ogc-processes', title: id, baseUrl: `https://${id}.example`, ...more });

function table() {
  const time = { now: Date.parse('2026-11-22T12:00:00Z') };
  const clock = { now: () => time.now };
  const { store, rows } = memoryPlatforms();
  const seed = (...entries: Platform[]) => seedPlatforms({ store, clock }, entries);
  return { time, clock, store, rows, seed };
}

describe('the seed of the registry', () => {
  it('brings the entries of the config into the table, once', async () => {
    const { rows, seed } = table();
    expect(await seed(entry('near'), entry('far'))).toEqual(['near', 'far']);
    expect([...rows.values()]).toMatchObject([
      { entry: { id: 'near' }, state: 'active', source: 'seed', version: 1, changedBy: 'deployment' },
      { entry: { id: 'far' }, version: 1 },
    ]);
    expect(await seed(entry('far'), entry('near'))).toEqual([]);
  });

  it('takes an entry that compares equal in any order of its attributes for the same', async () => {
    const { rows, seed } = table();
    await seed(entry('near'));
    const row = rows.get('near')!;
    rows.set('near', { ...row, entry: Object.fromEntries(Object.entries(row.entry).toReversed()) as Platform });
    expect(await seed(entry('near'))).toEqual([]);
  });

  it('follows the config, and leaves what an administrator said of the state', async () => {
    const { rows, seed } = table();
    await seed(entry('near'));
    rows.set('near', { ...rows.get('near')!, state: 'paused', version: 2 });
    expect(await seed(entry('near', { limits: { running: 7 } }))).toEqual(['near']);
    expect(rows.get('near')).toMatchObject({ state: 'paused', version: 3, entry: { limits: { running: 7 } } });
  });

  it.each(['active', 'removed'] as const)('leaves an entry that an administrator set, also one that is %s', async (state) => {
    const { rows, seed } = table();
    await seed(entry('near'));
    const row = { ...rows.get('near')!, state, source: 'api' as const, version: 2 };
    rows.set('near', row);
    expect(await seed(entry('near', { title: 'Another' }))).toEqual([]);
    expect(rows.get('near')).toBe(row);
  });

  it('drains what the config no longer holds, once, until it comes back', async () => {
    const { rows, seed } = table();
    await seed(entry('near'), entry('far'));
    expect(await seed(entry('near'))).toEqual(['far']);
    expect(rows.get('far')).toMatchObject({ state: 'draining', withdrawn: true, version: 2 });
    expect(await seed(entry('near'))).toEqual([]);
    expect(await seed(entry('near'), entry('far'))).toEqual(['far']);
    expect(rows.get('far')).toMatchObject({ state: 'active', version: 3 });
    expect(rows.get('far')).not.toHaveProperty('withdrawn');
  });

  it('looks again when somebody changed the row meanwhile', async () => {
    const { clock, store, rows, seed } = table();
    await seed(entry('near'));
    let disturbed = false;
    const put: typeof store.put = async (record, seen, change) => {
      if (!disturbed) rows.set('near', { ...rows.get('near')!, state: 'paused', version: 2 });
      disturbed = true;
      return store.put(record, seen, change);
    };
    await seedPlatforms({ store: { ...store, put }, clock }, [entry('near', { title: 'New' })]);
    expect(rows.get('near')).toMatchObject({ state: 'paused', version: 3, entry: { title: 'New' } });
  });
});

describe('the registry that a function keeps', () => {
  const read = (store: ReturnType<typeof memoryPlatforms>['store'], clock: { now(): number }) => {
    const counted = { reads: 0 };
    const all = () => ((counted.reads += 1), store.all());
    return { counted, registry: keptRegistry({ all }, clock) };
  };

  it('is read once by all who ask within a few seconds, and shows a change after them', async () => {
    const { time, clock, store, rows, seed } = table();
    await seed(entry('near'));
    const { counted, registry } = read(store, clock);
    const seen = await Promise.all([registry.byId('near'), registry.find('https://near.example/'), registry.all()]);
    expect(seen).toMatchObject([{ id: 'near', state: 'active', version: 1 }, { id: 'near' }, [{ id: 'near' }]]);
    rows.set('near', { ...rows.get('near')!, state: 'paused', version: 2 });
    time.now += keptSeconds * 1000 - 1;
    expect(await registry.byId('near')).toMatchObject({ state: 'active' });
    expect(counted.reads).toBe(1);
    time.now += 1;
    expect(await registry.byId('near')).toMatchObject({ state: 'paused', version: 2 });
    expect(counted.reads).toBe(2);
  });

  it('is read again after a clock that was set back, and after a read that failed', async () => {
    const { time, clock, store, seed } = table();
    await seed(entry('near'));
    const { counted, registry } = read(store, clock);
    await registry.all();
    time.now -= 60_000;
    await registry.all();
    expect(counted.reads).toBe(2);
    let broken = true;
    const failing = keptRegistry({ all: () => (broken ? Promise.reject(new Error('throttled')) : store.all()) }, clock);
    await expect(failing.byId('near')).rejects.toThrow('throttled');
    broken = false;
    expect(await failing.byId('near')).toMatchObject({ id: 'near' });
  });

  it('knows a platform that was added since it was read', async () => {
    const { clock, store, seed } = table();
    await seed(entry('near'));
    const { counted, registry } = read(store, clock);
    await registry.all();
    await seed(entry('near'), entry('new'));
    expect(await registry.byId('new')).toMatchObject({ id: 'new', state: 'active' });
    expect(await registry.byId('new')).toMatchObject({ id: 'new' });
    expect(await registry.byId('never')).toBeUndefined();
    expect(counted.reads).toBe(3); // once more for each that is not in what is kept
    await seed(entry('near'), entry('new'), entry('newest'));
    expect(await registry.find('https://newest.example')).toMatchObject({ id: 'newest' });
    expect(counted.reads).toBe(4);
  });

  it('does not show what was removed', async () => {
    const { clock, store, rows, seed } = table();
    await seed(entry('near'));
    rows.set('near', { ...rows.get('near')!, state: 'removed' });
    const { registry } = read(store, clock);
    expect(await registry.all()).toEqual([]);
    expect(await registry.find('https://near.example')).toBeUndefined();
  });
});
