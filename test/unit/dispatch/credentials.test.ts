import { describe, expect, it } from '@jest/globals';
import { awaitAnswer } from '../../../lambdas/dispatch/use-cases/await-answer.ts';
import { callSync } from '../../../lambdas/dispatch/use-cases/call-sync.ts';
import { childrenOf } from '../../../lambdas/dispatch/use-cases/children.ts';
import { awaitSubmission } from '../../../lambdas/dispatch/use-cases/create-job.ts';
import { followChanges, type ChangeDeps } from '../../../lambdas/dispatch/use-cases/follow-changes.ts';
import { followCredential } from '../../../lambdas/dispatch/use-cases/follow-credential.ts';
import { cancelJob, jobDetail, jobsStatus, listJobs } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { wakeOrFree } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { holdLane } from '../../../lambdas/dispatch/rules/lane.ts';
import type { RegisteredPlatform } from '../../../lambdas/platforms/model.ts';
import { memoryLanes } from '../../support/memory-stores.ts';
import { world } from '../../support/world.ts';

const auth = { method: 'user', issuer: 'https://id.example', clientId: 'swath', scope: 'openid' } as const;
const broken = 'Your credential there was revoked. PUT /platforms/plat/credential.';

/** A platform whose jobs run as their users. */
const own = (options: Parameters<typeof world>[0] = {}) => {
  const w = world({ ...options, platform: { kind: 'openeo', auth, ...options.platform } });
  const send = (owner = 'alice', how: 'async' | 'sync' = 'async') => w.send(owner, 'echo', {}, {}, how, 'openeo');
  return {
    ...w,
    send,
    /** The platform says of the next call that the credential does not work, and so does its table. */
    breaks(call: 'create' | 'start' | 'execute' = 'create') {
      w.remote.faults[call].push({ kind: 'unauthorized', message: broken });
      w.faults.credential = broken;
    },
    detail: (jobId: string) => jobDetail(w.deps, w.job(jobId)),
  };
};
const held = { status: 'queued', held: 'credential', message: broken };

describe('A lane of a user', () => {
  it("is hers alone: another's jobs are in another, with limits of their own", async () => {
    const w = own();
    const [hers, his] = [await w.send('alice'), await w.send('bob')];
    expect([hers.laneId, his.laneId]).toEqual(['plat~alice', 'plat~bob']);
    await w.serve();
    expect([w.job(hers.jobId).status, w.job(his.jobId).status]).toEqual(['submitted', 'queued']);
  });

  it('is held with all that waits in it when her credential breaks; nothing fails, and what runs stays as it is', async () => {
    const w = own();
    const running = await w.send();
    await w.serve();
    w.remote.jobs[0]!.phase = 'running';
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    const [first, second] = [await w.send(), await w.send()];
    w.breaks();
    w.breaks(); // both are under way at once
    w.pass(10);
    await w.serve();
    for (const job of [first, second]) expect(await w.detail(job.jobId)).toMatchObject({ ...held, queue: { reason: broken } });
    expect(w.job(first.jobId)).toMatchObject({ held: 'credential' });
    expect(w.job(first.jobId)).not.toHaveProperty('postedAt'); // nothing was sent
    w.remote.faults.status.push({ kind: 'lost-before' });
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(await w.detail(running.jobId)).toMatchObject({ status: 'running' });
    expect((await w.detail(running.jobId)).held).toBeUndefined();
    const { items } = await listJobs(w.deps, 'alice', { limit: 10 });
    expect(items.map((job) => job.held)).toEqual(['credential', 'credential', undefined]);
    expect((await jobsStatus(w.deps, 'alice', { limit: 10 })).items.map((job) => job.held)).toEqual([
      'credential',
      'credential',
      undefined,
    ]);
    expect(await w.serve()).toEqual({ taken: 'idle' });
  });

  it('goes on by itself when a new credential wakes it', async () => {
    const w = own();
    const { jobId } = await w.send();
    w.breaks();
    await w.serve();
    await wakeOrFree(w.deps, w.laneId); // woken while the credential is still broken
    expect(w.asked.filter(({ what }) => what === 'start')).toEqual([]);
    w.faults.credential = undefined;
    await wakeOrFree(w.deps, w.laneId);
    expect(w.asked.filter(({ what }) => what === 'start')).toHaveLength(1);
    const freed = await w.detail(jobId);
    expect([freed.held, freed.message]).toEqual([undefined, undefined]);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted' });
    expect(w.job(jobId)).not.toHaveProperty('held');
  });

  it('goes on with the next tick where its wake-up was lost', async () => {
    const w = own();
    await w.send();
    w.breaks();
    await w.serve();
    w.pass(61);
    await pollLane(w.deps, w.laneId, { tick: true });
    expect(w.lane().held).toBe(broken);
    w.faults.credential = undefined;
    w.pass(61);
    await pollLane(w.deps, w.laneId, { tick: true });
    expect(w.lane().held).toBeUndefined();
    expect(w.asked.filter(({ what }) => what === 'start')).toHaveLength(1);
  });

  it('is not held by who saw a credential break that has been replaced meanwhile', async () => {
    const w = own();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'unauthorized', message: broken });
    await w.serve(); // by now the table has a new one
    expect(w.lane().held).toBeUndefined();
    w.pass(1);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted' });
  });

  it('lets jobs be cancelled while it is held', async () => {
    const w = own();
    const { jobId } = await w.send();
    w.breaks();
    await w.serve();
    expect(await cancelJob(w.deps, w.job(jobId))).toMatchObject({ status: 'dismissed' });
  });

  it('starts nobody for new jobs while it is held, and answers for them at once', async () => {
    const w = own();
    await w.send();
    w.breaks();
    await w.serve();
    const job = await w.send();
    const stream = { ...w.deps, history: { record: async () => undefined }, publish: async () => [] } as unknown as ChangeDeps;
    await followChanges(stream, [{ before: undefined, after: job }]);
    expect(w.asked.filter(({ what }) => what === 'start')).toEqual([]);
    const pauses: number[] = [];
    await awaitSubmission(w.deps, job, w.time.now + 5000, async (ms) => void pauses.push(ms));
    expect(pauses).toEqual([]);
  });

  it('holds a job whose start is refused for the credential, with its id', async () => {
    const w = own();
    const { jobId } = await w.send();
    w.breaks('start');
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ ...held, platformJobId: 'p1' });
    w.faults.credential = undefined;
    await wakeOrFree(w.deps, w.laneId);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs.map(({ runs }) => runs)).toEqual([1]);
  });
});

describe('A synchronous call with a credential that does not work', () => {
  it('is not waited for, and made when there is another', async () => {
    const w = own();
    const job = await w.send('alice', 'sync');
    await w.serve();
    w.breaks('execute');
    await callSync(w.deps, job.jobId, w.job(job.jobId).epoch, () => new Promise(() => undefined));
    expect(await w.detail(job.jobId)).toMatchObject(held);
    const pauses: number[] = [];
    const answer = await awaitAnswer(w.deps, w.job(job.jobId), w.time.now + 25_000, async (ms) => void pauses.push(ms));
    expect([answer.end, pauses]).toEqual(['goes on', []]);
    w.faults.credential = undefined;
    await wakeOrFree(w.deps, w.laneId);
    await w.serve();
    await callSync(w.deps, job.jobId, w.job(job.jobId).epoch, () => new Promise(() => undefined));
    expect(w.job(job.jobId).status).toBe('successful');
    expect(w.remote.executed).toHaveLength(1);
  });
});

describe('A platform that runs jobs under another account now', () => {
  it('is sent nothing of what was asked for under the old one', async () => {
    const w = own();
    const { jobId } = await w.send();
    Object.assign(w.platform, { auth: { method: 'none' } });
    w.faults.credential = 'Plat runs jobs under another account.';
    expect(await w.serve()).toEqual({ taken: 'idle' });
    expect(await w.detail(jobId)).toMatchObject({ held: 'credential', message: 'Plat runs jobs under another account.' });
    expect(w.remote.calls).toEqual([]);
    await expect(retryJob(w.deps, await cancelJob(w.deps, w.job(jobId)))).rejects.toMatchObject({ status: 409, code: 'JOB_NOT_RETRIABLE' });
    const children = childrenOf(w.deps, async () => w.platform);
    expect(await children.isRegistered(w.job(jobId))).toBe(false);
  });
});

it('A lane that is held for a newer reason is not freed by who looked at an older one', async () => {
  const { store, lanes } = memoryLanes({ now: () => 0 });
  await store.want('plat~alice', 'plat');
  await store.update('plat~alice', holdLane('older'));
  const seen: (string | undefined)[] = [];
  const update: typeof store.update = async (...what) => {
    const written = await store.update(...what);
    seen.push(lanes.get('plat~alice')!.held);
    return written;
  };
  let fault: string | undefined;
  const credentialFault = async () => {
    const is = fault;
    if (is === undefined) await store.update('plat~alice', holdLane((fault = 'newer'))); // it breaks as somebody looks at it
    return is;
  };
  const held = await followCredential({ lanes: { ...store, update }, credentialFault }, 'plat~alice', {} as RegisteredPlatform);
  expect([held, seen]).toEqual(['newer', ['newer']]);
});
