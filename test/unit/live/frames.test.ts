import { describe, expect, it, jest } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import type { StatusData } from '../../../lambdas/live/model.ts';
import { noteChanges } from '../../../lambdas/live/use-cases/note-changes.ts';
import { close } from '../../../lambdas/live/use-cases/close.ts';
import { sendFrame } from '../../../lambdas/live/use-cases/send-frame.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { aJob, jobsIn, liveWorld } from '../../support/live-world.ts';

const subject = 'jobs:ana';

function setting() {
  const world = liveWorld();
  const { deps, queue, got, time } = world;
  return {
    ...world,
    changed: (...jobs: Job[]) =>
      noteChanges(
        deps,
        jobs.map((after) => ({ before: undefined, after })),
      ),
    frame: () => sendFrame(deps, subject),
    /** Handles the queue until it is empty; a frame may ask for another. */
    async drain() {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        time.ms += 1000;
        await sendFrame(deps, next);
      }
    },
    seqs: (connectionId: string) => got(connectionId).map(({ seq }) => seq),
    told: (frame: Record<string, unknown> | undefined) =>
      (frame?.['data'] as StatusData).processing_jobs.map(({ id, version }) => `${id} ${version}`),
  };
}

describe('changes of jobs', () => {
  it('that nobody watches leave no trace', async () => {
    const { changed, state, queue } = setting();
    await changed(aJob());
    expect(state(subject).changes.size).toBe(0);
    expect(queue).toEqual([]);
  });

  it('of others do not concern a viewer', async () => {
    const { changed, viewer, queue } = setting();
    await viewer('c1');
    await changed(aJob({ owner: 'bo' }));
    expect(queue).toEqual([]);
  });

  it('are not kept for a viewer whose connection is over', async () => {
    const { changed, viewer, time, queue } = setting();
    await viewer('c1');
    time.ms += 3_600_000;
    await changed(aJob());
    expect(queue).toEqual([]);
  });

  it('are gathered under one mark, so that a second has one frame', async () => {
    const { changed, viewer, queue, drain, got, told } = setting();
    await viewer('c1');
    await changed(aJob({ version: 1 }));
    await changed(aJob({ version: 2, status: 'submitted' }), aJob({ jobId: 'job-2' }));
    expect(queue).toEqual([subject]);
    await drain();
    expect(got('c1')).toHaveLength(1);
    expect(got('c1')[0]).toMatchObject({ type: 'status', message: null, subject: 'jobs', seq: 2, delta: true });
    expect(told(got('c1')[0])).toEqual(['job-1 2', 'job-2 1']);
  });

  it('that come in the wrong order, or twice, never replace a later one', async () => {
    const { changed, viewer, drain, got, told } = setting();
    await viewer('c1');
    await changed(aJob({ version: 3, status: 'running' }));
    await changed(aJob({ version: 2, status: 'submitted' }));
    await changed(aJob({ version: 3, status: 'running' }));
    await drain();
    expect(told(got('c1')[0])).toEqual(['job-1 3']);
  });

  it('that only the core sees make no frame', async () => {
    const { deps, viewer, queue } = setting();
    await viewer('c1');
    const before = aJob({ status: 'submitting' });
    await noteChanges(deps, [{ before, after: { ...before, version: 2, leaseUntil: before.created, postedAt: before.created } }]);
    expect(queue).toEqual([]);
  });

  it('tell of a deleted job by its id', async () => {
    const { deps, viewer, drain, got } = setting();
    await viewer('c1');
    await noteChanges(deps, [{ before: aJob({ version: 5, status: 'failed' }), after: undefined }]);
    await drain();
    expect(got('c1')[0]).toMatchObject({ data: { processing_jobs: [], removed: [{ id: 'job-1', version: 6 }] } });
  });

  it('that nobody was told before the last viewer left are not told to whoever comes later: a status does', async () => {
    const { deps, changed, viewer, time, queue, drain, state, got, told } = setting();
    await viewer('c1');
    await changed(aJob(), aJob({ jobId: 'job-2' })); // no frame follows: its function is down
    queue.length = 0;
    time.ms += 3_600_000;
    await noteChanges(deps, [{ before: aJob(), after: undefined }]); // nobody watches
    await viewer('c2');
    await changed(aJob({ jobId: 'job-2' })); // the same version, noted once more
    await drain();
    expect(told(got('c2')[0])).toEqual(['job-2 1']);
    expect(state(subject).changes.size).toBe(0);
  });

  it('that cannot be noted are parked, and the others go on', async () => {
    const { deps, viewer, drain, got, told, parked } = setting();
    await viewer('c1');
    const subjects = {
      ...deps.subjects,
      note: (...[of, change, expires]: Parameters<typeof deps.subjects.note>) =>
        change.jobId === 'bad' ? Promise.reject(new Error('no')) : deps.subjects.note(of, change, expires),
    };
    const changes = [aJob({ jobId: 'bad' }), aJob()].map((after) => ({ before: undefined, after }));
    await noteChanges({ ...deps, subjects }, changes);
    await drain();
    expect(parked.map(({ change }) => change.after)).toMatchObject([{ jobId: 'bad' }]);
    expect(told(got('c1')[0])).toEqual(['job-1 1']);
  });

  it('whose mark was made by a function that died then have a message when they come again', async () => {
    const { deps, viewer, changed, queue } = setting();
    await viewer('c1');
    const dies = Promise.withResolvers<void>();
    const frames = { ...deps.frames, send: () => (dies.resolve(), new Promise<never>(() => undefined)) };
    void noteChanges({ ...deps, frames }, [{ before: undefined, after: aJob() }]);
    await dies.promise;
    await changed(aJob());
    expect(queue).toEqual([subject]);
  });

  it('have their message also where nobody knows whether the mark was made', async () => {
    const { deps, viewer, queue, parked } = setting();
    await viewer('c1');
    const mark = async (...what: Parameters<typeof deps.subjects.mark>) => {
      await deps.subjects.mark(...what);
      throw new Error('no answer');
    };
    await noteChanges({ ...deps, subjects: { ...deps.subjects, mark } }, [{ before: undefined, after: aJob() }]);
    expect([queue, parked]).toEqual([[subject], []]);
  });

  it('whose message cannot be sent leave no mark behind, so the next change sends one', async () => {
    const { deps, viewer, changed, queue, parked } = setting();
    await viewer('c1');
    const frames = { ...deps.frames, send: () => Promise.reject(new Error('no')) };
    await noteChanges({ ...deps, frames }, [{ before: undefined, after: aJob() }]);
    expect(parked).toHaveLength(1);
    await changed(aJob({ version: 2, status: 'running' }));
    expect(queue).toEqual([subject]);
  });

  it('have the lane of an unfinished job watched, if somebody watches the job', async () => {
    const { viewer, changed, watched } = setting();
    await changed(aJob({ laneId: 'a' }));
    expect(watched).toEqual([]);
    await viewer('c1');
    await changed(aJob({ laneId: 'a', version: 2 }), aJob({ jobId: 'over', laneId: 'b', status: 'failed' }));
    expect(watched).toEqual([['a']]);
  });

  it('send a second message when the first was lost for more than five seconds', async () => {
    const { viewer, changed, queue, time } = setting();
    await viewer('c1');
    await changed(aJob());
    queue.length = 0;
    time.ms += 5_000;
    await changed(aJob({ version: 2, status: 'submitted' }));
    expect(queue).toEqual([]);
    time.ms += 1;
    await changed(aJob({ version: 3, status: 'running' }));
    expect(queue).toEqual([subject]);
  });
});

describe('frames', () => {
  it('are the same for all viewers, and their numbers grow by one', async () => {
    const { viewer, changed, drain, got, seqs, state } = setting();
    await viewer('c1');
    await viewer('c2');
    for (let version = 1; version <= 4; version += 1) {
      await changed(aJob({ version, progress: version }));
      await drain();
    }
    expect(seqs('c1')).toEqual([2, 3, 4, 5]);
    expect(got('c2')).toEqual(got('c1'));
    expect([...state(subject).frames.keys()]).toEqual([2, 3, 4, 5]);
  });

  it('are not made by a message that comes twice', async () => {
    const { viewer, changed, frame, seqs } = setting();
    await viewer('c1');
    await changed(aJob());
    await frame();
    await frame();
    expect(seqs('c1')).toEqual([2]);
  });

  it('are a second apart, also when a message comes twice and something has changed meanwhile', async () => {
    const { viewer, changed, frame, time, queue, seqs, drain } = setting();
    await viewer('c1');
    await changed(aJob());
    await frame();
    await changed(aJob({ version: 2, status: 'running' }));
    queue.length = 0;
    time.ms += 200;
    await frame();
    expect([seqs('c1'), queue]).toEqual([[2], [subject]]);
    await drain();
    expect(seqs('c1')).toEqual([2, 3]);
  });

  it('lose no change that comes while one is made', async () => {
    const { deps, viewer, changed, drain, got, told } = setting();
    await viewer('c1');
    await changed(aJob({ version: 1 }));
    const post = deps.push.post;
    let isFirst = true;
    deps.push.post = async (...args) => {
      if (isFirst) {
        isFirst = false;
        await changed(aJob({ version: 2, status: 'running' }));
      }
      return post(...args);
    };
    await drain();
    expect(got('c1').map(told)).toEqual([['job-1 1'], ['job-1 2']]);
  });

  it('made at once by two functions have two numbers, and nothing is lost', async () => {
    const { deps, viewer, changed, drain, seqs, got, told } = setting();
    await viewer('c1');
    await changed(aJob());
    await Promise.all([sendFrame(deps, subject), sendFrame(deps, subject)]);
    await changed(aJob({ jobId: 'job-2' }));
    await drain();
    expect(seqs('c1')).toEqual(seqs('c1').map((_, i) => i + 2));
    expect(got('c1').flatMap(told)).toEqual(expect.arrayContaining(['job-1 1', 'job-2 1']));
  });

  it('go on after a function that took a number and ended there', async () => {
    const { deps, viewer, changed, drain, got, seqs, told } = setting();
    await viewer('c1');
    await changed(aJob());
    const { writeFrame } = deps.subjects;
    deps.subjects.writeFrame = () => Promise.reject(new Error('ended'));
    await expect(sendFrame(deps, subject)).rejects.toThrow('ended');
    deps.subjects.writeFrame = writeFrame;
    await drain();
    expect(seqs('c1')).toEqual([3]);
    expect(got('c1').flatMap(told)).toEqual(['job-1 1']);
  });

  it('hold at most 24 KB; what is left comes in the next', async () => {
    const { viewer, changed, queue, drain, frame, got, told } = setting();
    await viewer('c1');
    await changed(...Array.from({ length: 250 }, (_, i) => aJob({ jobId: `job-${i}`, message: 'm'.repeat(400) })));
    queue.length = 0;
    await frame();
    expect(got('c1')).toHaveLength(1);
    expect(queue).toEqual([subject]);
    await drain();
    for (const one of got('c1')) expect(Buffer.byteLength(JSON.stringify(one))).toBeLessThanOrEqual(24 * 1024);
    expect(new Set(got('c1').flatMap(told)).size).toBe(250);
  });

  it('remove a viewer that is gone, and reach the others', async () => {
    const { viewer, changed, drain, sockets, state, connections, seqs } = setting();
    await viewer('c1');
    await viewer('c2');
    sockets.delete('c1');
    await changed(aJob());
    await drain();
    expect([...state(subject).viewers.keys()]).toEqual(['c2']);
    expect([...connections.keys()]).toEqual(['c2']);
    expect(seqs('c2')).toEqual([2]);
  });

  it('keep a viewer whose connection still opens', async () => {
    const { deps, changed, drain, state, time } = setting();
    const now = time.ms / 1000;
    await deps.subjects.enter(subject, { connectionId: 'c1', connected: iso(time.ms), expires: now + 3600 }, now);
    await changed(aJob());
    await drain();
    expect([...state(subject).viewers.keys()]).toEqual(['c1']);
  });

  it('reach the others when one post fails', async () => {
    const { deps, viewer, changed, drain, seqs, reports, state } = setting();
    await viewer('c1');
    await viewer('c2');
    const post = deps.push.post;
    deps.push.post = (connectionId, text) => (connectionId === 'c1' ? Promise.reject(new Error('throttled')) : post(connectionId, text));
    await changed(aJob());
    await drain();
    expect(seqs('c2')).toEqual([2]);
    expect(reports).toEqual(['frame not delivered']);
    expect(state(subject).viewers.size).toBe(2);
  });

  it('are written for two minutes after the last viewer has left, in case they come back', async () => {
    const { deps, viewer, changed, drain, state, time } = setting();
    await viewer('c1');
    await close(deps, 'c1');
    time.ms += 119_000;
    await changed(aJob());
    await drain();
    expect([...state(subject).frames.keys()]).toEqual([2]);
    time.ms += 1_000;
    await changed(aJob({ version: 2, status: 'running' }));
    expect(state(subject).changes.size).toBe(0);
  });

  it('are full statuses for those who want nothing else, read once for all of them', async () => {
    const { deps, viewer, changed, drain, got } = setting();
    const jobs = [aJob({ version: 2, status: 'running' }), aJob({ jobId: 'job-0', status: 'successful' })];
    const page = jest.fn(jobsIn(() => jobs).page);
    deps.jobs.page = page;
    for (const id of ['c1', 'c2']) await viewer(id, 'ana', { mode: 'snapshot' });
    await viewer('c3');
    await changed(jobs[0]!);
    await drain();
    expect(page).toHaveBeenCalledTimes(1);
    expect(got('c1')).toMatchObject([
      { type: 'status', seq: 2, data: { processing_jobs: [{ id: 'job-1', version: 2 }, { id: 'job-0' }] } },
    ]);
    expect(got('c1')[0]).not.toHaveProperty('delta');
    expect(got('c2')).toEqual(got('c1'));
    expect(got('c3')).toMatchObject([{ delta: true, data: { processing_jobs: [{ id: 'job-1' }] } }]);
  });
});
