import { describe, expect, it } from '@jest/globals';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { submit } from '../../../lambdas/dispatch/use-cases/submit.ts';
import { Crash } from '../../support/memory-platform.ts';
import { world } from '../../support/world.ts';

const quarantine = 361;

describe('submission to a two-phase platform', () => {
  it('creates, commits and starts with two platform requests', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    expect(w.remote.calls).toEqual(['create', 'start p1']);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1', epoch: 1 });
    expect(w.remote.jobs).toMatchObject([{ tag: `[swath:test/${jobId}.1]`, runs: 1 }]);
  });

  it('adopts by its tag what a worker created before it died, and starts it once (invariant 1)', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-after' });
    await expect(w.serve()).rejects.toThrow(Crash);
    expect(w.job(jobId)).toMatchObject({ status: 'submitting' });
    expect(w.job(jobId).platformJobId).toBeUndefined();

    w.pass(160); // the lease is over, the quarantine is not: nobody looks yet
    await pollLane(w.deps, w.laneId);
    expect(w.remote.calls).toEqual(['create']);

    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.remote.calls).toEqual(['create', 'find', 'start p1']);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1', epoch: 2 });
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('starts again what was committed by a worker that died before the start, after the quarantine', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-before' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted' });
    w.pass(100);
    await pollLane(w.deps, w.laneId);
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.remote.jobs).toMatchObject([{ phase: 'running', runs: 1 }]);
  });

  it('never sends a start again that may be under way, although its answer was lost', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
  });

  it('looks a lost create up after the quarantine and posts again only when nothing is there', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-before' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'queued', message: 'timed out' });
    await w.serve('too-early');
    expect(w.remote.calls).toEqual(['create']);
    w.pass(quarantine);
    await w.serve('later');
    expect(w.remote.calls).toEqual(['create', 'find', 'create', 'start p1']);
  });

  it('keeps the oldest of several and deletes the others that were only created', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.remote.jobs.push({ ...w.remote.jobs[0]!, id: 'twin' });
    w.pass(quarantine);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs.map(({ id }) => id)).toEqual(['p1']);
  });

  it.each(['create', 'start'] as const)('puts the job back when the %s is refused for capacity, and counts it as nothing', async (call) => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults[call].push({ kind: 'capacity', retryAfterSeconds: 20 });
    const served = await w.serve();
    expect(served.left).toBe('left');
    expect(w.job(jobId)).toMatchObject({ status: 'queued', failures: 0 });
    expect(w.asked).toContainEqual({ what: 'run', id: w.laneId, at: w.time.now + 20_000 });
    w.pass(20);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'submitted' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it("fails the job with the platform's own message when the request is wrong", async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'refused', message: 'red must be a number' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: 'red must be a number' });
    expect(w.lane().slots?.size ?? 0).toBe(0);
  });

  it('loses no job while its platform is down for a day, and goes on when it is back', async () => {
    const w = world();
    const { jobId } = await w.send();
    for (let hour = 0; hour < 24; hour += 1) {
      w.remote.faults.create.push({ kind: 'unavailable' });
      await w.serve();
      w.pass(3600);
    }
    expect(w.job(jobId)).toMatchObject({ status: 'queued', message: 'create unavailable' });
    w.remote.faults.create.length = 0;
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted' });
  });

  it('leaves a job to whoever claimed it first (two submitters on one job)', async () => {
    const w = world();
    const seen = await w.send();
    const [first, second] = await Promise.all([submit(w.deps, w.platform, seen), submit(w.deps, w.platform, seen)]);
    expect([first, second].toSorted()).toEqual(['left', 'submitted']);
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('goes on after its own commit that the SDK wrote twice', async () => {
    const w = world();
    await w.send();
    const update = w.deps.jobs.update.bind(w.deps.jobs);
    w.deps.jobs.update = async (ref, write) => {
      const first = await update(ref, write);
      return write.set?.['startSentAt'] ? update(ref, write) : first; // the answer of the first was lost on the way
    };
    await w.serve();
    expect(w.remote.calls).toEqual(['create', 'start p1']);
  });
});

describe('cancel, at every stage', () => {
  it('dismisses a queued job at once, and the platform never hears of it', async () => {
    const w = world();
    const job = await w.send();
    expect(await cancelJob(w.deps, job)).toMatchObject({ status: 'dismissed' });
    await w.serve();
    expect(w.remote.calls).toEqual([]);
  });

  it('sends no start after a cancel that came while the create was under way (invariant 9)', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.during = async () => void (await cancelJob(w.deps, w.job(jobId)));
    await w.serve();
    expect(w.remote.calls).toEqual(['create', 'cancel p1']);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.job(jobId).startSentAt).toBeUndefined();
    expect(w.remote.jobs).toEqual([]);
  });

  it('cancels a running job on its platform, and is dismissed when the platform says so', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    expect(w.asked).toContainEqual(expect.objectContaining({ what: 'poll', id: w.laneId, at: w.time.now }));
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.jobs).toMatchObject([{ phase: 'dismissed' }]);
  });

  it('stays successful when the platform finished first', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    w.remote.end('p1', 'successful');
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'successful' });
  });

  it('reconciles a job whose create was lost before it is dismissed', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    expect(await cancelJob(w.deps, w.job(jobId))).toMatchObject({ status: 'queued', message: 'Cancelling.' });
    w.pass(quarantine);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.jobs).toEqual([]);
  });

  it('is success when asked twice, and leaves a finished job alone', async () => {
    const w = world();
    const job = await w.send();
    await cancelJob(w.deps, job);
    const version = w.job(job.jobId).version;
    expect(await cancelJob(w.deps, w.job(job.jobId))).toMatchObject({ status: 'dismissed', version });
  });
});

describe('a one-phase platform without searchable tags', () => {
  it('is left alone by who read an older intent than the one that may be under way', async () => {
    const w = world({ twoPhase: false });
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-before' }, { kind: 'lost-after' });
    await w.serve();
    w.pass(quarantine);
    const older = { ...w.job(jobId), status: 'submitting' as const, epoch: 2 };
    await w.serve('second');
    await w.deps.jobs.update(w.job(jobId), { when: [], set: { status: 'submitting', rank: 20 } });
    expect(w.job(jobId)).toMatchObject({ status: 'submitting', epoch: 2 });
    w.pass(quarantine / 2);
    expect(await submit(w.deps, w.platform, older)).toBe('left');
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('posts once and is submitted with the id of the answer', async () => {
    const w = world({ twoPhase: false });
    const { jobId } = await w.send();
    await w.serve();
    expect(w.remote.calls).toEqual(['create']);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  });

  it('finds a lost post by set difference on an exclusive account, and doubles nothing', async () => {
    const w = world({ twoPhase: false });
    const first = await w.send();
    await w.serve();
    w.pass(10);
    const second = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve('second');
    expect(w.job(second.jobId)).toMatchObject({ status: 'queued' });
    w.pass(quarantine);
    await w.serve('third');
    expect(w.job(second.jobId)).toMatchObject({ status: 'running', platformJobId: 'p2' });
    expect(w.job(first.jobId).platformJobId).toBe('p1');
    expect(w.remote.jobs).toHaveLength(2);
  });

  it('finds it however late in the lease it was sent, and however late the platform committed it', async () => {
    const w = world({ twoPhase: false });
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-late' });
    await w.serve();
    w.pass(300);
    w.remote.land();
    w.pass(quarantine - 300);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'running', platformJobId: 'p1' });
    expect(w.remote.jobs).toHaveLength(1);
  });

  it('sends no other post of a process while one outcome is unknown, but goes on with other processes', async () => {
    const w = world({ twoPhase: false });
    await w.send('alice', 'ndvi');
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    const blocked = await w.send('bob', 'ndvi');
    const free = await w.send('bob', 'other');
    await w.serve('second');
    expect(w.job(blocked.jobId)).toMatchObject({ status: 'queued' });
    expect(w.job(free.jobId)).toMatchObject({ status: 'submitted' });
    w.pass(quarantine);
    await w.serve('third');
    await w.serve('fourth');
    expect(w.job(blocked.jobId)).toMatchObject({ status: 'submitted' });
    expect(w.remote.jobs).toHaveLength(3);
  });

  it('holds the job where the account is shared and nobody can tell', async () => {
    const w = world({ twoPhase: false, platform: { exclusive: false } });
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    w.pass(quarantine);
    await w.serve('later');
    expect(w.job(jobId)).toMatchObject({ status: 'queued', held: 'ambiguous' });
    await w.serve('again');
    expect(w.remote.jobs).toHaveLength(1);
  });
});
