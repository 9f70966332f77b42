import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import type { StatusData } from '../../../lambdas/live/model.ts';
import { greet } from '../../../lambdas/live/use-cases/greet.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { aJob, liveWorld } from './memory.ts';

const jobsOf = (jobs: Job[], pageSize = 1000) => ({
  page: async (owner: string, limit: number, cursor = '0') => {
    const from = Number(cursor);
    const to = from + Math.min(limit, pageSize);
    const owned = jobs.filter((job) => job.owner === owner);
    return { items: owned.slice(from, to), ...(to < owned.length ? { cursor: String(to) } : {}) };
  },
});
const many = (count: number, more: Partial<Job> = {}) => Array.from({ length: count }, (_, i) => aJob({ jobId: `job-${i}`, ...more }));

function setting(jobs: Job[], pageSize?: number) {
  const world = liveWorld();
  const waits: number[] = [];
  const pause = { wait: async (ms: number) => void waits.push(ms) };
  return { ...world, waits, greeter: { ...world.deps, jobs: jobsOf(jobs, pageSize), pause } };
}
const dataOf = (frame: Record<string, unknown>) => frame['data'] as StatusData;

describe('a new connection', () => {
  it('gets init and then all its jobs in the words of the APEx Dispatch API', async () => {
    const { greeter, viewer, got, state } = setting([
      aJob({ status: 'successful', progress: 100, version: 7 }),
      aJob({ jobId: 'x', owner: 'bo' }),
    ]);
    state('jobs:ana').n = 4;
    await greet(greeter, await viewer('c1'), 'greeting');
    expect(got('c1')).toEqual([
      { type: 'init', data: null, message: 'Starting status stream', seq: 0 },
      {
        type: 'status',
        data: {
          upscaling_tasks: [],
          processing_jobs: [
            {
              id: 'job-1',
              title: 'NDVI of Olinda',
              label: 'ogc_api_process',
              status: 'finished',
              phase: 'successful',
              progress: 100,
              updated: '2026-01-02T03:04:05.000Z',
              version: 7,
            },
          ],
          asOf: '2026-01-02T03:04:05.000Z',
        },
        message: null,
        subject: 'jobs',
        seq: 4,
      },
    ]);
  });

  it('gets an empty status when it has no jobs', async () => {
    const { greeter, viewer, got } = setting([]);
    await greet(greeter, await viewer('c1'), 'greeting');
    expect(got('c1').map(({ type }) => type)).toEqual(['init', 'status']);
    expect(dataOf(got('c1')[1]!).processing_jobs).toEqual([]);
  });

  it('is tried again while the gateway still opens it', async () => {
    const { greeter, viewer, sockets, waits, got } = setting([]);
    const connection = { ...(await viewer('c1')), connected: iso(greeter.clock.now()) };
    sockets.delete('c1');
    const pause = {
      wait: async (ms: number) => {
        if (waits.push(ms) === 3) sockets.set('c1', []);
      },
    };
    await greet({ ...greeter, pause }, connection, 'greeting');
    expect(waits).toHaveLength(3);
    expect(got('c1').map(({ type }) => type)).toEqual(['init', 'status']);
  });

  it('is forgotten when it never opens', async () => {
    const { greeter, viewer, sockets, connections, state } = setting([]);
    const connection = { ...(await viewer('c1')), connected: iso(greeter.clock.now()) };
    sockets.delete('c1');
    await greet(greeter, connection, 'greeting');
    expect(connections.size).toBe(0);
    expect(state('jobs:ana').viewers.size).toBe(0);
  });

  it('hears that its status could not be read, and stays open', async () => {
    const { greeter, viewer, got, connections, reports } = setting([]);
    const jobs = { page: () => Promise.reject(new Error('secret detail')) };
    await greet({ ...greeter, jobs }, await viewer('c1'), 'greeting');
    expect(got('c1').map(({ type }) => type)).toEqual(['init', 'error']);
    expect(JSON.stringify(got('c1'))).not.toContain('secret detail');
    expect(connections.size).toBe(1);
    expect(reports).toEqual(['full status failed']);
  });
});

describe('a full status', () => {
  it('has every job once, in frames of at most 24 KB that name the next', async () => {
    const jobs = many(300, { message: 'é"\n'.repeat(100), title: 'x'.repeat(1000) });
    const { greeter, viewer, got } = setting(jobs, 70);
    await greet(greeter, await viewer('c1'), 'status');
    const frames = got('c1');
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) expect(Buffer.byteLength(JSON.stringify(frame))).toBeLessThanOrEqual(24 * 1024);
    expect(frames.flatMap((frame) => dataOf(frame).processing_jobs.map(({ id }) => id))).toEqual(jobs.map(({ jobId }) => jobId));
    expect(frames.map(({ page, next }) => [page, next])).toEqual(frames.map((_, i) => [i + 1, i + 1 < frames.length ? i + 2 : undefined]));
  });

  it.each([
    [1000, undefined],
    [1001, true],
  ])('of %i jobs holds the newest 1000, and says when there are more', async (count, truncated) => {
    const { greeter, viewer, got } = setting(many(count));
    await greet(greeter, await viewer('c1'), 'status');
    expect(got('c1').flatMap((frame) => dataOf(frame).processing_jobs)).toHaveLength(1000);
    expect(dataOf(got('c1')[0]!).truncated).toBe(truncated);
  });

  it('has the lanes of its unfinished jobs watched, each once; that this fails takes nothing from it', async () => {
    const jobs = [aJob({ laneId: 'a' }), aJob({ laneId: 'a', status: 'running' }), aJob({ laneId: 'b', status: 'failed' })];
    const { greeter, viewer, watched, got } = setting(jobs);
    await greet(greeter, await viewer('c1'), 'greeting');
    expect(watched).toEqual([['a']]);
    await greet({ ...greeter, lanes: { watch: () => Promise.reject(new Error('throttled')) } }, await viewer('c2'), 'greeting');
    expect(got('c2').map(({ type }) => type)).toEqual(['init', 'status']);
  });
});
