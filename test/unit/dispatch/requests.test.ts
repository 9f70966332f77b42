import { describe, expect, it } from '@jest/globals';
import { createJob } from '../../../lambdas/dispatch/use-cases/create-job.ts';
import { deleteJob, jobDetail, listJobs, ownedJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { followChanges, type ChangeDeps } from '../../../lambdas/dispatch/use-cases/follow-changes.ts';
import { readableKey, references, unreadable, withSigned } from '../../../lambdas/dispatch/rules/references.ts';
import type { Change } from '../../../lambdas/dispatch/rules/changes.ts';
import type { JobRequest } from '../../../lambdas/dispatch/model.ts';
import { world } from '../../support/world.ts';

const request = (more: Partial<JobRequest> = {}): JobRequest => ({
  title: 'A job',
  label: 'ogc_api_process',
  service: { endpoint: 'plat', application: 'echo' },
  parameters: {},
  format: 'json',
  ...more,
});

describe('a job request', () => {
  it('names an unregistered platform: refused before anything is called', async () => {
    const w = world();
    const sent = createJob(
      w.deps,
      'alice',
      request({ service: { endpoint: 'https://elsewhere.example', application: 'x' } }),
      async () => undefined,
    );
    await expect(sent).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/service/endpoint' }] });
    expect(w.remote.calls).toEqual([]);
  });
  it('names a process that the platform does not have', async () => {
    const w = world();
    const sent = createJob(w.deps, 'alice', request({ service: { endpoint: 'plat', application: 'nope' } }), async () => w.platform);
    await expect(sent).rejects.toMatchObject({ status: 422, errors: [{ pointer: '/service/application' }] });
  });
  it("refers to another user's file: 403, and it is never signed", async () => {
    const w = world();
    const parameters = { source: { href: 's3://bucket/users/bob/workspace/secret.tif' } };
    await expect(createJob(w.deps, 'alice', request({ parameters }), async () => w.platform)).rejects.toMatchObject({
      status: 403,
      errors: [{ pointer: '/parameters/source/href' }],
    });
  });
  it('refers to a sample: the reference is kept, and signed only in what the platform gets', async () => {
    const w = world();
    const job = await w.send('alice', 'echo', { source: 's3://bucket/samples/scene.tif' });
    await w.serve();
    expect(w.remote.jobs[0]!.inputs).toEqual({ source: 'https://signed.example/samples/scene.tif' });
    expect((await jobDetail(w.deps, w.job(job.jobId))).parameters).toEqual({ source: 's3://bucket/samples/scene.tif' });
  });
});

describe('references', () => {
  const own = 's3://bucket/users/alice/workspace/a.tif';
  it.each([
    [own, 'users/alice/workspace/a.tif'],
    ['s3://bucket/samples/a.tif', 'samples/a.tif'],
    ['s3://bucket/users/alice/workspace/../../bob/workspace/a.tif', undefined],
    ['s3://bucket/users/alice/workspace//a.tif', undefined],
    ['s3://bucket/users/alicia/workspace/a.tif', undefined],
    ['s3://bucket/builtin/x/output.json', undefined],
    ['s3://other/samples/a.tif', undefined],
    ['s3://bucket/samples/./a.tif', undefined],
  ])('%s is read as %s', (uri, key) => expect(readableKey(uri, 'bucket', 'alice')).toBe(key));
  it('are found wherever they stand, and replaced there', () => {
    const parameters = { a: [{ href: own }], 'b/c': own, n: 1, none: null };
    expect(references(parameters).map(({ pointer }) => pointer)).toEqual(['/a/0/href', '/b~1c']);
    expect(withSigned(parameters, new Map([[own, 'signed']]))).toEqual({ a: [{ href: 'signed' }], 'b/c': 'signed', n: 1, none: null });
    expect(unreadable(parameters, 'bucket', 'bob')).toHaveLength(2);
  });
});

describe("a user's jobs", () => {
  it('are hidden from everybody else', async () => {
    const w = world();
    const { jobId } = await w.send('alice');
    await expect(ownedJob(w.deps, 'bob', jobId)).rejects.toMatchObject({ status: 404, code: 'JOB_NOT_FOUND' });
    expect((await listJobs(w.deps, 'bob', { limit: 10 })).items).toEqual([]);
  });
  it('are listed by the words of the native door', async () => {
    const w = world();
    await w.send();
    await w.serve();
    await w.send();
    expect((await listJobs(w.deps, 'alice', { limit: 10, status: 'queued' })).items).toHaveLength(2);
    expect((await listJobs(w.deps, 'alice', { limit: 10, status: 'running' })).items).toHaveLength(0);
  });
  it('tell their place in the queue', async () => {
    const w = world();
    await w.send();
    const second = await w.send();
    expect((await jobDetail(w.deps, second)).queue).toMatchObject({ position: 2, basis: 'The platform has room.' });
  });
  it('are deleted when finished, cancelled first when not', async () => {
    const w = world();
    const job = await w.send();
    await w.serve();
    await expect(deleteJob(w.deps, w.job(job.jobId))).rejects.toMatchObject({ status: 409, code: 'JOB_NOT_FINISHED' });
    const queued = await w.send();
    await deleteJob(w.deps, queued);
    expect(w.job(queued.jobId)).toBeUndefined();
  });
});

describe('what follows from changes of jobs', () => {
  const follow = async (more: Partial<ChangeDeps> = {}) => {
    const w = world();
    const [a, b] = [await w.send(), await w.send()];
    const done: string[] = [];
    const deps: ChangeDeps = {
      lanes: w.deps.lanes,
      wakers: w.deps.wakers,
      clock: w.deps.clock,
      history: { record: async ({ jobId }) => void done.push(`history ${jobId}`) },
      recount: async () => undefined,
      publish: async () => [],
      park: async (change, reason) => void done.push(`parked ${change.after?.jobId} ${reason}`),
      ...more,
    };
    const changes: Change[] = [a, b].map((after) => ({ before: undefined, after }));
    await followChanges(deps, changes);
    return { w, done, a, b };
  };
  it('wakes a lane once a batch, not once a job', async () => {
    const { w } = await follow();
    expect(w.asked.filter(({ what }) => what === 'start')).toHaveLength(1);
  });
  it('parks a record that fails and goes on with the others', async () => {
    const { done, a, b } = await follow({
      history: {
        record: async (job) => {
          if (job.jobId.endsWith('1')) throw new Error('throttled');
        },
      },
    });
    expect(done).toEqual([`parked ${a.jobId} history: Error: throttled`]);
    expect(b.jobId).not.toBe(a.jobId);
  });
  it('parks events that the bus refuses', async () => {
    const { done, a } = await follow({ publish: async (changes) => [changes[0]!] });
    expect(done).toContain(`parked ${a.jobId} events: refused by the bus`);
  });
  it('does without a wake-up that fails: the lane is due, and the tick serves it', async () => {
    const failing = {
      startRunner: () => Promise.reject(new Error('throttled')),
      later: async () => undefined,
      collect: async () => undefined,
      audit: async () => undefined,
      news: async () => undefined,
      callSync: async () => undefined,
      copyResults: async () => undefined,
    };
    const { w } = await follow({ wakers: failing });
    expect(await w.deps.lanes.due()).toEqual([w.laneId]);
  });
});
