import { describe, expect, it, jest } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import type { StatusData } from '../../../lambdas/live/model.ts';
import { answer } from '../../../lambdas/live/use-cases/answer.ts';
import { connect } from '../../../lambdas/live/use-cases/connect.ts';
import { greet } from '../../../lambdas/live/use-cases/greet.ts';
import { noteChanges } from '../../../lambdas/live/use-cases/note-changes.ts';
import { noteTasks } from '../../../lambdas/live/use-cases/note-tasks.ts';
import { sendFrame } from '../../../lambdas/live/use-cases/send-frame.ts';
import { none, type Task } from '../../../lambdas/upscaling/model.ts';
import { aJob, aTask, liveWorld } from '../../support/live-world.ts';

const subject = 'task:t1';
const aChild = (index: number, more: Partial<Job> = {}) => aJob({ jobId: `t1-${index}`, taskId: 't1', index, laneId: 'lane', ...more });
const children = (count: number, more: Partial<Job> = {}) => Array.from({ length: count }, (_, n) => aChild(n, more));

function setting(task: Partial<Task> = {}) {
  const world = liveWorld();
  const { deps, queue, got, tasks, chunks, time } = world;
  tasks.set('t1', aTask(task));
  return {
    ...world,
    watches: (connectionId: string, wishes = {}) => world.viewer(connectionId, 'ana', wishes, 3600, subject),
    /** The task is written, and its stream tells. */
    async writes(more: Partial<Task>) {
      const before = tasks.get('t1')!;
      const after = { ...before, ...more, version: before.version + 1 };
      tasks.set('t1', after);
      await noteTasks(deps, [{ before, after }]);
    },
    changed: (...jobs: Job[]) =>
      noteChanges(
        deps,
        jobs.map((after) => ({ before: undefined, after })),
      ),
    has: (chunk: number, counts: Partial<Task['counts']>, jobs: Job[]) =>
      chunks.set(`${chunk}`, {
        chunk: { taskId: 't1', chunk, counts: { ...none, ...counts }, errors: [], revision: 1, asOf: aTask().created },
        jobs,
      }),
    async drain() {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        time.ms += 1000;
        await sendFrame(deps, next);
      }
    },
    status: (connectionId: string, at = -1) => got(connectionId).at(at) as Record<string, unknown> & { data: StatusData },
  };
}

describe('a task that somebody watches', () => {
  it('has one frame a second, with its counts as they are then and the jobs that changed', async () => {
    const { watches, changed, writes, drain, queue, got, status } = setting();
    await watches('c1');
    await changed(aChild(0, { status: 'running', version: 4 }));
    await changed(aChild(0, { status: 'failed', version: 5, message: 'No data.' }), aChild(1, { status: 'running' }));
    await writes({ counts: { ...none, queued: 1, running: 1, failed: 1 } });
    expect(queue).toEqual([subject]);
    await drain();
    expect(got('c1')).toHaveLength(1);
    expect(status('c1')).toMatchObject({ type: 'status', subject, seq: 2, delta: true });
    const { upscaling_tasks, processing_jobs, more } = status('c1').data;
    expect(upscaling_tasks).toMatchObject([{ id: 't1', version: 2, counts: { queued: 1, running: 1, failed: 1 }, progress: 33 }]);
    expect(processing_jobs.map(({ id, index, phase }) => [id, index, phase])).toEqual([
      ['t1-0', 0, 'failed'],
      ['t1-1', 1, 'running'],
    ]);
    expect(more).toBeUndefined();
  });

  it('costs one item a batch and no more frames when ten thousand jobs change; what a frame does not hold is counted', async () => {
    const { deps, watches, drain, got, status, state } = setting({ total: 10_000 });
    await watches('c1');
    const gather = jest.spyOn(deps.subjects, 'gather');
    const post = jest.spyOn(deps.push, 'post');
    const jobs = children(10_000, { status: 'successful', version: 9 });
    for (let at = 0; at < jobs.length; at += 100)
      await noteChanges(
        deps,
        jobs.slice(at, at + 100).map((after) => ({ before: undefined, after })),
      );
    await drain();
    expect(gather).toHaveBeenCalledTimes(100);
    expect(post).toHaveBeenCalledTimes(1);
    expect(Buffer.byteLength(JSON.stringify(got('c1')[0]))).toBeLessThanOrEqual(24 * 1024);
    const { processing_jobs, more, truncated } = status('c1').data;
    expect([processing_jobs.length + more!, truncated]).toEqual([10_000, true]);
    expect(processing_jobs.length).toBeGreaterThan(50);
    expect(state(subject).bundles.size).toBe(0);
  });

  it('shows failed jobs before others where not all fit', async () => {
    const { watches, changed, drain, status } = setting({ total: 300 });
    await watches('c1');
    await changed(...children(300, { status: 'running' }), aChild(299, { status: 'failed', version: 2 }));
    await drain();
    expect(status('c1').data.processing_jobs[0]!.id).toBe('t1-299');
  });

  it('keeps its jobs out of the subject of all others', async () => {
    const { viewer, changed, queue } = setting();
    await viewer('c1');
    await changed(...children(3));
    expect(queue).toEqual([]);
  });

  it('has its lane watched once, however many jobs changed and however many watch', async () => {
    const { watches, changed, watched } = setting();
    for (let n = 0; n < 100; n += 1) await watches(`c${n}`);
    await changed(...children(50, { status: 'running' }));
    expect(watched).toEqual([['lane']]);
  });

  it('costs the same reads and frames for a hundred viewers as for one, but for the posts', async () => {
    const cost = async (viewers: number) => {
      const { deps, watches, changed, drain } = setting();
      for (let n = 0; n < viewers; n += 1) await watches(`c${n}`, n % 2 ? { mode: 'snapshot' } : {});
      const calls: string[] = [];
      for (const [name, port] of Object.entries({ subjects: deps.subjects, tasks: deps.tasks, lanes: deps.lanes }))
        for (const [method, act] of Object.entries(port))
          Object.assign(port, {
            [method]: (...args: never[]) => {
              calls.push(`${name}.${method}`);
              return (act as (...all: never[]) => unknown)(...args);
            },
          });
      await changed(...children(20, { status: 'running' }));
      await drain();
      return calls;
    };
    expect(await cost(100)).toEqual(await cost(2));
  });

  it('is left alone when only its state machine changed it, and when nobody watches', async () => {
    const { watches, writes, queue } = setting();
    await writes({ counts: { ...none, running: 3 } });
    expect(queue).toEqual([]);
    await watches('c1');
    await writes({ revision: 7, workNumber: 2, asOf: '2026-01-02T03:05:00.000Z' });
    expect(queue).toEqual([]);
  });

  it('that cannot be noted is parked', async () => {
    const { deps, watches, writes, changed, parked } = setting();
    await watches('c1');
    deps.subjects.gather = () => Promise.reject(new Error('throttled'));
    await writes({ paused: 'owner' });
    await changed(...children(2));
    expect(parked.map(({ reason }) => reason)).toEqual(Array.from({ length: 3 }, () => 'live: Error: throttled'));
  });
});

describe('a full status of a task', () => {
  it('has the task, and the jobs that wait no longer: those on the platform first, then failed ones', async () => {
    const { deps, watches, has, status, watched } = setting({
      total: 1200,
      counts: { ...none, queued: 600, running: 1, failed: 1, successful: 598 },
    });
    has(0, { successful: 500 }, children(500, { status: 'successful' }));
    has(1, { queued: 497, running: 1, failed: 1, successful: 1 }, [
      aChild(500),
      aChild(501, { status: 'successful' }),
      aChild(502, { status: 'failed' }),
      aChild(503, { status: 'running' }),
    ]);
    await greet(deps, await watches('c1'), 'greeting');
    expect(status('c1')).toMatchObject({ type: 'status', subject, seq: 1 });
    const { processing_jobs, more, upscaling_tasks } = status('c1').data;
    expect(processing_jobs.slice(0, 2).map(({ id }) => id)).toEqual(['t1-503', 't1-502']);
    expect(processing_jobs.length + more!).toBe(600);
    expect(upscaling_tasks).toMatchObject([{ id: 't1', total: 1200 }]);
    expect(watched).toEqual([['lane']]);
  });

  it('of one that has ended says so, and ends the subscription', async () => {
    const { deps, watches, state, status } = setting({ status: 'successful', finished: aTask().created });
    await greet(deps, await watches('c1', { seen: { [subject]: 1 } }), 'status');
    expect(status('c1')).toMatchObject({ finished: true, data: { upscaling_tasks: [{ phase: 'successful' }] } });
    expect(status('c1')).not.toHaveProperty('delta');
    expect(state(subject).viewers.size).toBe(0);
  });

  it('is what the client missed where the log has it', async () => {
    const { deps, watches, writes, drain, got } = setting();
    const connection = await watches('c1');
    await writes({ paused: 'owner' });
    await drain();
    await writes({ cancelRequested: true });
    await drain();
    const frames = got('c1').splice(0);
    await greet(deps, { ...connection, seen: { [subject]: 2 } }, 'status');
    expect(got('c1').splice(0)).toEqual(frames.slice(1));
    await greet(deps, { ...connection, seen: { [subject]: 3 } }, 'status');
    expect(got('c1')).toMatchObject([{ subject, seq: 3, delta: true, data: { upscaling_tasks: [], processing_jobs: [] } }]);
  });

  it('of somebody else, or of none, is the same: there is no such task', async () => {
    const { deps, watches, state, got, tasks } = setting({ owner: 'bo' });
    await greet(deps, await watches('c1'), 'status');
    tasks.clear();
    await greet(deps, await watches('c2'), 'status');
    expect(got('c1')).toEqual([{ type: 'error', data: null, message: 'You have no upscaling task t1.', subject }]);
    expect(got('c2')).toEqual(got('c1'));
    expect(state(subject).viewers.size).toBe(0);
  });
});

describe('the end of a task', () => {
  it('is told to every viewer, whose subscription then is over', async () => {
    const { watches, writes, drain, got, status, state, changed, time } = setting();
    await watches('c1');
    await watches('c2', { mode: 'snapshot' });
    await writes({ status: 'partial', finished: aTask().created });
    await drain();
    for (const id of ['c1', 'c2'])
      expect(status(id)).toMatchObject({ finished: true, data: { upscaling_tasks: [{ status: 'finished' }] } });
    expect(state(subject).viewers.size).toBe(0);
    await changed(aChild(0, { status: 'successful', resultsAt: aTask().created, version: 9 }));
    await drain();
    expect(got('c1')).toHaveLength(1);
    time.ms += 120_000;
    await changed(aChild(1, { status: 'successful', resultsAt: aTask().created, version: 9 }));
    expect(state(subject).bundles.size).toBe(0);
  });

  it('takes nobody along who came for the next incarnation meanwhile', async () => {
    const { deps, watches, writes, drain, state, tasks } = setting();
    await watches('c1');
    await writes({ status: 'partial', finished: aTask().created });
    const { read } = deps.tasks;
    deps.tasks.read = async (taskId) => {
      const ended = await read(taskId);
      tasks.set('t1', { ...ended!, status: 'queued', incarnation: 2, version: 9 });
      deps.tasks.read = read;
      await answer(deps, 'c1', '{"action":"subscribe","subjects":{"task:t1":1}}');
      return ended;
    };
    await drain();
    expect([...state(subject).viewers.keys()]).toEqual(['c1']);
  });

  it('comes also when it was deleted', async () => {
    const { deps, watches, drain, got, state, tasks } = setting();
    await watches('c1');
    const before = tasks.get('t1')!;
    tasks.clear();
    await noteTasks(deps, [{ before, after: { ...before, deleted: true, version: 7 } }]);
    await drain();
    expect(got('c1')).toMatchObject([{ type: 'error', subject }]);
    expect(state(subject).viewers.size).toBe(0);
  });
});

describe('subscribing to a task', () => {
  const subscribe = (subjects: object) => JSON.stringify({ action: 'subscribe', subjects });

  it('makes the connection a viewer before its status is read, beside what it watches already', async () => {
    const { deps, viewer, state, connections, asked, got } = setting({ incarnation: 3 });
    await viewer('c1');
    await answer(deps, 'c1', subscribe({ jobs: 5, 'task:t1': 0 }));
    expect(got('c1')).toEqual([]);
    expect(connections.get('c1')!.subjects).toEqual(['jobs:ana', subject]);
    expect(state(subject).viewers.get('c1')).toMatchObject({ incarnation: 3 });
    expect(asked()).toMatchObject([{ subjects: ['jobs:ana', subject], seen: { 'jobs:ana': 5, [subject]: 0 } }]);
    await answer(deps, 'c1', '{"action":"ping"}');
    expect(got('c1')).toEqual([{ type: 'pong', data: null, message: null, subjects: { jobs: 1, [subject]: 1 } }]);
  });

  it("that is somebody else's, or of nobody, is answered alike and enters nothing", async () => {
    const { deps, viewer, state, tasks, got, connections, asked } = setting({ owner: 'bo' });
    await viewer('c1');
    await answer(deps, 'c1', subscribe({ 'task:t1': 0 }));
    tasks.clear();
    await answer(deps, 'c1', subscribe({ 'task:t1': 0 }));
    const refused = { type: 'error', data: null, message: 'You have no upscaling task t1.', subject };
    expect(got('c1')).toEqual([refused, refused]);
    expect([state(subject).viewers.size, connections.get('c1')!.subjects.length, asked().length]).toEqual([0, 1, 0]);
  });

  it('to more than fifty is refused', async () => {
    const { deps, viewer, got, connections, tasks } = setting();
    await viewer('c1');
    connections.get('c1')!.subjects.push(...Array.from({ length: 49 }, (_, n) => `task:other-${n}`));
    await answer(deps, 'c1', subscribe({ 'task:t1': 0 }));
    expect(tasks.size).toBe(1);
    expect(got('c1')).toMatchObject([{ type: 'error', message: expect.stringContaining('50') }]);
  });

  it("by the address alone watches that task and no jobs; another's is refused like one that never was", async () => {
    const { deps, connections, state } = setting();
    const open = async (id: string, owner: string, task: string, more = {}) => {
      await deps.tickets.issue(id, { owner, roles: [] }, 2_000_000_000);
      return connect(deps, id, { ticket: id, task, ...more });
    };
    expect(await open('c1', 'ana', 't1', { since: '4' })).toBe('opened');
    expect(connections.get('c1')).toMatchObject({ subjects: [subject], seen: { [subject]: 4 } });
    expect([...state(subject).viewers.keys()]).toEqual(['c1']);
    expect(await open('c2', 'bo', 't1')).toBe('no task');
    for (const [n, none] of ['t2', '', 'a b', 'x'.repeat(3000)].entries()) expect(await open(`d${n}`, 'ana', none)).toBe('no task');
    expect([...connections.keys()]).toEqual(['c1']);
  });
});
