import { describe, expect, it } from '@jest/globals';
import { publish, replace, undeploy, withdraw } from '../../../lambdas/ogc/packages/use-cases/deploy.ts';
import { showPackage } from '../../../lambdas/ogc/packages/use-cases/show.ts';
import type { Viewer } from '../../../lambdas/ogc/packages/use-cases/visible.ts';
import { describeProcess, listProcesses } from '../../../lambdas/ogc/use-cases/processes.ts';
import { ada, alice, aPackage, dan, dora, failure, packageWorld, url, type Json } from '../../support/packages.ts';

const sent = (body: Json) => ({ body, original: { mediaType: 'application/json', text: JSON.stringify(body) } });
const world = (down?: string[]) => {
  const w = packageWorld(down);
  const ids = async (viewer: Viewer) => (await listProcesses(w.deps, viewer, { limit: 100 }, url)).items.map(({ id }) => id);
  const titleFor = async (viewer: Viewer, id = 'tile-ndvi') => (await describeProcess(w.deps, viewer, id, url)).title;
  return { ...w, ids, titleFor };
};

describe('A deployed process', () => {
  it('is listed and described for its developer, as its package says', async () => {
    const w = world();
    await w.send(aPackage());
    expect(await w.ids(dora)).toEqual(['echo', 'one:everything', 'one:ndvi', 'tile-ndvi', 'two:ndvi']);
    expect(await describeProcess(w.deps, dora, 'tile-ndvi', url)).toMatchObject({
      ...{ id: 'tile-ndvi', version: '1.2.0', processVersion: '1.2.0', title: 'NDVI of tiles', license: 'Apache-2.0', mutable: true },
      processDescriptionURL: `${url}/processes/tile-ndvi`,
      inputs: {
        scene: { title: 'Scene', minOccurs: 1, maxOccurs: 1, schema: { contentMediaType: 'image/tiff' } },
        bands: { minOccurs: 1, maxOccurs: 3, schema: { type: 'integer' } },
        scale: { minOccurs: 0, schema: { type: 'number', default: 1 } },
      },
      outputs: { ndvi: {} },
    });
  });

  it('is not there for anybody else, whatever they do with it', async () => {
    const w = world();
    await w.send(aPackage());
    for (const viewer of [alice, dan]) {
      expect(await w.ids(viewer)).not.toContain('tile-ndvi');
      const tries = [
        describeProcess(w.deps, viewer, 'tile-ndvi', url),
        showPackage(w.deps, viewer, 'tile-ndvi'),
        replace(w.deps, viewer, 'tile-ndvi', sent(aPackage())),
        undeploy(w.deps, viewer, 'tile-ndvi'),
      ];
      for (const work of tries) expect(await failure(work)).toBe('404 PROCESS_NOT_FOUND');
    }
    expect(await w.titleFor(ada)).toBe('NDVI of tiles');
  });

  it('takes an id that nothing else has', async () => {
    const w = world();
    await w.send(aPackage());
    await expect(w.send(aPackage())).rejects.toMatchObject({
      code: 'DUPLICATED_PROCESS',
      headers: { location: `${url}/processes/tile-ndvi` },
    });
    await expect(w.send(aPackage(), dan)).rejects.toMatchObject({ status: 409, headers: {} });
    expect(await failure(w.send(aPackage('echo')))).toBe('409 DUPLICATED_PROCESS');
  });

  it('is deployed once when two come at the same moment', async () => {
    const w = world();
    const tries = await Promise.allSettled([dora, dan, dora].map((viewer) => w.send(aPackage(), viewer)));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(w.revisions.size).toBe(1);
  });

  it('gives its package back byte for byte', async () => {
    const w = world();
    const text = `{ "executionUnit":\n{"href": "${url}/processes/echo"}, "processDescription":{"id":"again"} }`;
    const { deploy } = await import('../../../lambdas/ogc/packages/use-cases/deploy.ts');
    await deploy(w.deps, dora, { body: JSON.parse(text) as Json, original: { mediaType: 'application/json', text } }, undefined);
    expect((await showPackage(w.deps, dora, 'again')).original).toEqual({ mediaType: 'application/json', text });
    expect(await failure(showPackage(w.deps, dora, 'echo'))).toBe('404 PACKAGE_NOT_FOUND');
  });

  it('is the one that `w` names, or none', async () => {
    const w = world();
    expect(await failure(w.send(aPackage(), dora, 'other'))).toBe('400 WORKFLOW_NOT_FOUND');
    expect(w.rows.size).toBe(0);
    await w.send(aPackage(), dora, 'tile-ndvi');
    expect(w.rows.size).toBe(1);
  });
});

describe('A replaced process', () => {
  const again = aPackage('tile-ndvi', { title: 'Second' });

  it('is what its developer sees, and a revision of its own', async () => {
    const w = world();
    await w.send(aPackage());
    expect(await replace(w.deps, dora, 'tile-ndvi', sent(again))).toMatchObject({ revision: 2 });
    expect(await w.titleFor(dora)).toBe('Second');
    expect([...w.revisions.keys()]).toEqual(['tile-ndvi@1', 'tile-ndvi@2']);
  });

  it('keeps its id', async () => {
    const w = world();
    await w.send(aPackage());
    const at = '/processDescription/process/id';
    expect(await failure(replace(w.deps, dora, 'tile-ndvi', sent(aPackage('other'))))).toBe(`422 VALIDATION_ERROR ${at}`);
    const unnamed = { ...(aPackage()['processDescription'] as { process: Json }).process };
    delete unnamed['id'];
    await replace(w.deps, dora, 'tile-ndvi', sent({ ...aPackage(), processDescription: { process: unnamed } }));
    expect(w.rows.get('tile-ndvi')).toMatchObject({ revision: 2 });
  });

  it('is replaced only over the package that was read, where its ETag is sent', async () => {
    const w = world();
    await w.send(aPackage());
    await replace(w.deps, dora, 'tile-ndvi', sent(again), '"1"');
    expect(await failure(replace(w.deps, dora, 'tile-ndvi', sent(again), '"1"'))).toBe('412 PRECONDITION_FAILED');
    const both = await Promise.allSettled([1, 2].map(() => replace(w.deps, dora, 'tile-ndvi', sent(again), '"2"')));
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  });

  it('has a revision for each of many that come at once', async () => {
    const w = world();
    await w.send(aPackage());
    const all = await Promise.all([1, 2, 3, 4].map(() => replace(w.deps, dora, 'tile-ndvi', sent(again))));
    expect(all.map(({ revision }) => revision).toSorted()).toEqual([2, 3, 4, 5]);
  });

  it('cannot be one of a platform', async () => {
    const w = world();
    for (const id of ['echo', 'one:ndvi']) {
      expect(await failure(replace(w.deps, dora, id, sent(again)))).toBe('403 IMMUTABLE_PROCESS');
      expect(await failure(undeploy(w.deps, ada, id))).toBe('403 IMMUTABLE_PROCESS');
    }
    expect(await failure(replace(w.deps, dora, 'nothing', sent(again)))).toBe('404 PROCESS_NOT_FOUND');
  });
});

describe('A published process', () => {
  it('is there for everybody, and changed by nobody else', async () => {
    const w = world();
    await w.send(aPackage());
    expect(await publish(w.deps, ada, 'tile-ndvi')).toMatchObject({ published: { revision: 1, by: 'ada' } });
    expect(await w.ids(alice)).toContain('tile-ndvi');
    expect(await w.ids(dora)).toEqual([...new Set(await w.ids(dora))]);
    expect((await showPackage(w.deps, alice, 'tile-ndvi')).revision).toBe(1);
    expect(await failure(undeploy(w.deps, dan, 'tile-ndvi'))).toBe('403 IMMUTABLE_PROCESS');
    expect(await failure(replace(w.deps, dan, 'tile-ndvi', sent(aPackage())))).toBe('403 IMMUTABLE_PROCESS');
  });

  it('stays the revision that was published until another one is', async () => {
    const w = world();
    await w.send(aPackage());
    await publish(w.deps, ada, 'tile-ndvi', '"1"');
    await replace(w.deps, dora, 'tile-ndvi', sent(aPackage('tile-ndvi', { title: 'Second' })));
    expect([await w.titleFor(alice), await w.titleFor(dora), await w.titleFor(ada)]).toEqual(['NDVI of tiles', 'Second', 'Second']);
    expect((await listProcesses(w.deps, alice, { limit: 100 }, url)).items.find(({ id }) => id === 'tile-ndvi')?.title).toBe(
      'NDVI of tiles',
    );
    expect(await failure(publish(w.deps, ada, 'tile-ndvi', '"1"'))).toBe('412 PRECONDITION_FAILED');
    await publish(w.deps, ada, 'tile-ndvi', '"2"');
    expect(await w.titleFor(alice)).toBe('Second');
  });

  it('may be published twice, and withdrawn twice', async () => {
    const w = world();
    await w.send(aPackage());
    const first = await publish(w.deps, ada, 'tile-ndvi');
    expect(await publish(w.deps, ada, 'tile-ndvi')).toEqual(first);
    await withdraw(w.deps, ada, 'tile-ndvi');
    await withdraw(w.deps, ada, 'tile-ndvi');
    expect(await w.ids(alice)).not.toContain('tile-ndvi');
    expect(await w.ids(dora)).toContain('tile-ndvi');
    expect(await failure(publish(w.deps, ada, 'nothing'))).toBe('404 PROCESS_NOT_FOUND');
    expect(await failure(publish(w.deps, ada, 'echo'))).toBe('403 IMMUTABLE_PROCESS');
  });
});

describe('An undeployed process', () => {
  it('is gone, and its id is free again, with other numbers', async () => {
    const w = world();
    await w.send(aPackage());
    await publish(w.deps, ada, 'tile-ndvi');
    await undeploy(w.deps, dora, 'tile-ndvi');
    expect(await w.ids(dora)).not.toContain('tile-ndvi');
    expect(await failure(undeploy(w.deps, dora, 'tile-ndvi'))).toBe('404 PROCESS_NOT_FOUND');
    expect(await w.send(aPackage(), dan)).toMatchObject({ owner: 'dan', revision: 2 });
    expect(w.rows.get('tile-ndvi')).not.toHaveProperty('published');
    expect(await failure(describeProcess(w.deps, dora, 'tile-ndvi', url))).toBe('404 PROCESS_NOT_FOUND');
  });

  it('has no jobs any more', async () => {
    const w = world();
    await w.send(aPackage());
    w.state.unfinished = 3;
    await expect(undeploy(w.deps, dora, 'tile-ndvi')).rejects.toMatchObject({
      status: 409,
      code: 'PROCESS_IN_USE',
      message: /^3 jobs/ as unknown as string,
    });
    w.state.unfinished = 0;
    await undeploy(w.deps, ada, 'tile-ndvi');
    expect(w.rows.get('tile-ndvi')).toMatchObject({ state: 'undeployed' });
  });
});

describe('The list of processes', () => {
  it('is walked page by page, both ways, through platforms and packages', async () => {
    const w = world();
    for (let i = 0; i < 12; i += 1) await w.send(aPackage(`p-${String(i).padStart(2, '0')}`), i % 3 === 0 ? dan : dora);
    for (const i of [0, 3, 4]) await publish(w.deps, ada, `p-0${i}`);
    const whole = await w.ids(dora);
    expect(whole).toHaveLength(4 + 10);
    for (const limit of [1, 2, 3, 5]) {
      const page = (cursor?: string) => listProcesses(w.deps, dora, { limit, cursor }, url);
      const forwards: string[] = [];
      let at = await page();
      let last = at;
      for (; ; at = await page(at.next)) {
        forwards.push(...at.items.map(({ id }) => id));
        last = at;
        if (at.next === undefined) break;
      }
      expect(forwards).toEqual(whole);
      const backwards: string[] = [];
      for (at = last; ; at = await page(at.prev)) {
        backwards.unshift(...at.items.map(({ id }) => id));
        if (at.prev === undefined) break;
      }
      expect(backwards).toEqual(whole);
    }
  });
});
