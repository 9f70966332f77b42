import { describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { copyAsset, finishCopies, planCopies } from '../../../lambdas/dispatch/use-cases/copies.ts';
import { deleteJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import type { Copied } from '../../../lambdas/dispatch/rules/copies.ts';
import type { AssetOutcome } from '../../../lambdas/platforms/ports.ts';
import { read, run, type Machine, type Run } from '../../support/asl.ts';
import { world } from '../../support/world.ts';

const machine = read<Machine>('dispatch/collect-results.asl.json');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const at = (name: string) => `https://plat.example/${name}`;

/** A file that is handed out: in two pieces, as a network does; `breaks` after the first. */
const file =
  (text: string, more: { breaks?: boolean; bytes?: number } = {}) =>
  (): AssetOutcome => ({
    kind: 'found',
    bytes: more.bytes ?? text.length,
    body: (async function* () {
      yield Buffer.from(text.slice(0, 1));
      if (more.breaks) throw new Error('ECONNRESET');
      yield Buffer.from(text.slice(1));
    })(),
  });

/** A successful job of alice whose results are to be copied: `a` and `../b c.tif`. The state machine is played, not started. */
async function aWorldToCopy(more: { maxBytes?: number; source?: string } = {}) {
  const w = world({ platform: { results: { policy: 'copy', maxBytes: more.maxBytes ?? 100 } } });
  const { jobId } = await w.send();
  await w.serve();
  const source = more.source === undefined ? {} : { source: more.source };
  w.remote.outputs = [
    { name: 'a', href: at('a'), type: 'application/json', ...source },
    { name: '../b c.tif', href: at('b'), type: 'image/tiff; application=geotiff', title: 'Image', ...source },
    { name: 'value', value: 3 },
  ];
  w.remote.files.set(at('a'), file('{}')).set(at('b'), file('pixels'));
  w.remote.end('p1', 'successful');
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  const execute = (): Promise<Run> =>
    run(
      machine,
      { jobId, incarnation: 1 },
      {
        PlanCopiesFunction: () => planCopies(w.deps, jobId, 1),
        CopyAssetFunction: (ref) => copyAsset(w.deps, ref as Parameters<typeof copyAsset>[1]),
        FinishCopiesFunction: ({ results = [], fault }) =>
          finishCopies(w.deps, {
            jobId,
            incarnation: 1,
            results: results as Copied[],
            ...(fault === undefined ? {} : { fault: String(fault) }),
          }),
      },
    );
  const folder = `users/alice/workspace/jobs/${jobId}/`;
  const collect = () => collectResults(w.deps, jobId);
  const item = () => readResults(w.deps, w.job(jobId), 'self');
  const started = () => w.asked.filter(({ what }) => what === 'copy').length;
  return { ...w, jobId, collect, execute, item, folder, started };
}

describe('copying results', () => {
  it('puts each file under a name of ours, with size and checksum, and shows the results when all are there', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    expect(w.job(w.jobId).resultsAt).toBeUndefined();
    await w.execute();
    expect([...w.files.keys()].sort()).toEqual(['Output/1.json', 'Output/2.tif', 'item.json', 'runlog'].map((name) => w.folder + name));
    const { assets, stac_extensions } = await w.item();
    expect(assets['../b c.tif']).toEqual({
      href: `https://signed.example/${w.folder}Output/2.tif`,
      type: 'image/tiff; application=geotiff',
      title: 'Image',
      roles: ['data'],
      'file:size': 6,
      'file:checksum': `1220${sha256('pixels')}`,
      'swath:source': at('b'),
    });
    expect(assets['a']!.title).toBe('a');
    expect(stac_extensions).toEqual([expect.stringContaining('/file/')]);
    expect(w.job(w.jobId)).toMatchObject({ bytesStagedOut: 8, resultsAt: expect.any(String) });
    expect(w.job(w.jobId)).not.toHaveProperty('message');
  });

  it('is asked for by a request, or forbidden by it, whatever the platform says', async () => {
    for (const [policy, wish, started] of [
      ['reference', 'copy', 1],
      ['copy', 'reference', 0],
    ] as const) {
      const w = await aWorldToCopy();
      w.platform.results = { policy };
      (await w.deps.jobs.spec(w.job(w.jobId)))!.results = wish;
      await w.collect();
      expect(w.started()).toBe(started);
    }
  });

  it('is begun once, however often the job is told to be successful, and again when its execution died', async () => {
    const w = await aWorldToCopy();
    await Promise.all([w.collect(), w.collect()]);
    await w.collect();
    expect(w.started()).toBe(1);
    w.pass(2 * 900 + 1);
    await w.collect();
    expect(w.started()).toBe(2);
    await Promise.all([w.execute(), w.execute()]);
    expect([w.job(w.jobId).bytesStagedOut, (await w.item()).assets['a']!['file:size']]).toEqual([8, 2]);
  });

  it('may be begun again at once when no execution could be started', async () => {
    const w = await aWorldToCopy();
    const { copyResults } = w.deps.wakers;
    w.deps.wakers.copyResults = () => Promise.reject(new Error('throttled'));
    await expect(w.collect()).rejects.toThrow('throttled');
    w.deps.wakers.copyResults = copyResults;
    await w.collect();
    expect(w.started()).toBe(1);
  });

  it('keeps others from beginning for as long as it shows signs of life', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    w.pass(1000);
    await copyAsset(w.deps, { jobId: w.jobId, incarnation: 1, asset: 1, tries: 1 });
    w.pass(1000);
    await w.collect();
    expect(w.started()).toBe(1);
  });

  it('leaves what is in the workspace already as it is', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    await w.execute();
    const before = new Map(w.files);
    w.remote.files.set(at('b'), file('others'));
    expect(await copyAsset(w.deps, { jobId: w.jobId, incarnation: 1, asset: 2, tries: 1 })).toMatchObject({ outcome: 'superseded' });
    await w.execute();
    expect(w.files).toEqual(before);
  });

  it.each<[string, () => AssetOutcome, string]>([
    ['is gone', () => ({ kind: 'missing' }), 'does not have it any more'],
    ['is too large', file('x'.repeat(101)), 'larger'],
    ['is larger than it says', file('x'.repeat(101), { bytes: 5 }), 'larger'],
    ['lies elsewhere', () => ({ kind: 'refused', message: 'no' }), 'host'],
    ['is never handed out', () => ({ kind: 'unavailable', message: 'no route' }), 'however often'],
    ['breaks off each time', file('pixels', { breaks: true }), 'however often'],
    ['is shorter than announced each time', file('pixels', { bytes: 7 }), 'however often'],
  ])('keeps the reference to a file that %s, and says so', async (_, broken, why) => {
    const w = await aWorldToCopy();
    w.remote.files.set(at('b'), broken);
    await w.collect();
    expect((await w.execute()).status).toBe('succeeded');
    const { assets } = await w.item();
    expect(assets['../b c.tif']).toMatchObject({ href: at('b'), 'swath:note': expect.stringContaining(why) });
    expect(assets['a']).toMatchObject({ 'file:size': 2 });
    expect(w.job(w.jobId)).toMatchObject({ bytesStagedOut: 2, message: expect.stringContaining('1 of 2 files') });
    expect(w.files.has(`${w.folder}Output/2.tif`)).toBe(false);
  });

  it('copies a file that the platform hands out at the third try', async () => {
    const w = await aWorldToCopy();
    const tries = [() => ({ kind: 'unavailable', message: 'busy' }) as const, file('pixels', { breaks: true }), file('pixels')];
    w.remote.files.set(at('b'), () => tries.shift()!());
    await w.collect();
    expect((await w.execute()).waits).toEqual([10, 40]);
    expect((await w.item()).assets['../b c.tif']).toMatchObject({ 'file:checksum': `1220${sha256('pixels')}` });
  });

  it('copies a file again when another write was there first and came to nothing', async () => {
    const w = await aWorldToCopy();
    const { store } = w.deps.workspace;
    let conflicts = 1;
    w.deps.workspace.store = async (...file) => ((conflicts -= 1) >= 0 ? { kind: 'exists' } : store(...file));
    await w.collect();
    await w.execute();
    expect(w.job(w.jobId)).toMatchObject({ bytesStagedOut: 8 });
    expect(w.job(w.jobId)).not.toHaveProperty('message');
  });

  it('asks for a new link when one has ended in the middle, and keeps none that gives access', async () => {
    const w = await aWorldToCopy({ source: at('jobs/p1/results') });
    let signature = 1;
    const signed = (name: string) => `${at(name)}?signature=${signature}`;
    w.remote.results = async () => ({
      kind: 'found',
      value: { outputs: ['a', '../b c.tif'].map((name) => ({ name, href: signed(name), source: at('jobs/p1/results') })) },
    });
    w.remote.openAsset = async (href) => (href.endsWith(`signature=${signature}`) ? file('pixels')() : { kind: 'expired', message: '403' });
    await w.collect();
    expect(JSON.stringify([...w.files])).not.toContain('signature');
    await copyAsset(w.deps, { jobId: w.jobId, incarnation: 1, asset: 1, tries: 1 });
    signature = 2;
    await w.execute();
    expect(w.job(w.jobId)).toMatchObject({ bytesStagedOut: 12 });
    expect(JSON.stringify([...w.files])).not.toContain('signature');
  });

  it('gives a file up whose new link does not work either', async () => {
    const w = await aWorldToCopy({ source: at('jobs/p1/results') });
    w.remote.openAsset = async () => ({ kind: 'expired', message: '403' });
    await w.collect();
    await w.execute();
    expect((await w.item()).assets['a']).toMatchObject({ 'swath:note': expect.stringContaining('nor does a new one') });
  });

  it('shows the results although a fault of ours ended it', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    await finishCopies(w.deps, { jobId: w.jobId, incarnation: 1, results: [], fault: 'bug' });
    expect((await w.item()).assets['a']).toMatchObject({ href: at('a'), 'swath:note': expect.any(String) });
    expect(w.reported).toHaveLength(1);
  });

  it('shows the results also where its draft cannot be removed, and tells of that', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    w.deps.workspace.remove = () => Promise.reject(new Error('SlowDown'));
    expect(await finishCopies(w.deps, { jobId: w.jobId, incarnation: 1 })).toEqual({ outcome: 'ready' });
    expect((await w.item()).assets['a']).toMatchObject({ href: at('a') });
    expect(w.reported).toHaveLength(1);
  });

  it('counts what the item says, whichever of two executions ends it', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    const results: Copied[] = [];
    for (const asset of [1, 2]) results.push(await copyAsset(w.deps, { jobId: w.jobId, incarnation: 1, asset, tries: 1 }));
    const finish = (copied: Copied[]) => finishCopies(w.deps, { jobId: w.jobId, incarnation: 1, results: copied });
    // One has read all and written nothing when the other, which copied less, ends between its item and the job.
    const { writeNew } = w.deps.workspace;
    const { update } = w.deps.jobs;
    let [reads, ends]: [() => void, () => void] = [() => undefined, () => undefined];
    const isRead = new Promise<void>((resolve) => (reads = resolve));
    const mayWrite = new Promise<void>((resolve) => (ends = resolve));
    w.deps.workspace.writeNew = async (...file) => {
      w.deps.workspace.writeNew = writeNew;
      reads();
      await mayWrite;
      return writeNew(...file);
    };
    const one = finish(results);
    await isRead;
    w.deps.jobs.update = async (ref, write) => {
      w.deps.jobs.update = update;
      ends();
      await one;
      return update(ref, write);
    };
    await finish(results.slice(1));
    const assets = Object.values((await w.item()).assets);
    expect(w.job(w.jobId).resultsAt).toBeDefined();
    expect(w.job(w.jobId).bytesStagedOut).toBe(assets.reduce((sum, asset) => sum + (asset['file:size'] ?? 0), 0));
    expect([...w.files.keys()].filter((key) => key.endsWith('draft.json'))).toEqual([]);
  });

  it('leaves nothing of a job that is deleted meanwhile', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    const { update } = w.deps.jobs;
    w.deps.jobs.update = async (ref, write) => {
      if (write.set?.['resultsAt']) await deleteJob(w.deps, w.job(w.jobId));
      return update(ref, write);
    };
    await w.execute();
    expect([...w.files.keys()]).toEqual([]);
  });

  it('ends after a day with the references', async () => {
    const w = await aWorldToCopy();
    await w.collect();
    w.pass(25 * 3600);
    await w.collect();
    expect((await w.item()).assets['a']!.href).toBe(at('a'));
    expect((await w.execute()).output).toMatchObject({ outcome: 'nothing' });
  });

  it('has nothing to do for outputs by value', async () => {
    const w = await aWorldToCopy();
    w.remote.outputs = [{ name: 'value', value: 3 }];
    await w.collect();
    expect([w.started(), w.job(w.jobId).resultsAt]).toEqual([0, expect.any(String)]);
  });
});
