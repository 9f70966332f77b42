import { describe, expect, it } from '@jest/globals';
import type { JobRequest } from '../../../lambdas/dispatch/model.ts';
import { createJobOnce } from '../../../lambdas/dispatch/use-cases/create-once.ts';
import { deleteJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { asked } from '../../../lambdas/shared/http/idempotency.ts';
import { world } from '../../support/world.ts';

const request = (more: Partial<JobRequest> = {}): JobRequest => ({
  title: 'A job',
  label: 'ogc_api_process',
  service: { endpoint: 'plat', application: 'echo' },
  parameters: {},
  format: 'json',
  ...more,
});
const week = 7 * 24 * 3600;

function aWorld() {
  const w = world();
  const send = (key: string | undefined, body = request(), owner = 'alice') =>
    createJobOnce(w.deps, owner, body, async () => w.platform, asked(key, 'POST', '/unit_jobs', body));
  const created = () => w.changes.filter(({ before }) => before === undefined).length;
  return { w, send, created };
}

describe('a request with an Idempotency-Key', () => {
  it('is answered, when it comes again, with the job that it made, as it is now', async () => {
    const { w, send, created } = aWorld();
    const first = await send('k');
    expect(first).toMatchObject({ replayed: false, job: { status: 'queued' } });
    await w.deps.lanes.want(w.laneId, 'plat');
    await w.serve();
    const again = await send('k');
    expect(again).toMatchObject({ replayed: true, job: { jobId: first.job.jobId, status: 'submitted', platformJobId: 'p1' } });
    expect(created()).toBe(1);
  });

  it('asks no platform when it comes again: the process may be gone, the platform down', async () => {
    const { w, send } = aWorld();
    const { job } = await send('k');
    w.remote.processes = [];
    expect((await send('k')).job.jobId).toBe(job.jobId);
  });

  it('with another body is refused, and makes nothing', async () => {
    const { send, created } = aWorld();
    await send('k');
    await expect(send('k', request({ title: 'Another' }))).rejects.toMatchObject({ status: 422, code: 'IDEMPOTENCY_KEY_REUSED' });
    expect(created()).toBe(1);
  });

  it('that was refused may be corrected under the same key', async () => {
    const { send } = aWorld();
    const wrong = request({ service: { endpoint: 'plat', application: 'nope' } });
    await expect(send('k', wrong)).rejects.toMatchObject({ code: 'VALIDATION_ERROR' });
    expect(await send('k')).toMatchObject({ replayed: false });
  });

  it('makes one job of many that come at the same moment', async () => {
    const { send, created, w } = aWorld();
    const all = await Promise.all(Array.from({ length: 6 }, () => send('k')));
    expect(created()).toBe(1);
    expect(new Set(all.map(({ job }) => job.jobId)).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await w.deps.jobs.queued(w.laneId, 'alice', 10)).toHaveLength(1);
  });

  it('of which two with different bodies come at the same moment makes one job and refuses the other', async () => {
    const { send, created } = aWorld();
    const all = await Promise.allSettled([send('k'), send('k', request({ title: 'Another' }))]);
    expect(created()).toBe(1);
    expect(all.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    for (const one of all) if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });

  it('leaves nothing in the workspace of what another request was faster with', async () => {
    const { w, send } = aWorld();
    const large = (jobId: string) => `users/alice/workspace/jobs/${jobId}/parameters.json`;
    const create = w.deps.jobs.create;
    w.deps.jobs.create = async (job, ...rest) => {
      w.files.set(large(job.jobId), '{}');
      return create(job, ...rest);
    };
    const [{ job }] = await Promise.all([send('k'), send('k'), send('k')]);
    expect([...w.files.keys()]).toEqual([large(job.jobId)]);
  });

  it('takes its own write for its own when the answer to it was lost and the SDK wrote again', async () => {
    const { w, send } = aWorld();
    const create = w.deps.jobs.create;
    w.deps.jobs.create = async (...job) => {
      await create(...job);
      return create(...job);
    };
    expect(await send('k')).toMatchObject({ replayed: false, job: { status: 'queued' } });
  });

  it('is another one for another user', async () => {
    const { send, created } = aWorld();
    const [mine, theirs] = [await send('k'), await send('k', request(), 'bob')];
    expect(theirs).toMatchObject({ replayed: false, job: { owner: 'bob' } });
    expect(theirs.job.jobId).not.toBe(mine.job.jobId);
    expect(created()).toBe(2);
  });

  it('counts for seven days, also while the table still has its record', async () => {
    const { w, send } = aWorld();
    const { job } = await send('k');
    w.pass(week - 1);
    expect(await send('k')).toMatchObject({ replayed: true, job: { jobId: job.jobId } });
    w.pass(1);
    const later = await send('k');
    expect(later.replayed).toBe(false);
    expect(await send('k')).toMatchObject({ replayed: true, job: { jobId: later.job.jobId } });
  });

  it('says so when its job was deleted since', async () => {
    const { w, send } = aWorld();
    const { job } = await send('k');
    await deleteJob(w.deps, job);
    await expect(send('k')).rejects.toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
  });
});

it('requests without a key make a job each', async () => {
  const { send, created } = aWorld();
  await Promise.all([send(undefined), send(undefined)]);
  expect(created()).toBe(2);
});
