import { describe, expect, it } from '@jest/globals';
import { StacItemDocument } from '../../../lambdas/dispatch/model.ts';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { TaskCollection } from '../../../lambdas/upscaling/results/model.ts';
import { taskItems, taskResults } from '../../../lambdas/upscaling/use-cases/results.ts';
import { numbers, taskWorld } from '../../support/task-world.ts';

const api = 'https://api.example';

/** A task whose jobs run; each ends where its value is, in degrees east. */
async function aTask(values: unknown[]) {
  const w = taskWorld({ platform: { limits: { parallel: 20, burst: 100, running: 200, readsPerMinute: 100_000 } } });
  const { taskId } = await w.sendTask('alice', values);
  await w.settle();
  await w.serve();
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  const outputs = (id: string): { name: string; value: unknown }[] => {
    const east = w.remote.jobs.find((job) => job.id === id)!.inputs['text'];
    return typeof east === 'number' ? [{ name: 'footprint', value: { type: 'Point', coordinates: [east, 50] } }] : [];
  };
  w.remote.results = async (id) => ({ kind: 'found', value: { outputs: outputs(id) } });
  return {
    ...w,
    taskId,
    outputs,
    /** Jobs that run end, and the task is counted. */
    async end(isFailing: (value: unknown) => boolean = () => false, ends: (value: unknown) => boolean = () => true) {
      for (const { id, phase, inputs } of w.remote.jobs)
        if (phase === 'running' && ends(inputs['text'])) w.remote.end(id, isFailing(inputs['text']) ? 'failed' : 'successful');
      w.pass(61);
      await pollLane(w.deps, w.laneId);
      await w.count();
    },
    collect: (...indexes: number[]) => Promise.all(indexes.map((n) => collectResults(w.deps, `${taskId}-${n}`))),
    collection: () => taskResults(w.tasks, w.task(taskId), api),
    items: (query: Partial<Parameters<typeof taskItems>[2]> = {}) =>
      taskItems(w.tasks, w.task(taskId), { limit: 100, links: 'working', api, ...query }),
  };
}

describe('the results of a task', () => {
  it('are not ready until a job is successful, and none when all have ended without', async () => {
    const w = await aTask([1, 2]);
    await expect(w.collection()).rejects.toMatchObject({ status: 409, code: 'RESULTS_NOT_READY' });
    await w.end(() => true);
    await expect(w.collection()).rejects.toMatchObject({ status: 409, code: 'NO_RESULTS' });
    expect(await w.items()).toEqual({ items: [] });
  });

  it('are partial while jobs run, and complete when the last item is there', async () => {
    const w = await aTask([1, 2]);
    const seen = async () => (await w.collection())['swath:complete'];
    await w.end(undefined, (value) => value === 1);
    await w.collect(0);
    expect(await w.collection()).toMatchObject({
      ...{ 'swath:complete': false, 'swath:phase': 'running', 'swath:total': 2, 'swath:counts': { successful: 1 } },
    });
    await w.end();
    expect(await seen()).toBe(false);
    await w.collect(1);
    expect(await seen()).toBe(true);
  });

  it('are a STAC Collection around its items', async () => {
    const w = await aTask([7, -3, 12]);
    await w.end((value) => value === 12);
    await w.collect(0, 1);
    const collection = await w.collection();
    expect(TaskCollection.parse(collection)).toEqual(collection);
    const { finished } = w.job(`${w.taskId}-0`);
    expect(collection).toMatchObject({
      ...{ type: 'Collection', stac_version: '1.1.0', id: w.taskId, license: 'other', 'swath:complete': false, 'swath:phase': 'partial' },
      ...{ extent: { spatial: { bbox: [[-3, 50, 7, 50]] }, temporal: { interval: [[finished, finished]] } }, 'swath:extent': 'items' },
    });
    expect(collection.links.find(({ rel }) => rel === 'items')!.href).toBe(`${api}/upscale_tasks/${w.taskId}/results/items`);
  });

  it('say that nobody knows where they are when one item does not', async () => {
    const w = await aTask([7, 'nowhere']);
    await w.end();
    await w.collect(0, 1);
    expect(await w.collection()).toMatchObject({
      'swath:extent': 'unknown',
      extent: { spatial: { bbox: [[-180, -90, 180, 90]] } },
    });
  });

  it.each([
    [
      'tiles',
      [{ type: 'Point', coordinates: [1, 50] }, { bbox: [2, 51, 3, 52] }, { west: 0, south: 49, east: 1, north: 50 }],
      [0, 49, 3, 52],
    ],
    ['tiles on both sides of the antimeridian', [{ bbox: [179, 0, 180, 1] }, { bbox: [-180, 0, -179, 1] }], [179, 0, -179, 1]],
  ])('lie around the %s that were asked for when the items do not say more', async (_, values, bbox) => {
    const w = await aTask(values);
    await w.end();
    await w.collect(...numbers(values.length));
    expect(await w.collection()).toMatchObject({ 'swath:extent': 'values', extent: { spatial: { bbox: [bbox] } } });
  });

  it('of more than a hundred jobs lie around the tiles that were asked for', async () => {
    const w = await aTask(numbers(150).map((n) => ({ type: 'Point', coordinates: [n / 10, 50] })));
    await w.end();
    await w.collect(...numbers(150));
    expect(await w.collection()).toMatchObject({ 'swath:extent': 'values', extent: { spatial: { bbox: [[0, 50, 14.9, 50]] } } });
  });

  it('have the items of the successful jobs with their values, by the page', async () => {
    const w = await aTask(numbers(25));
    await w.end((value) => value === 3);
    await w.collect(...numbers(25));
    const seen: unknown[] = [];
    for (let from: number | undefined, more = true; more; more = from !== undefined) {
      const { items, next } = await w.items({ limit: 10, from });
      for (const item of items) expect(StacItemDocument.parse(item)).toMatchObject({ stac_version: '1.1.0', collection: w.taskId });
      seen.push(...items.map(({ properties }) => properties['swath:value']));
      from = next === undefined ? undefined : Number(next);
    }
    expect(seen).toEqual(numbers(25).filter((n) => n !== 3));
    const [first] = (await w.items({ limit: 1 })).items;
    const results = `${api}/upscale_tasks/${w.taskId}/results`;
    expect(first).toMatchObject({ id: `${w.taskId}-0`, bbox: [0, 50, 0, 50], properties: { 'swath:index': 0 } });
    expect(first!.links).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ rel: 'self', href: `${api}/unit_jobs/${w.taskId}-0/results` }),
        expect.objectContaining({ rel: 'collection', href: results }),
      ]),
    );
  });

  it('leave out what was removed, and have no page over 4 MB', async () => {
    const w = await aTask(numbers(5));
    w.remote.results = async (id) => ({
      kind: 'found',
      value: { outputs: [{ name: 'text', value: 'x'.repeat(id.endsWith('1') ? 4e6 : 1.5e6) }] },
    });
    await w.end();
    await w.collect(...numbers(5));
    w.files.delete(`users/alice/workspace/jobs/${w.taskId}-4/item.json`);
    const indexes: unknown[] = [];
    for (let from: number | undefined, more = true; more; more = from !== undefined) {
      const { items, next } = await w.items({ from });
      expect(JSON.stringify(JSON.stringify(items)).length).toBeLessThan(4_100_000);
      indexes.push(...items.map(({ properties }) => properties['swath:index']));
      from = next === undefined ? undefined : Number(next);
    }
    expect(indexes).toEqual([0, 1, 2, 3]);
  });

  it('are as they are kept where the platform gives no links now', async () => {
    const w = await aTask([1]);
    const source = 'https://plat.example/jobs/1/results';
    w.remote.results = async () => ({
      kind: 'found',
      value: { outputs: [{ name: 'a.tif', href: 'https://plat.example/a.tif?signature=1', source }] },
    });
    await w.end();
    await w.collect(0);
    const href = async (links: 'working' | 'known') => (await w.items({ links })).items[0]!.assets['a.tif']!.href;
    expect([await href('known'), await href('working')]).toEqual([source, 'https://plat.example/a.tif?signature=1']);
    w.pass(61);
    w.remote.results = async () => ({ kind: 'unavailable', message: 'no route' });
    expect(await href('working')).toBe(source);
  });
});
