import { describe, expect, it } from '@jest/globals';
import { Platform, PlatformBody, type PlatformRecord } from '../../../lambdas/platforms/model.ts';
import { baseUrlFault } from '../../../lambdas/platforms/rules/base-url.ts';
import { listChanges, put, registration, remove, setState, type AdministerDeps } from '../../../lambdas/platforms/use-cases/administer.ts';
import { keptRegistry } from '../../../lambdas/platforms/use-cases/registry.ts';
import { seedPlatforms } from '../../../lambdas/platforms/use-cases/seed.ts';
import { listPlatforms, showPlatform } from '../../../lambdas/platforms/use-cases/show.ts';
import { memoryPlatforms } from '../../support/memory-platforms.ts';

const ada = { by: 'ada' };
const body = (more: object = {}) =>
  PlatformBody.parse({ kind: 'ogc-processes', title: 'Geo', baseUrl: 'https://geo.example/ogc', ...more });

function office() {
  const { store, rows } = memoryPlatforms();
  const time = { now: Date.parse('2026-11-25T12:00:00Z') };
  const jobs = { queued: 0, present: 0 };
  const woken: string[] = [];
  const asked: string[] = [];
  const answers = { discover: { ok: true } as Awaited<ReturnType<AdministerDeps['discover']>> };
  const deps: AdministerDeps = {
    ...{ store, internal: false, clock: { now: () => time.now } },
    load: { queued: async () => jobs.queued, present: async () => jobs.present },
    discover: async ({ baseUrl }) => (asked.push(baseUrl), answers.discover),
    wake: async (id) => void woken.push(id),
  };
  const view = {
    ...{ store, clock: deps.clock, registry: keptRegistry(store, { now: () => (time.now += 10_000) }) },
    load: { ...deps.load, lane: async () => undefined },
  };
  return { deps, store, rows, jobs, woken, asked, answers, view };
}
const etag = (record: PlatformRecord) => `"${record.version}"`;

describe('an administrator', () => {
  it('adds a platform, which is asked who it is and then listed', async () => {
    const o = office();
    const added = await put(o.deps, 'geo', body(), false, ada);
    expect(added).toMatchObject({
      entry: { id: 'geo', limits: { parallel: 4 } },
      state: 'active',
      source: 'api',
      version: 1,
      changedBy: 'ada',
    });
    expect(o.asked).toEqual(['https://geo.example/ogc']);
    expect(await listPlatforms(o.view, 'alice')).toMatchObject([{ id: 'geo', state: 'active', queue: { queued: 0 } }]);
    expect(await registration(o.deps, 'geo')).toEqual(added);
  });

  it('replaces an entry, which keeps its state and is hers from then on', async () => {
    const o = office();
    await seedPlatforms(o.deps, [Platform.parse({ ...body(), id: 'geo' })]);
    await setState(o.deps, 'geo', 'paused', ada);
    expect(o.rows.get('geo')).toMatchObject({ source: 'seed', state: 'paused' });
    await put(o.deps, 'geo', body({ title: 'New' }), false, ada);
    expect(await seedPlatforms(o.deps, [Platform.parse({ ...body(), id: 'geo' })])).toEqual([]);
    expect(o.rows.get('geo')).toMatchObject({ entry: { title: 'New' }, state: 'paused', source: 'api', version: 3 });
  });

  it('tries an entry out: everything is checked, nothing is stored', async () => {
    const o = office();
    expect(await put(o.deps, 'geo', body(), true, ada)).toMatchObject({ version: 1, state: 'active' });
    expect(o.rows.size).toBe(0);
    expect(o.asked).toHaveLength(1);
    o.answers.discover = { ok: false, message: 'https://geo.example/ogc does not answer as an OGC API - Processes server: 404' };
    const refused = { status: 422, code: 'PLATFORM_UNSUITABLE', message: expect.stringContaining('404') };
    await expect(put(o.deps, 'geo', body(), true, ada)).rejects.toMatchObject(refused);
    await expect(put(o.deps, 'geo', body(), false, ada)).rejects.toMatchObject(refused);
    expect(o.rows.size).toBe(0);
  });

  it('is told every fault at once, before anything is called', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    const twice = put(o.deps, 'again', body({ id: 'other', baseUrl: 'https://GEO.example/ogc/' }), false, ada);
    await expect(twice).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/id' }, { pointer: '/baseUrl', message: 'This is the base URL of geo.' }],
    });
    expect(o.asked).toHaveLength(1);
  });

  it('may let an OGC server be logged in to by OpenID Connect, and the built-in platform by nobody', async () => {
    const o = office();
    const oidc = { method: 'oidc', tokenUrl: 'https://id.example/token' } as const;
    expect(await put(o.deps, 'geo', body({ auth: oidc }), false, ada)).toMatchObject({ entry: { auth: oidc } });
    const wrong = { status: 422, errors: [{ pointer: '/auth' }] };
    await expect(put(o.deps, 'geo', body({ auth: { method: 'basic' } }), false, ada)).rejects.toMatchObject(wrong);
    await expect(
      put(o.deps, 'own', body({ kind: 'builtin', baseUrl: 'https://own.invalid', auth: oidc }), false, ada),
    ).rejects.toMatchObject(wrong);
  });

  it('may not call an account hers alone where jobs run as their users', async () => {
    const o = office();
    const auth = { method: 'user', issuer: 'https://id.example', clientId: 'swath', provider: 'id' } as const;
    await expect(put(o.deps, 'geo', body({ auth, exclusive: true }), false, ada)).rejects.toMatchObject({
      status: 422,
      errors: [{ pointer: '/exclusive' }],
    });
    expect(await put(o.deps, 'geo', body({ auth, exclusive: false }), false, ada)).toMatchObject({ entry: { auth, exclusive: false } });
  });

  it('changes only the version that was read, if she says which', async () => {
    const o = office();
    const first = await put(o.deps, 'geo', body(), false, ada);
    const second = await put(o.deps, 'geo', body({ title: 'Second' }), false, { ...ada, ifMatch: etag(first) });
    for (const ifMatch of [etag(first), '"7"', 'W/"2"']) {
      const stale = { status: 412, code: 'PRECONDITION_FAILED', headers: { etag: etag(second) } };
      await expect(put(o.deps, 'geo', body(), false, { ...ada, ifMatch })).rejects.toMatchObject(stale);
      await expect(put(o.deps, 'geo', body(), true, { ...ada, ifMatch })).rejects.toMatchObject(stale);
      await expect(setState(o.deps, 'geo', 'paused', { ...ada, ifMatch })).rejects.toMatchObject(stale);
      await expect(remove(o.deps, 'geo', false, { ...ada, ifMatch })).rejects.toMatchObject(stale);
    }
    expect(await setState(o.deps, 'geo', 'paused', { ...ada, ifMatch: `"9", ${etag(second)}` })).toMatchObject({ version: 3 });
    expect(await setState(o.deps, 'geo', 'active', { ...ada, ifMatch: '*' })).toMatchObject({ version: 4 });
    await expect(put(o.deps, 'new', body({ baseUrl: 'https://new.example' }), false, { ...ada, ifMatch: '*' })).rejects.toMatchObject({
      status: 412,
    });
  });

  it('of two that change the same version, the second is told', async () => {
    const o = office();
    const first = await put(o.deps, 'geo', body(), false, ada);
    const both = ['ada', 'eve'].map((by) => put(o.deps, 'geo', body({ title: by }), false, { by, ifMatch: etag(first) }));
    const ends = await Promise.allSettled(both);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const without = ['ada', 'eve'].map((by) => setState(o.deps, 'geo', by === 'ada' ? 'paused' : 'draining', { by }));
    await Promise.all(without);
    expect(o.rows.get('geo')!.version).toBe(4);
  });

  it('pauses, drains and resumes; what it is already is no change, and going on wakes the lane', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    expect(await setState(o.deps, 'geo', 'paused', ada)).toMatchObject({ state: 'paused', version: 2 });
    expect(await setState(o.deps, 'geo', 'paused', ada)).toMatchObject({ version: 2 });
    expect(await setState(o.deps, 'geo', 'draining', ada)).toMatchObject({ state: 'draining', version: 3 });
    expect(o.woken).toEqual([]);
    expect(await setState(o.deps, 'geo', 'active', ada)).toMatchObject({ state: 'active', version: 4 });
    expect(o.woken).toEqual(['geo']);
    await expect(setState(o.deps, 'nowhere', 'paused', ada)).rejects.toMatchObject({ status: 404 });
  });

  it('removes a platform without jobs; it is gone, and may come again', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    expect(await remove(o.deps, 'geo', false, ada)).toMatchObject({ state: 'removed', version: 2 });
    expect(await listPlatforms(o.view, 'alice')).toEqual([]);
    for (const gone of [registration(o.deps, 'geo'), showPlatform(o.view, 'geo', 'alice'), remove(o.deps, 'geo', true, ada)])
      await expect(gone).rejects.toMatchObject({ status: 404 });
    expect(await put(o.deps, 'geo', body(), false, ada)).toMatchObject({ state: 'active', version: 3 });
  });

  it('is refused the removal of a platform with jobs, with their number, unless it is to drain first', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    Object.assign(o.jobs, { queued: 3, present: 2 });
    const refused = { status: 409, code: 'PLATFORM_IN_USE', message: expect.stringContaining('3 jobs wait for it, 2 are on it') };
    await expect(remove(o.deps, 'geo', false, ada)).rejects.toMatchObject(refused);
    expect(await remove(o.deps, 'geo', true, ada)).toMatchObject({ state: 'removing', version: 2 });
    expect(await remove(o.deps, 'geo', true, ada)).toMatchObject({ version: 2 });
    expect(await listPlatforms(o.view, 'alice')).toMatchObject([{ state: 'removing', queue: { queued: 3 } }]);
    Object.assign(o.jobs, { queued: 0, present: 1 });
    expect(await showPlatform(o.view, 'geo', 'alice')).toMatchObject({ state: 'removing' });
    Object.assign(o.jobs, { present: 0 });
    expect(await listPlatforms(o.view, 'alice')).toEqual([]);
    expect(o.rows.get('geo')).toMatchObject({ state: 'removed', version: 3, changedBy: 'deployment' });
  });

  it('may change anything but kind and base URL of a platform with jobs: they would be looked for elsewhere', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    o.jobs.present = 1;
    expect(await put(o.deps, 'geo', body({ limits: { running: 9 } }), false, ada)).toMatchObject({ version: 2 });
    for (const change of [{ baseUrl: 'https://new.example' }, { kind: 'openeo' }])
      await expect(put(o.deps, 'geo', body(change), false, ada)).rejects.toMatchObject({ status: 409, code: 'PLATFORM_IN_USE' });
  });

  it('sees who changed what, newest first, in pages, also of what was removed', async () => {
    const o = office();
    await put(o.deps, 'geo', body(), false, ada);
    await put(o.deps, 'geo', body({ limits: { running: 9 } }), false, { by: 'eve' });
    await setState(o.deps, 'geo', 'paused', ada);
    await remove(o.deps, 'geo', false, ada);
    const page = await listChanges(o.deps, 'geo', 3, undefined);
    expect(page.items).toMatchObject([
      { action: 'removed', by: 'ada', version: 4 },
      { action: 'paused', by: 'ada', version: 3, differences: [{ field: 'state', before: 'active', after: 'paused' }] },
      { action: 'replaced', by: 'eve', version: 2, differences: [{ field: 'limits.running', after: 9 }], time: '2026-11-25T12:00:00.000Z' },
    ]);
    const rest = await listChanges(o.deps, 'geo', 3, page.cursor);
    expect(rest.items).toMatchObject([{ action: 'added', version: 1 }]);
    expect(rest.items[0]!.differences).toContainEqual({ field: 'baseUrl', after: 'https://geo.example/ogc' });
    expect(rest).not.toHaveProperty('cursor');
    await expect(listChanges(o.deps, 'nowhere', 3, undefined)).rejects.toMatchObject({ status: 404 });
  });
});

describe('the base URL of a platform', () => {
  it.each(['https://openeo.example.org', 'https://openeo.example.org:8443/openeo/1.2/', 'https://8.8.8.8/ogc', 'https://[2606:4700::1]'])(
    'may be %s',
    (url) => expect(baseUrlFault(url, false)).toBeUndefined(),
  );
  it.each([
    ['http://openeo.example.org', 'https://'],
    ['ftp://openeo.example.org', 'https://'],
    ['https://me:secret@openeo.example.org', 'password'],
    ['https://me@openeo.example.org', 'user name'],
    ['https://openeo.example.org/?key=1', 'query'],
    ['https://openeo.example.org/#x', 'fragment'],
    ...['localhost', '127.0.0.1', '2130706433', '0x7f.1', '127.1', '10.0.0.1', '172.20.1.1', '192.168.1.1', '169.254.169.254'].map(
      (host) => [`https://${host}`, 'public'],
    ),
    ...['100.64.0.1', '0.0.0.0', '255.255.255.255', 'intranet', 'api.internal', 'printer.local', 'x.localhost.'].map((host) => [
      `https://${host}/`,
      'public',
    ]),
    ...['[::1]', '[::]', '[fd00::1]', '[fe80::1]', '[::ffff:10.0.0.1]', '[64:ff9b::a00:1]', '[2002:a00:1::]'].map((host) => [
      `https://${host}/`,
      'public',
    ]),
  ])('may not be %s', (url, why) => expect(baseUrlFault(url!, false)).toContain(why));
  it('may be internal and plain HTTP where the environment allows it, but hold no password even there', () => {
    expect(baseUrlFault('http://127.0.0.1:5000', true)).toBeUndefined();
    expect(baseUrlFault('http://me:secret@127.0.0.1:5000', true)).toContain('password');
  });
});
