import { describe, expect, it } from '@jest/globals';
import { Platform, type PlatformRecord } from '../../../lambdas/platforms/model.ts';
import type { LaneView } from '../../../lambdas/platforms/ports.ts';
import { findPlatform, healthOf } from '../../../lambdas/platforms/rules.ts';
import { keptRegistry } from '../../../lambdas/platforms/use-cases/registry.ts';
import { listPlatforms, showPlatform } from '../../../lambdas/platforms/use-cases/show.ts';
import { memoryPlatforms } from '../../support/memory-platforms.ts';

const now = Date.parse('2026-11-22T12:00:00Z');
const earlier = '2026-11-22T11:59:00.000Z';
const later = '2026-11-22T12:01:00.000Z';
const lane = (more: Partial<LaneView> = {}): LaneView => ({ running: 0, failures: 0, ...more });
const platform = (id: string, baseUrl: string) => Platform.parse({ id, kind: 'ogc-processes', title: id, baseUrl, limits: { running: 2 } });
const platforms = [platform('geo', 'http://127.0.0.1:5000'), platform('far', 'https://Far.example/ogc/')];

describe('the health of a platform', () => {
  it.each<[string, LaneView | undefined, object]>([
    ['that nothing was sent to is unknown', undefined, { status: 'unknown' }],
    ['that never answered is unknown', lane(), { status: 'unknown' }],
    ['that answered last is ok', lane({ lastSeenAt: earlier }), { status: 'ok', lastSeenAt: earlier }],
    [
      'that failed since is degraded',
      lane({ lastSeenAt: earlier, failures: 1, reason: '502' }),
      { status: 'degraded', lastSeenAt: earlier, reason: '502' },
    ],
    [
      'whose lane is closed says when it is tried again',
      lane({ failures: 5, closedUntil: later, reason: 'no connection' }),
      { status: 'closed', reason: 'no connection', nextAttemptAt: later },
    ],
    [
      'whose closing is over stays degraded until it answers',
      lane({ closedUntil: earlier, reason: '502' }),
      { status: 'degraded', reason: '502' },
    ],
  ])('%s', (_, seen, health) => expect(healthOf(seen, now)).toEqual(health));
});

describe('a platform', () => {
  it.each([
    ['geo', 'geo'],
    ['http://127.0.0.1:5000', 'geo'],
    ['http://127.0.0.1:5000/', 'geo'],
    ['https://far.example/ogc', 'far'],
    ['https://far.example/ogc/', 'far'],
  ])('is found by %s', (name, id) => expect(findPlatform(platforms, name)?.id).toBe(id));
  it.each(['', 'GEO', 'http://127.0.0.1:5000/other', 'http://127.0.0.1', 'https://far.example', 'https://far.example.evil/ogc'])(
    'is not found by %j',
    (name) => expect(findPlatform(platforms, name)).toBeUndefined(),
  );
});

describe('the platforms door', () => {
  const rows: PlatformRecord[] = platforms.map((entry) => ({
    ...{ entry, state: entry.id === 'far' ? 'paused' : 'active', source: 'seed', version: 1, changed: earlier, changedBy: 'deployment' },
  }));
  const deps = {
    registry: keptRegistry({ all: async () => rows }, { now: () => now }),
    clock: { now: () => now },
    store: memoryPlatforms().store,
    load: {
      present: async () => 0,
      lane: async ({ id }: Platform) => (id === 'geo' ? lane({ running: 2, lastSeenAt: earlier }) : undefined),
      queued: async ({ id }: Platform, most: number) => Math.min(id === 'geo' ? 5000 : 0, most),
    },
  };
  it('lists every platform with its health and its queue, counted up to a thousand', async () =>
    expect(await listPlatforms(deps, 'alice')).toMatchObject([
      { id: 'geo', state: 'active', limits: { running: 2 }, health: { status: 'ok' }, queue: { queued: 1000, running: 2 } },
      { id: 'far', state: 'paused', health: { status: 'unknown' }, queue: { queued: 0, running: 0 } },
    ]));
  it('shows one', async () => expect(await showPlatform(deps, 'far', 'alice')).toMatchObject({ id: 'far', title: 'far' }));
  it('tells of an unknown one', async () =>
    expect(showPlatform(deps, 'nowhere', 'alice')).rejects.toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      message: expect.stringContaining('/platforms'),
    }));
});
