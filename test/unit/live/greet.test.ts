import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import type { StatusData } from '../../../lambdas/live/model.ts';
import { delta, liveJob } from '../../../lambdas/live/rules/frames.ts';
import { greet } from '../../../lambdas/live/use-cases/greet.ts';
import { recheckStatus } from '../../../lambdas/live/use-cases/send-status.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { aJob, jobsIn, liveWorld } from '../../support/live-world.ts';

const many = (count: number, more: Partial<Job> = {}) => Array.from({ length: count }, (_, i) => aJob({ jobId: `job-${i}`, ...more }));

function setting(jobs: Job[], pageSize?: number) {
  const world = liveWorld();
  const waits: number[] = [];
  const pause = { wait: async (ms: number) => void waits.push(ms) };
  return { ...world, waits, greeter: { ...world.deps, jobs: jobsIn(() => jobs, pageSize), pause } };
}
const dataOf = (frame: Record<string, unknown>) => frame['data'] as StatusData;

describe('a new connection', () => {
  it('gets init and then all its jobs in the words of the APEx Dispatch API', async () => {
    const { greeter, viewer, got, state } = setting([
      aJob({ status: 'successful', progress: 100, version: 7 }),
      aJob({ jobId: 'x', owner: 'bo' }),
    ]);
    state('jobs:ana').n = 3;
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
    expect(reports).toEqual(['status failed']);
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

describe('a full status is right although the index is late', () => {
  const shows = (...jobs: Job[]) => ({ jobs });
  const frameOf = (seq: number, jobs: Job[], removed: { id: string; version: number }[] = [], asOf = '2026-01-02T03:04:05.000Z') =>
    JSON.stringify({ type: 'status', seq, delta: true, data: { processing_jobs: jobs.map(liveJob), removed, asOf } });

  async function told(late: { jobs: Job[] }, frames: string[]) {
    const world = setting(late.jobs);
    const connection = await world.viewer('c1');
    frames.forEach((text, i) => world.state('jobs:ana').frames.set(2 + i, text));
    world.state('jobs:ana').n = 1 + frames.length;
    await greet(world.greeter, connection, 'status');
    return { ...world, connection, jobs: dataOf(world.got('c1')[0]!).processing_jobs.map(({ id, version }) => `${id} ${version}`) };
  }

  it('what the latest frames told counts where it is newer', async () => {
    const late = shows(aJob({ jobId: 'b', version: 3 }), aJob({ jobId: 'a', version: 9 }), aJob({ jobId: 'deleted', version: 2 }));
    const frames = [
      frameOf(2, [aJob({ jobId: 'a', version: 8 }), aJob({ jobId: 'b', version: 4 })], [{ id: 'deleted', version: 3 }]),
      frameOf(3, [aJob({ jobId: 'new', version: 1 })]),
    ];
    expect((await told(late, frames)).jobs).toEqual(['new 1', 'b 4', 'a 9']);
  });

  it('frames older than a minute are no news', async () => {
    const frames = [frameOf(2, [aJob({ jobId: 'deleted since' })], [], '2026-01-02T03:03:04.000Z')];
    expect((await told(shows(), frames)).jobs).toEqual([]);
  });

  it('frames from before the watching began are none either: what came between is not in the log', async () => {
    const world = setting([]);
    world.state('jobs:ana').n = 1;
    world.state('jobs:ana').frames.set(1, frameOf(1, [aJob({ jobId: 'deleted since' })]));
    await greet(world.greeter, await world.viewer('c1'), 'status');
    expect(dataOf(world.got('c1')[0]!).processing_jobs).toEqual([]);
  });

  async function readAgain(first: Job[], second: Job[], frames: string[] = [], watchedFor = 0) {
    const jobs = [...first];
    const { greeter, viewer, rechecks, state, time, queue } = setting(jobs);
    const connection = await viewer('c1');
    time.ms += watchedFor * 1000;
    await greet(greeter, connection, 'status');
    jobs.splice(0, jobs.length, ...second);
    frames.forEach((text, i) => state('jobs:ana').frames.set(2 + i, text));
    state('jobs:ana').n = 1 + frames.length;
    for (const recheck of rechecks) await recheckStatus(greeter, recheck);
    const noted = [...state('jobs:ana').changes.values()].map(({ jobId, version, job }) => `${job ? '' : 'no '}${jobId} ${version}`);
    return { noted, queue, rechecks };
  }

  it('it is read again when the watching has just begun, and what it had not shown goes into the next frame', async () => {
    const [old, ghost] = [aJob({ jobId: 'old', version: 2 }), aJob({ jobId: 'deleted', version: 4 })];
    const { noted, queue } = await readAgain([old, ghost], [aJob({ jobId: 'new' }), { ...old, version: 3 }]);
    expect(noted).toEqual(['new 1', 'old 3', 'no deleted 5']);
    expect(queue).toEqual(['jobs:ana']);
  });

  it('what frames told meanwhile is not told again', async () => {
    const job = aJob({ version: 2 });
    const frames = [frameOf(2, [{ ...job, version: 3 }, aJob({ jobId: 'not in the index yet' })], [{ id: 'deleted', version: 9 }])];
    const { noted, queue } = await readAgain([job, aJob({ jobId: 'deleted' })], [{ ...job, version: 3 }], frames);
    expect(noted).toEqual([]);
    expect(queue).toEqual([]);
  });

  it('it is not read again when the subject has been watched for long: then the log has all', async () => {
    expect((await readAgain([], [], [], 59)).rechecks).toHaveLength(1);
    expect((await readAgain([], [], [], 60)).rechecks).toHaveLength(0);
  });
});

describe('a client that names the last frame it has seen', () => {
  async function after(since: number, frames: number[], began = 1) {
    const world = setting([aJob()]);
    const connection = await world.viewer('c1', 'ana', { seen: { 'jobs:ana': since } });
    const state = world.state('jobs:ana');
    for (const n of frames) state.frames.set(n, JSON.stringify(delta([], n, iso(world.time.ms))));
    Object.assign(state, { began, n: 5 });
    await greet(world.greeter, connection, 'status');
    return world.got('c1').map(({ seq, delta: isDelta }) => (isDelta ? `delta ${Number(seq)}` : `full ${Number(seq)}`));
  }

  it('gets the frames after it', async () => expect(await after(3, [2, 3, 4, 5])).toEqual(['delta 4', 'delta 5']));
  it('is told when there are none', async () => expect(await after(5, [5])).toEqual(['delta 5']));
  it('gets a full status where the log does not have them all', async () => expect(await after(2, [3, 5])).toEqual(['full 5']));
  it('gets one when nobody watched in between', async () => expect(await after(2, [4, 5], 3)).toEqual(['full 5']));
  it('gets one when it names a frame that never was', async () => expect(await after(6, [4, 5])).toEqual(['full 5']));
});

describe('a client that never speaks', () => {
  it('gets its jobs in one frame of at most 24 KB, those that have ended last', async () => {
    const running = aJob({ jobId: 'running', status: 'running' });
    const { greeter, viewer, got } = setting([...many(300, { status: 'failed', message: 'm'.repeat(400) }), running]);
    await greet(greeter, await viewer('c1', 'ana', { mode: 'snapshot' }), 'greeting');
    expect(got('c1').map(({ type }) => type)).toEqual(['init', 'status']);
    const [, status] = got('c1');
    expect(Buffer.byteLength(JSON.stringify(status))).toBeLessThanOrEqual(24 * 1024);
    expect(dataOf(status!).processing_jobs[0]!.id).toBe('running');
    expect(dataOf(status!).truncated).toBe(true);
  });
});
