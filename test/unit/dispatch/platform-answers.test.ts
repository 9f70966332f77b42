import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import * as writes from '../../../lambdas/dispatch/rules/writes.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { submit } from '../../../lambdas/dispatch/use-cases/submit.ts';
import type { PlatformNews, ReadOutcome } from '../../../lambdas/platforms/ports.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const lease = 151;
const quarantine = 361;
type World = ReturnType<typeof world>;

const poll = async (w: World, seconds = 61) => {
  w.pass(seconds);
  await pollLane(w.deps, w.laneId);
};
/** A job that was submitted; `p1` on the platform. */
async function submitted() {
  const w = world();
  const { jobId } = await w.send();
  await w.serve();
  expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
  return { w, jobId, job: () => w.job(jobId) };
}
/** From now on the platform says this of its jobs. */
const says = (w: World, raw: string, phase?: PlatformNews['phase'], more: Partial<PlatformNews> = {}) => {
  w.remote.status = async (platformJobId): Promise<ReadOutcome<PlatformNews>> => ({
    kind: 'found',
    value: { platformJobId, raw, ...(phase ? { phase } : {}), ...more },
  });
};

describe('a platform that answers late, wrongly, or not at all', () => {
  it('a create that is answered after 40 s is committed: its claim still holds', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.during = async (call) => {
      if (call === 'create') w.pass(40);
    };
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('a create that is answered when its claim is over does not start what another has claimed', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.during = async (call) => {
      if (call !== 'create') return;
      w.remote.during = undefined;
      w.pass(quarantine); // a frozen worker: recovery has taken over, and found the job by its tag
      await pollLane(w.deps, w.laneId);
    };
    await w.serve();
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1', epoch: 2 });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('a start that is answered 500 but was carried out is not sent again, and the job goes its way', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-after' });
    await w.serve();
    for (let minute = 0; minute < 10; minute += 1) await poll(w);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    w.remote.end('p1', 'successful');
    await poll(w, 601);
    expect(w.job(jobId)).toMatchObject({ status: 'successful' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('a start that is answered 500 and was not carried out is sent again after the quarantine, once', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-before' });
    await w.serve();
    for (let minute = 0; minute < 5; minute += 1) await poll(w);
    expect(w.remote.jobs).toMatchObject([{ runs: 0 }]);
    for (let minute = 0; minute < 5; minute += 1) await poll(w);
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
    expect(w.job(jobId).status).toMatch(/submitted|running/);
  });

  it('a start that is lost each time is sent once a quarantine, and the job ends at its deadline at the latest', async () => {
    const w = world({ platform: { deadlineHours: 2 } });
    const { jobId } = await w.send();
    w.remote.start = async (id) => (w.remote.calls.push(`start ${id}`), { kind: 'lost', message: '504' });
    await w.serve();
    for (let minute = 0; minute < 60; minute += 1) await poll(w);
    expect(w.remote.calls.filter((call) => call.startsWith('start')).length).toBeLessThanOrEqual(3660 / 360 + 1);
    for (let minute = 0; minute < 70; minute += 1) await poll(w);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('2 hours') });
    expect(w.remote.jobs).toEqual([]);
  });

  it('a job that the platform forgot and then knows again goes on', async () => {
    const { w, job } = await submitted();
    const status = w.remote.status.bind(w.remote);
    w.remote.status = async () => ({ kind: 'missing' });
    await poll(w);
    expect(job().missingSince).toBeDefined();
    w.remote.status = status;
    await poll(w);
    expect(job()).toMatchObject({ status: 'running' });
    expect(job().missingSince).toBeUndefined();
    w.remote.status = async () => ({ kind: 'missing' });
    await poll(w, 601); // the first of two again, however long ago the other was
    expect(job()).toMatchObject({ status: 'running' });
  });

  it('a cancelled job that is not found for once is cancelled there all the same', async () => {
    const { w, job } = await submitted();
    const status = w.remote.status.bind(w.remote);
    await cancelJob(w.deps, job());
    w.remote.status = async () => {
      w.remote.status = status;
      return { kind: 'missing' };
    };
    await poll(w);
    await poll(w);
    expect(w.remote.calls).toContain('cancel p1');
    expect(w.remote.jobs).toMatchObject([{ id: 'p1', phase: 'dismissed' }]);
    expect(job()).toMatchObject({ status: 'dismissed' });
  });

  it('a platform that forgets its jobs and says "accepted" for ever ends at the deadline, and it is told so', async () => {
    const { w, job } = await submitted();
    says(w, 'accepted', 'queued');
    for (let day = 0; day < 6; day += 1) await poll(w, 24 * 3600);
    expect(job()).toMatchObject({ status: 'submitted' });
    await poll(w, 25 * 3600);
    expect(job()).toMatchObject({ status: 'failed', message: expect.stringContaining('168 hours') });
    expect(w.remote.calls).toContain('cancel p1');
  });

  it('a status that goes back does not take the job with it, and its word is kept', async () => {
    const { w, job } = await submitted();
    await poll(w);
    expect(job()).toMatchObject({ status: 'running' });
    for (const [raw, phase] of [
      ['queued', 'queued'],
      ['created', 'created'],
    ] as const) {
      says(w, raw, phase);
      await poll(w);
      expect(job()).toMatchObject({ status: 'running', rank: 50 });
    }
    expect(job().platformStatus).toBe('queued'); // `created` is no news
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
    says(w, 'finished', 'successful');
    await poll(w);
    says(w, 'running', 'running');
    await poll(w);
    expect(job()).toMatchObject({ status: 'successful', rank: 90 });
  });

  it.each(['paused', 'STATUS_42', 'hibernating'])('the unknown word %s keeps the status, and is stored', async (word) => {
    const { w, job } = await submitted();
    await poll(w);
    says(w, word);
    await poll(w);
    expect(job()).toMatchObject({ status: 'running', platformStatus: word });
  });

  it.each([-3600, 3600])('a platform whose clock is %i s off changes nothing', async (seconds) => {
    const w = world();
    const ids = [(await w.send()).jobId, (await w.send()).jobId];
    w.remote.listing(100);
    const list = w.remote.list!;
    w.remote.list = async (next) => {
      const page = await list(next);
      if (page.kind === 'found') for (const one of page.value.jobs) one.created! += seconds * 1000;
      return page;
    };
    while (w.remote.jobs.filter(({ runs }) => runs > 0).length < 2) {
      await w.serve(`run-${w.time.now}`);
      w.pass(60);
    }
    await poll(w);
    expect(ids.map((id) => w.job(id).status)).toEqual(['running', 'running']);
  });

  it('our own clock that jumps back an hour between two polls loses no news', async () => {
    const { w, job } = await submitted();
    await poll(w);
    w.pass(-3600);
    w.remote.end('p1', 'successful');
    for (let minute = 0; minute < 70; minute += 1) await poll(w);
    expect(job()).toMatchObject({ status: 'successful' });
  });

  it('progress beyond its bounds, and none, are borne', async () => {
    const { w, job } = await submitted();
    says(w, 'running', 'running', { progress: 250 });
    await poll(w);
    expect(job()).toMatchObject({ status: 'running', progress: 100 });
    says(w, 'running', 'running', { progress: -3 });
    await poll(w);
    expect(job().progress).toBe(0);
  });
});

describe('recovery', () => {
  it('takes nothing from a worker whose lease holds', async () => {
    const w = world();
    const { jobId } = await w.send();
    let polled: Job | undefined;
    w.remote.during = async (call) => {
      if (call !== 'create') return;
      w.pass(30);
      await pollLane(w.deps, w.laneId);
      polled = w.job(jobId);
    };
    await w.serve();
    expect(polled).toMatchObject({ status: 'submitting', epoch: 1 });
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', epoch: 1 });
  });

  it('asks the lane for nothing: what was begun is settled also when the lane is closed, full, and without tokens', async () => {
    const w = world({ platform: { limits: { running: 1, burst: 1, startsPerMinute: 1, parallel: 4, readsPerMinute: 60 } } });
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    await w.deps.lanes.update(w.laneId, { when: [], set: { closedUntil: iso(w.time.now + 900_000), nextAt: iso(w.time.now + 900_000) } });
    await poll(w, quarantine);
    expect(w.job(jobId)).toMatchObject({ status: 'submitted', platformJobId: 'p1' });
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('two at the same moment: one claims, the other leaves the job', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    w.pass(quarantine);
    const seen = w.job(jobId);
    const turns = await Promise.all([submit(w.deps, w.platform, seen), submit(w.deps, w.platform, seen)]);
    expect(turns.toSorted()).toEqual(['left', 'submitted']);
    expect(w.remote.jobs).toMatchObject([{ runs: 1 }]);
  });

  it('of a job that is deleted meanwhile revives nothing', async () => {
    const { w, jobId, job } = await submitted();
    const seen = job();
    w.remote.end('p1', 'failed');
    await poll(w);
    await w.deps.jobs.delete(jobId);
    expect(await submit(w.deps, w.platform, seen)).toBe('left');
    expect(await w.deps.jobs.get(jobId)).toBeUndefined();
  });

  it('goes on where the platform does not answer its search, without posting again', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    w.remote.faults.find.push({ kind: 'unavailable' }, { kind: 'unavailable' });
    for (let round = 0; round < 4; round += 1) {
      await poll(w, quarantine);
      await w.serve(`run-${round}`);
    }
    expect(w.job(jobId).status).toMatch(/submitted|running/);
    expect(w.remote.jobs).toMatchObject([{ id: 'p1', runs: 1 }]);
  });
});

describe('a cancel at every stage', () => {
  const gone = (w: World) => w.remote.jobs.filter(({ phase }) => phase !== 'dismissed');
  const settle = async (w: World) => {
    for (let round = 0; round < 4; round += 1) {
      await w.serve(`run-${round}`);
      await poll(w, quarantine);
    }
  };

  it.each(['create', 'start'] as const)('while the %s is under way: no start after it, and nothing stays', async (stage) => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.during = async (call) => {
      if (call === stage) await cancelJob(w.deps, w.job(jobId));
    };
    await w.serve();
    await settle(w);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(gone(w)).toEqual([]);
  });

  it.each(['create', 'start'] as const)('while a %s whose answer is lost is under way', async (stage) => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults[stage].push({ kind: 'lost-late' });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    w.pass(60);
    w.remote.land();
    await settle(w);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(gone(w)).toEqual([]);
  });

  it.each(['create', 'start'] as const)('after a worker died in the %s', async (stage) => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults[stage].push({ kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    await cancelJob(w.deps, w.job(jobId));
    await settle(w);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(gone(w)).toEqual([]);
  });

  it('when a start was refused for capacity and the job waits with its id', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'capacity', retryAfterSeconds: 60 });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    await settle(w);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.jobs).toEqual([]);
    expect(w.remote.calls.filter((call) => call.startsWith('start'))).toHaveLength(1);
  });

  it('when it was committed and not yet seen: deleted, so that a late start finds nothing', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-late' });
    await w.serve();
    await cancelJob(w.deps, w.job(jobId));
    await poll(w, 1);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    w.remote.land();
    expect(w.remote.jobs).toEqual([]);
  });

  it('when the platform is down: cancelling until it answers', async () => {
    const { w, job } = await submitted();
    await poll(w);
    await cancelJob(w.deps, job());
    w.remote.faults.cancel.push(...Array.from({ length: 3 }, () => ({ kind: 'unavailable' as const })));
    for (let minute = 0; minute < 3; minute += 1) await poll(w);
    expect(job()).toMatchObject({ status: 'running', message: 'Cancelling.', cancelRequested: true });
    await poll(w);
    expect(job()).toMatchObject({ status: 'dismissed' });
  });

  it('while recovery is about to start it again', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.start.push({ kind: 'lost-before' });
    await w.serve();
    w.pass(quarantine + lease);
    const status = w.remote.status.bind(w.remote);
    w.remote.status = async (id) => {
      const answer = await status(id);
      await cancelJob(w.deps, w.job(jobId));
      return answer;
    };
    await pollLane(w.deps, w.laneId);
    expect(w.remote.jobs.every(({ runs }) => runs === 0)).toBe(true);
    w.remote.status = status;
    await settle(w);
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.jobs).toEqual([]);
  });
});

describe('what a poll read', () => {
  it('says nothing of a job that was put back meanwhile, since its start was refused', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    const read = w.job(jobId);
    const now = new Date(w.time.now).toISOString();
    expect((await w.deps.jobs.update(read, writes.putBack(read, now, { message: 'Later.', answered: 'start' }))).ok).toBe(true);
    for (const phase of ['queued', 'running'] as const) {
      const late = writes.news(read, { platformJobId: 'p1', raw: phase, phase }, 99, now)!;
      expect((await w.deps.jobs.update(read, late)).ok).toBe(false);
    }
    expect(w.job(jobId)).toMatchObject({ status: 'queued', message: 'Later.' });
  });
});
