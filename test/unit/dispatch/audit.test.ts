import { describe, expect, it } from '@jest/globals';
import { tagged, verdict } from '../../../lambdas/dispatch/rules/audit.ts';
import { strayMessage, type Job, type JobStatus } from '../../../lambdas/dispatch/model.ts';
import { releaseUnclaimed } from '../../../lambdas/dispatch/rules/lane.ts';
import { as } from '../../../lambdas/dispatch/rules/transitions.ts';
import { auditLane } from '../../../lambdas/dispatch/use-cases/audit-lane.ts';
import { cancelJob, deleteJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { submit } from '../../../lambdas/dispatch/use-cases/submit.ts';
import type { StrayJob } from '../../../lambdas/shared/events/events.ts';
import { world } from '../../support/world.ts';

const anHour = 3601;

function audited({ pageSize = 100, ...limits }: { pageSize?: number; running?: number } = {}) {
  const w = world({ platform: { limits: { burst: 100, parallel: 4, readsPerMinute: 60, ...limits } } });
  w.remote.listing(pageSize);
  const told: StrayJob[] = [];
  const audit = async (from?: string) => {
    await w.deps.lanes.want(w.laneId, 'plat');
    await auditLane({ ...w.deps, tellStray: async (stray) => void told.push(stray) }, w.laneId, from);
  };
  return { w, told, audit, ids: () => w.remote.jobs.map(({ id }) => id) };
}
type World = ReturnType<typeof audited>['w'];

/** A job of the platform that bears the tag of a job of ours. */
const leftBehind = (
  w: World,
  jobId: string,
  phase: 'created' | 'running' | 'successful' = 'created',
  deployment = 'test',
  incarnation = 1,
) =>
  w.remote.jobs.push({
    ...{ id: `left-${w.remote.jobs.length}`, tag: `[swath:${deployment}/${jobId}.${incarnation}]`, process: 'echo', phase },
    ...{ created: w.time.now, runs: phase === 'created' ? 0 : 1, inputs: {} },
  });

describe('the audit deletes what never ran and nobody can adopt', () => {
  it('a second job beside the one that ours points to', async () => {
    const { w, audit, ids } = audited();
    const { jobId } = await w.send();
    await w.serve();
    leftBehind(w, jobId);
    w.pass(anHour);
    await audit();
    expect(ids()).toEqual(['p1']);
    expect(w.noted).toMatchObject([{ platformJobId: 'left-1', jobId, deleted: true }]);
  });

  it('what an incarnation left that is over, and one of a job that was deleted', async () => {
    const { w, audit, ids } = audited();
    const [first, second] = [await w.send(), await w.send('bob')];
    w.remote.faults.start.push({ kind: 'refused' }, { kind: 'refused' });
    w.remote.faults.cancel.push({ kind: 'unavailable' }, { kind: 'unavailable' });
    await w.serve();
    expect(ids()).toEqual(['p1', 'p2']);
    await retryJob(w.deps, w.job(first.jobId));
    await deleteJob(w.deps, w.job(second.jobId));
    w.pass(anHour);
    await audit();
    expect(ids()).toEqual([]);
  });

  it('not before it is an hour old', async () => {
    const { w, audit, ids } = audited();
    const { jobId } = await w.send();
    await w.serve();
    leftBehind(w, jobId);
    w.pass(3000);
    await audit();
    expect(ids()).toEqual(['p1', 'left-1']);
  });

  it('of this deployment only (invariant 10), and never what has no tag', async () => {
    const { w, audit, ids } = audited();
    leftBehind(w, 'gone', 'created', 'other');
    leftBehind(w, 'gone', 'created', 'test2');
    w.remote.jobs.push({ ...w.remote.jobs[0]!, id: 'untagged', tag: 'my own [swath:test/x.1] analysis' });
    w.pass(anHour);
    await audit();
    expect(ids()).toHaveLength(3);
  });

  it('and that it cannot delete today it deletes tomorrow', async () => {
    const { w, audit, ids } = audited();
    leftBehind(w, 'gone');
    w.pass(anHour);
    w.remote.faults.cancel.push({ kind: 'unavailable' });
    await audit();
    expect(ids()).toHaveLength(1);
    await audit();
    expect(ids()).toEqual([]);
  });
});

describe('the audit deletes nothing that may be adopted', () => {
  /** Claim, create, commit, start refused for capacity, back: recovery and the next claim start this very job. */
  it('a job that waits in its lane for another start', async () => {
    const { w, audit, ids } = audited();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'capacity', retryAfterSeconds: 7200 });
    await w.serve();
    w.pass(anHour);
    await audit();
    expect(ids()).toEqual(['p1']);
    w.pass(anHour);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  });

  it('a job whose creation was never answered', async () => {
    const { w, audit, ids } = audited();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(anHour);
    await audit();
    expect(ids()).toEqual(['p1']);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  });

  it('a job that is adopted while its platform lists it: ours is read after the list', async () => {
    const { w, audit, ids } = audited();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(anHour);
    const list = w.remote.list!;
    w.remote.list = async (next) => {
      const page = await list(next); // still `created` in the list ...
      await submit(w.deps, w.platform, w.job(jobId)); // ... and adopted and started before the audit goes on
      return page;
    };
    await audit();
    expect(ids()).toEqual(['p1']);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('what is started between list and deletion is not stopped', async () => {
    const { w, audit } = audited();
    leftBehind(w, 'gone');
    w.pass(anHour);
    const list = w.remote.list!;
    w.remote.list = async (next) => {
      const page = await list(next);
      w.remote.jobs[0]!.phase = 'running';
      return page;
    };
    await audit();
    expect(w.remote.jobs).toMatchObject([{ phase: 'running' }]);
    expect(w.remote.calls.some((call) => call.startsWith('cancel'))).toBe(false);
  });
});

describe('what runs and is unknown', () => {
  it('is never stopped: people are told', async () => {
    const { w, audit, ids, told } = audited();
    const { jobId } = await w.send();
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    await pollLane(w.deps, w.laneId);
    leftBehind(w, jobId, 'running');
    w.pass(anHour);
    await audit();
    expect(w.reported).toEqual([
      {
        message: strayMessage,
        laneId: w.laneId,
        jobId,
        incarnation: 1,
        platformJobId: 'left-1',
        platformStatus: 'running',
        adopted: false,
      },
    ]);
    expect(ids()).toContain('left-1');
    expect(told).toMatchObject([
      { type: 'platform.job.stray', subject: w.laneId, data: { jobId, platformJobId: 'left-1', adopted: false } },
    ]);
  });

  it('is adopted by the job that waits for it, which is then not started again', async () => {
    const { w, audit } = audited();
    const { jobId } = await w.send();
    leftBehind(w, jobId, 'running');
    w.pass(anHour);
    const stale = w.job(jobId);
    await audit();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'left-0' });
    expect(await submit(w.deps, w.platform, stale)).toBe('left'); // a worker that read the job before
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
    expect(w.reported).toMatchObject([{ adopted: true }]);
  });

  it('has its place at once when it is adopted, and a poll that saw the job wait does not take it away', async () => {
    const { w, audit } = audited({ running: 1 });
    const { jobId } = await w.send();
    leftBehind(w, jobId, 'running');
    w.pass(anHour);
    const slot = `${jobId}.1`;
    await w.deps.lanes.update(w.laneId, { when: [], include: { slots: [slot] } }); // of a worker that died
    const seen = w.lane();
    await audit();
    expect(await w.deps.lanes.update(w.laneId, releaseUnclaimed([slot], seen))).toMatchObject({ ok: false });
    expect(w.lane().slots).toEqual(new Set([slot]));
  });

  it('is no alarm when it is over, or when a job of ours has it', async () => {
    const { w, audit } = audited();
    await w.send();
    await w.serve();
    leftBehind(w, 'gone', 'successful');
    w.pass(anHour);
    await audit();
    expect(w.reported).toEqual([]);
  });
});

describe('a long list', () => {
  it('is read a minute of the read budget at a time, and goes on where it ended', async () => {
    const { w, audit, ids } = audited({ pageSize: 2 });
    for (let n = 0; n < 150; n += 1) leftBehind(w, `gone-${n}`);
    w.pass(anHour);
    const cancel = w.remote.cancel.bind(w.remote);
    w.remote.cancel = async (id) => {
      w.remote.jobs.find((job) => job.id === id)!.phase = 'successful'; // keeps the pages as they are
      return cancel('nobody');
    };
    await audit();
    expect(w.remote.calls.filter((call) => call.startsWith('list'))).toHaveLength(60);
    expect(w.asked).toEqual([{ what: 'audit', id: w.laneId, at: w.time.now + 60_000, next: '120' }]);
    await audit('120');
    expect(ids()).toHaveLength(150);
    expect(w.remote.jobs.filter(({ phase }) => phase === 'created')).toEqual([]);
  });

  it('that cannot be read is reported, and changes nothing', async () => {
    const { w, audit, ids } = audited();
    leftBehind(w, 'gone');
    w.pass(anHour);
    w.remote.faults.list.push({ kind: 'unavailable' });
    await audit();
    expect(w.reported).toMatchObject([{ message: 'an audit could not read a list', reason: 'no list' }]);
    expect(ids()).toHaveLength(1);
  });
});

describe('the verdict', () => {
  const job = (status: JobStatus, more: Partial<Job> = {}) => ({ jobId: 'j', incarnation: 1, ...as(status), ...more }) as Job;
  it.each([
    ['created', undefined, 'delete'],
    ['created', job('queued'), 'leave'],
    ['created', job('submitting'), 'leave'],
    ['created', job('submitted', { platformJobId: 'p' }), 'leave'],
    ['created', job('submitted', { platformJobId: 'other' }), 'delete'],
    ['created', job('failed'), 'delete'],
    ['created', job('queued', { incarnation: 2 }), 'delete'],
    ['running', undefined, 'alarm'],
    ['running', job('running', { platformJobId: 'p' }), 'leave'],
    ['running', job('running', { platformJobId: 'other' }), 'alarm'],
    ['running', job('queued'), 'adopt'],
    ['running', job('queued', { cancelRequested: true }), 'leave'],
    ['running', job('submitting'), 'leave'],
    ['queued', job('dismissed', { platformJobId: 'p' }), 'alarm'],
    [undefined, job('failed', { platformJobId: 'p' }), 'alarm'],
    ['successful', undefined, 'leave'],
    ['failed', job('queued'), 'leave'],
    ['dismissed', job('running', { platformJobId: 'other' }), 'leave'],
  ] as const)('of one that is %s, with our job %j: %s', (phase, ours, is) => {
    expect(verdict({ platformJobId: 'p', raw: phase ?? 'new word', ...(phase ? { phase } : {}) }, 1, ours)).toBe(is);
  });

  it.each([
    ['[swath:test/a-b.12]', { jobId: 'a-b', incarnation: 12 }],
    ['[swath:test/a.b.1]', { jobId: 'a.b', incarnation: 1 }],
    ['[swath:test-2/a.1]', undefined],
    ['[swath:test/a]', undefined],
    ['[swath:test/a.1] ', undefined],
    [undefined, undefined],
  ])('reads the tag %j', (tag, read) => {
    expect(tagged(tag, 'test')).toEqual(read);
  });
});
