import { describe, expect, it } from '@jest/globals';
import { Settings, type Job } from '../../../lambdas/dispatch/model.ts';
import type { JobRef } from '../../../lambdas/dispatch/ports.ts';
import { news } from '../../../lambdas/dispatch/rules/writes.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { submit } from '../../../lambdas/dispatch/use-cases/submit.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import type { Write } from '../../../lambdas/shared/table/write.ts';
import { Crash } from '../../support/memory-platform.ts';
import { world } from '../../support/world.ts';

/*
 * Shortest runs that break the submission protocol when one guard is missing, found by a model checker. Each is played
 * with the guard in place; above it stands which guard, and where. Taken out there, the test fails.
 */

type World = ReturnType<typeof world>;
const lease = 151;
const quarantine = 361;

/** Notes every write to a job, so that one can be sent twice as the SDK does when an answer was lost on the way. */
function noted(w: World): { ref: JobRef; write: Write }[] {
  const sent: { ref: JobRef; write: Write }[] = [];
  const update = w.deps.jobs.update.bind(w.deps.jobs);
  w.deps.jobs.update = (ref, write) => {
    sent.push({ ref, write });
    return update(ref, write);
  };
  return sent;
}
const isPutBack = ({ write }: { write: Write }): boolean => write.set?.['status'] === 'queued';
const isClaim = ({ write }: { write: Write }): boolean => write.set?.['epoch'] !== undefined;

/** A job that was committed by a worker whose start is on its way, or never left. */
async function committed(start: 'lost-late' | 'lost-before'): Promise<{ w: World; job: Job }> {
  const w = world();
  const { jobId } = await w.send();
  w.remote.faults.start.push({ kind: start });
  await w.serve();
  expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  return { w, job: w.job(jobId) };
}

describe('commands', () => {
  /** `putBack`: the status. */
  it('a put-back that the SDK sends twice does not revive a job that was cancelled in between', async () => {
    const w = world();
    const sent = noted(w);
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'capacity' });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    const { ref, write } = sent.find(isPutBack)!;
    expect(await w.deps.jobs.update(ref, write)).toMatchObject({ ok: false });
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', rank: 90 });
  });

  /** `mine`: the epoch. */
  it("a put-back that comes again while the next submitter creates does not give that submitter's job away", async () => {
    const w = world();
    const sent = noted(w);
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'capacity' });
    await w.serve();
    const { ref, write } = sent.find(isPutBack)!;
    w.remote.during = async () => {
      w.remote.during = undefined;
      await w.deps.jobs.update(ref, write);
      const seen = w.job(jobId);
      if (seen.status === 'queued') await submit(w.deps, w.platform, seen);
    };
    w.pass(10);
    await submit(w.deps, w.platform, w.job(jobId));
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1', epoch: 2 });
  });

  /** `putBack`: an answered start is cleared. */
  it('a start that was refused for capacity is sent again as soon as there is room, not after a quarantine', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'capacity', retryAfterSeconds: 5 });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'queued', platformJobId: 'p1' });
    w.pass(6);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ id: 'p1', runs: 1 }]);
  });

  /** `retry`: `cancelRequested` is cleared. */
  it('a retry of a cancelled job is not cancelled itself', async () => {
    const w = world();
    const { jobId } = await w.send();
    const create = w.remote.create.bind(w.remote);
    w.remote.create = async (submission) => {
      await cancelJob(w.deps, w.job(jobId));
      w.remote.create = create;
      return create(submission);
    };
    w.remote.faults.create.push({ kind: 'capacity' }, { kind: 'capacity' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    await retryJob(w.deps, w.job(jobId));
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'queued', incarnation: 2 });
    w.pass(10);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', incarnation: 2 });
  });
});

describe('the commit', () => {
  /** `commit`: no `cancelRequested`. */
  it('is refused when a cancel was acknowledged while the create was under way, so no start is sent (invariant 9)', async () => {
    const w = world();
    const sent = noted(w);
    const { jobId } = await w.send();
    w.remote.during = async (call) => {
      if (call === 'create') await cancelJob(w.deps, w.job(jobId));
    };
    await w.serve();
    expect(w.remote.calls.some((call) => call.startsWith('start'))).toBe(false);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.job(jobId).startSentAt).toBeUndefined();
    expect(sent.filter(({ write }) => write.set?.['startSentAt'])).toHaveLength(1); // and that one was refused
  });

  /** `commit`: the status. */
  it('does not revive a job that ended on the platform between claim and commit (invariant 4)', async () => {
    const { w, job } = await committed('lost-before');
    w.pass(quarantine);
    const update = w.deps.jobs.update.bind(w.deps.jobs);
    w.deps.jobs.update = async (ref, write) => {
      const written = await update(ref, write);
      if (!isClaim({ write })) return written;
      w.remote.end('p1', 'failed');
      const said = { platformJobId: 'p1', raw: 'error', phase: 'failed' as const };
      expect(await update(ref, news(w.job(job.jobId), said, 9, iso(w.time.now))!)).toMatchObject({ ok: true });
      return written;
    };
    expect(await submit(w.deps, w.platform, job)).toBe('left');
    expect(w.job(job.jobId)).toMatchObject({ status: 'failed', rank: 90 });
    expect(w.remote.jobs).toMatchObject([{ runs: 0 }]);
  });

  /** `commit`: `startSentAt` is older than the quarantine. */
  it('is refused while an earlier start may still take effect, so the job runs once (invariant 1)', async () => {
    const { w, job } = await committed('lost-late');
    w.pass(lease);
    await submit(w.deps, w.platform, job);
    if (w.remote.jobs[0]!.phase === 'running') w.remote.end('p1', 'successful');
    w.remote.land();
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  /** `Protocol.commit` in submit.ts: the stored `startSentAt` is the one I wrote. */
  it('that was refused is no leave to start: the stored time is that of another start (invariant 1)', async () => {
    const { w, job } = await committed('lost-late');
    w.pass(lease);
    expect(await submit(w.deps, w.platform, job)).toBe('left');
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
    w.remote.land();
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });
});

describe('recovery', () => {
  /** `recoverable` in rules/poll.ts: the quarantine of a create. */
  it('does not look before the quarantine is over, so a create that takes effect late is adopted (invariant 1)', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-late' });
    await expect(w.serve()).rejects.toThrow(Crash);
    w.pass(lease);
    await pollLane(w.deps, w.laneId);
    w.remote.land();
    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  /** `renewIntent`: a new `postedAt`. */
  it('that posts again begins a new quarantine first (invariant 1)', async () => {
    const w = world();
    const { jobId } = await w.send();
    const spec = w.deps.jobs.spec.bind(w.deps.jobs);
    w.deps.jobs.spec = async () => {
      throw new Crash(); // between claim and create
    };
    await expect(w.serve()).rejects.toThrow(Crash);
    w.deps.jobs.spec = spec;
    w.pass(quarantine);
    w.remote.faults.create.push({ kind: 'crash-late' });
    await pollLane(w.deps, w.laneId); // its submitter dies; the poll itself goes on
    w.pass(lease);
    await pollLane(w.deps, w.laneId);
    w.remote.land();
    w.pass(quarantine);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  /** `recoverable` in rules/poll.ts: the quarantine of a start. */
  it('does not send a start again that may be under way, though the platform still says "created" (invariant 1)', async () => {
    const { w, job } = await committed('lost-late');
    w.pass(lease);
    await pollLane(w.deps, w.laneId);
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
    expect(w.job(job.jobId).epoch).toBe(1); // claimed by nobody since
    w.remote.land();
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  /** `Settings` in model.ts: a submitter is dead before its lease ends. */
  it.each([{ functionSeconds: 150 }, { functionSeconds: 100 }, { leaseSeconds: 180 }, { quarantineSeconds: 330 }])(
    'rests on times that config keeps in order: %j is refused',
    (times) => {
      expect(Settings.safeParse({}).success).toBe(true);
      expect(Settings.safeParse(times).success).toBe(false);
    },
  );
});

describe('a cancelled job', () => {
  /** `candidates`: a job with `cancelRequested` is claimed also where it would not be otherwise, so that it is settled. */
  it('whose create was lost is looked up, deleted on the platform and dismissed, though nothing of it may go any more', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.during = async () => {
      w.remote.during = undefined;
      await cancelJob(w.deps, w.job(jobId));
    };
    w.remote.faults.create.push({ kind: 'lost-after' });
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'queued', cancelRequested: true });
    w.pass(quarantine);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.jobs).toEqual([]);
  });
});

describe('the tag', () => {
  /** `tag` in submit.ts: the deployment. */
  it("names the deployment: another one's job of the same id is not adopted (invariant 10)", async () => {
    const [w, other] = [world(), world()];
    other.deps.deployment = 'other';
    other.deps.client = () => w.remote;
    const theirs = await other.send();
    w.remote.faults.start.push({ kind: 'capacity' });
    await other.serve();
    const mine = await w.send();
    expect(mine.jobId).toBe(theirs.jobId);
    w.remote.faults.create.push({ kind: 'lost-before' });
    await w.serve();
    w.pass(quarantine);
    await w.serve();
    expect([other.job(theirs.jobId).platformJobId, w.job(mine.jobId).platformJobId]).toEqual(['p1', 'p2']);
  });

  /** `slotOf` in rules/lane.ts: the incarnation. */
  it('names the incarnation: what an earlier one left behind is not adopted', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'refused' });
    w.remote.faults.cancel.push({ kind: 'unavailable' });
    await w.serve();
    expect(w.remote.jobs).toMatchObject([{ id: 'p1', phase: 'created' }]);
    await retryJob(w.deps, w.job(jobId));
    w.remote.faults.create.push({ kind: 'lost-before' });
    await w.serve();
    w.pass(quarantine);
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', incarnation: 2, platformJobId: 'p2' });
  });
});

describe('news', () => {
  /** A job that runs as p1, and what the poller read of it before anything else happened. */
  async function read(): Promise<{ w: World; seen: Job }> {
    const { w, job } = await committed('lost-before');
    const running = news(job, { platformJobId: 'p1', raw: 'running', phase: 'running' }, 1, iso(w.time.now))!;
    await w.deps.jobs.update(job, running);
    return { w, seen: w.job(job.jobId) };
  }
  const late = (w: World, seen: Job, phase: 'queued' | 'running' | 'failed') =>
    w.deps.jobs.update(seen, news(seen, { platformJobId: 'p1', raw: `late ${phase}`, phase }, 9, iso(w.time.now))!);

  /** `news`: the incarnation, and the platform's id beside it; either alone suffices. */
  it('of an incarnation that is over does not touch the next', async () => {
    const { w, seen } = await read();
    await late(w, seen, 'failed');
    await retryJob(w.deps, w.job(seen.jobId));
    expect(await late(w, seen, 'running')).toMatchObject({ ok: false });
    expect(w.job(seen.jobId)).toMatchObject({ status: 'queued', incarnation: 2 });
    await w.serve();
    expect(w.job(seen.jobId)).toMatchObject({ status: 'submitted', incarnation: 2 });
  });

  /** `news`: the rank is below 90. */
  it('that was read before a cancel ended the job does not end it again (invariant 4)', async () => {
    const { w, seen } = await read();
    await cancelJob(w.deps, seen);
    w.remote.end('p1', 'gone');
    w.pass(1);
    await pollLane(w.deps, w.laneId);
    expect(w.job(seen.jobId)).toMatchObject({ status: 'dismissed' });
    expect(await late(w, seen, 'failed')).toMatchObject({ ok: false });
    expect(w.job(seen.jobId)).toMatchObject({ status: 'dismissed' });
  });

  /** `news`: the rank is below the new one, or the same and older. */
  it('that was read before the job ran does not take it back (invariant 4)', async () => {
    const { w, job } = await committed('lost-before');
    const queued = news(job, { platformJobId: 'p1', raw: 'queued', phase: 'queued' }, 9, iso(w.time.now))!;
    await w.deps.jobs.update(job, news(job, { platformJobId: 'p1', raw: 'running', phase: 'running' }, 1, iso(w.time.now))!);
    expect(await w.deps.jobs.update(job, queued)).toMatchObject({ ok: false });
    expect(w.job(job.jobId)).toMatchObject({ status: 'running', rank: 50 });
  });
});
