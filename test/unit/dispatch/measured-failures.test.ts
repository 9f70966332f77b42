import { describe, expect, it } from '@jest/globals';
import { createJobOnce } from '../../../lambdas/dispatch/use-cases/create-once.ts';
import { cancelJob, deleteJob, jobDetail, jobsStatus, listJobs } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { takeLane, work } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { watchLane } from '../../../lambdas/dispatch/use-cases/watch-lane.ts';
import { asked } from '../../../lambdas/shared/http/idempotency.ts';
import { world } from '../../support/world.ts';

/*
 * Situations in which a broker that submits and polls within its users' requests was measured to lose, double or fail
 * jobs, to stand still, or to ask its platform for each job and viewer. Each with what is to happen here.
 */

type World = ReturnType<typeof world>;
const limits = { burst: 1000, parallel: 20, readsPerMinute: 120 };

async function withJobs(jobs: number, options: Parameters<typeof world>[0] = {}) {
  const w = world({ platform: { limits }, ...options });
  w.remote.listing(100);
  const ids: string[] = [];
  for (let n = 0; n < jobs; n += 1) ids.push((await w.send()).jobId);
  return { w, ids, statuses: () => new Set(ids.map((id) => w.job(id).status)) };
}
let runs = 0;
const serve = async (w: World) => {
  for (let round = 0; round < 20; round += 1) if ((await w.serve(`run-${(runs += 1)}`)).left !== 'again') return;
};
/** Minutes pass: the lane is served and polled; jobs run on the platform for `seconds`. */
async function minutes(w: World, count: number, seconds = Number.POSITIVE_INFINITY) {
  const since = new Map<string, number>();
  for (let minute = 0; minute < count; minute += 1) {
    await serve(w);
    w.pass(60);
    for (const job of w.remote.jobs) {
      if (job.phase === 'running' && !since.has(job.id)) since.set(job.id, w.time.now);
      if (job.phase === 'running' && w.time.now - since.get(job.id)! >= seconds * 1000) job.phase = 'successful';
    }
    await pollLane(w.deps, w.laneId);
  }
}
const running = (w: World) => w.remote.jobs.filter(({ phase }) => phase === 'running').length;
const doubled = (w: World) => w.remote.jobs.filter((job) => job.runs > 1).length;

describe('what a hundred running jobs cost the platform', () => {
  /** Requests in a minute of ten-second steps, with so many viewers. */
  async function aMinute(viewers: number): Promise<number> {
    const { w } = await withJobs(100);
    await minutes(w, 2);
    w.remote.calls.length = 0;
    for (let step = 0; step < 6; step += 1) {
      for (let viewer = 0; viewer < viewers; viewer += 1) await watchLane(w.deps, w.laneId);
      w.pass(10);
      const planned = w.lane().pollAt;
      if (step === 5) await pollLane(w.deps, w.laneId, { tick: true });
      if (planned !== undefined && Date.parse(planned) <= w.time.now) await pollLane(w.deps, w.laneId, { plannedFor: planned });
    }
    return w.remote.calls.length;
  }

  it('is a request a minute when nobody watches, and seven at most when one does, or ten', async () => {
    expect(await aMinute(0)).toBeLessThanOrEqual(2);
    const one = await aMinute(1);
    expect(one).toBeGreaterThanOrEqual(5);
    expect(one).toBeLessThanOrEqual(7);
    expect(await aMinute(10)).toBe(one);
  });

  it('is nothing for who reads the list, the status or one of them', async () => {
    const { w, ids } = await withJobs(100);
    await minutes(w, 2);
    w.remote.calls.length = 0;
    await listJobs(w.deps, 'alice', { limit: 100 });
    await jobsStatus(w.deps, 'alice', { limit: 100 });
    await jobDetail(w.deps, w.job(ids[0]!));
    expect(w.remote.calls).toEqual([]);
  });
});

describe('nothing is lost, and nothing runs twice', () => {
  it('when nobody watches: the jobs end all the same', async () => {
    const { w, statuses } = await withJobs(20);
    await minutes(w, 30, 300);
    expect(statuses()).toEqual(new Set(['successful']));
  });

  it.each(['create', 'start'] as const)('when the process dies at the 50th of 100, in the %s', async (call) => {
    const { w, statuses } = await withJobs(100);
    w.remote.faults[call].push(...Array.from({ length: 49 }, () => undefined as never), { kind: 'crash-after' });
    await w.serve().catch(() => undefined);
    w.pass(300); // the lease of the dead runner
    await minutes(w, 20);
    expect(statuses()).toEqual(new Set(['running']));
    expect([w.remote.jobs.length, running(w), doubled(w)]).toEqual([100, 100, 0]);
  });

  it('when a deploy ends the process in the middle, without a word', async () => {
    const { w, statuses } = await withJobs(100);
    const taken = await takeLane(w.deps, w.laneId, 'ends-soon');
    expect(taken.outcome).toBe('taken');
    let creates = 0;
    const { update } = w.deps.jobs;
    w.deps.jobs.update = (ref, write) => ((creates += 1) > 60 ? new Promise(() => undefined) : update(ref, write));
    void work(w.deps, w.laneId, 'ends-soon', 0); // hangs, as a process that was frozen and never woke
    await new Promise<void>((resolve) => setImmediate(resolve));
    w.deps.jobs.update = update;
    w.pass(300);
    await minutes(w, 20);
    expect(statuses()).toEqual(new Set(['running']));
    expect([running(w), doubled(w)]).toEqual([100, 0]);
  });

  it('when two identical requests come at once', async () => {
    const w = world();
    const body = {
      title: 'A job',
      label: 'ogc_api_process',
      service: { endpoint: 'plat', application: 'echo' },
      parameters: {},
      format: 'json',
    } as const;
    const send = () => createJobOnce(w.deps, 'alice', body, async () => w.platform, asked('key', 'POST', '/unit_jobs', body));
    const made = await Promise.all([send(), send(), send()]);
    expect(new Set(made.map(({ job }) => job.jobId)).size).toBe(1);
    expect(w.changes.filter(({ before }) => before === undefined)).toHaveLength(1);
  });

  it.each(['create', 'start'] as const)('when the platform answers 502 to a %s that it carried out', async (call) => {
    const { w, statuses } = await withJobs(10);
    w.remote.faults[call].push(...Array.from({ length: 3 }, () => ({ kind: 'lost-after' as const })));
    await minutes(w, 20);
    expect(statuses()).toEqual(new Set(['running']));
    expect([w.remote.jobs.length, running(w), doubled(w)]).toEqual([10, 10, 0]);
  });

  it('when the first create fails for a while: no job is failed by it', async () => {
    const { w, statuses } = await withJobs(20);
    w.remote.faults.create.push({ kind: 'unavailable' }, { kind: 'lost-before' });
    await serve(w);
    expect([...statuses()].every((status) => ['queued', 'submitted'].includes(status))).toBe(true);
    await minutes(w, 20);
    expect(statuses()).toEqual(new Set(['running']));
    expect(w.remote.jobs).toHaveLength(20);
  });
});

describe("a platform's limits fail no job and leave no orphan", () => {
  it('ten running at a time, which we were not told: fifty run in the end', async () => {
    const { w, statuses } = await withJobs(50);
    const start = w.remote.start.bind(w.remote);
    let most = 0;
    w.remote.start = async (id) => {
      if (running(w) >= 10) return { kind: 'capacity', message: 'ConcurrentJobLimit' };
      const outcome = await start(id);
      most = Math.max(most, running(w));
      return outcome;
    };
    await minutes(w, 60, 120);
    expect(statuses()).toEqual(new Set(['successful']));
    expect([w.remote.jobs.length, doubled(w), most]).toEqual([50, 0, 10]);
  });

  it('twelve starts a minute with Retry-After, which we were not told: fifty run within minutes', async () => {
    const { w, statuses } = await withJobs(50);
    const start = w.remote.start.bind(w.remote);
    const starts: number[] = [];
    let refused = 0;
    w.remote.start = async (id) => {
      const lately = starts.filter((at) => w.time.now - at < 60_000);
      if (lately.length >= 12) {
        refused += 1;
        return { kind: 'capacity', message: 'TooManyRequests', retryAfterSeconds: 60 - (w.time.now - lately[0]!) / 1000 };
      }
      starts.push(w.time.now);
      return start(id);
    };
    await minutes(w, 8);
    expect(statuses()).toEqual(new Set(['running']));
    expect([w.remote.jobs.length, doubled(w)]).toEqual([50, 0]);
    expect(refused).toBeLessThanOrEqual(4 * limits.parallel); // what was under way when the first was refused
  });
});

describe('what the platform says, or does not', () => {
  it('reads that fail for a minute change no status', async () => {
    const { w, ids } = await withJobs(20);
    await minutes(w, 3);
    const before = ids.map((id) => w.job(id));
    const { list } = w.remote;
    w.remote.list = async () => ({ kind: 'unavailable', message: 'down' });
    w.remote.status = async () => ({ kind: 'unavailable', message: 'down' });
    await minutes(w, 2);
    expect(ids.map((id) => w.job(id))).toEqual(before);
    w.remote.list = list!;
  });

  it.each([
    ['canceled', 'dismissed', 'dismissed'],
    ['paused', undefined, 'running'],
  ] as const)('the word %s is kept beside the status', async (raw, phase, status) => {
    const { w, ids } = await withJobs(1);
    await minutes(w, 3);
    w.remote.status = async (platformJobId) => ({ kind: 'found', value: { platformJobId, raw, ...(phase ? { phase } : {}) } });
    await minutes(w, 2);
    expect(w.job(ids[0]!)).toMatchObject({ status, platformStatus: raw });
  });

  it('a running job that is cancelled, or deleted, is stopped there', async () => {
    const { w, ids } = await withJobs(2);
    await minutes(w, 3);
    await cancelJob(w.deps, w.job(ids[0]!));
    await expect(deleteJob(w.deps, w.job(ids[1]!))).rejects.toMatchObject({ code: 'JOB_NOT_FINISHED' });
    await minutes(w, 2);
    expect(w.remote.jobs.map(({ phase }) => phase)).toEqual(['dismissed', 'dismissed']);
    await deleteJob(w.deps, w.job(ids[1]!));
    expect(await w.deps.jobs.get(ids[1]!)).toBeUndefined();
  });
});
