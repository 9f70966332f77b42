import { describe, expect, it } from '@jest/globals';
import { followChanges } from '../../../lambdas/dispatch/use-cases/follow-changes.ts';
import { jobDetail } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { takeLane, work } from '../../../lambdas/dispatch/use-cases/serve-lane.ts';
import { BuiltinClient } from '../../../lambdas/platforms/builtin/client.ts';
import { world } from '../../support/world.ts';

const limits = { burst: 100, parallel: 4, readsPerMinute: 60 };

describe('a job ends as it should, and tells nobody what is not theirs', () => {
  it('readResults signs only what the owner may read', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    w.remote.outputs = [{ name: 'stolen', href: 's3://bucket/users/bob/workspace/secret.tif' }];
    w.remote.end('p1', 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await collectResults(w.deps, jobId);
    const item = await readResults(w.deps, w.job(jobId), 'self');
    expect(item.assets['stolen']!.href).not.toContain('signed');
  });

  it('work ends only when nothing is in flight, also when its own look at the lane throws', async () => {
    const w = world({ platform: { limits: { ...limits, parallel: 2 } } });
    await w.send();
    await w.send('bob');
    const taken = await takeLane(w.deps, w.laneId, 'r');
    expect(taken.outcome).toBe('taken');
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (release = resolve));
    let inFlight = 0;
    w.remote.during = async () => {
      inFlight += 1;
      await gate;
      inFlight -= 1;
    };
    let gets = 0;
    const original = w.deps.lanes.shares;
    w.deps.lanes.shares = async (laneId) => {
      if ((gets += 1) === 2) throw new Error('ProvisionedThroughputExceededException');
      return (await original(laneId)).slice(0, 1);
    };
    const working = work(w.deps, w.laneId, 'r', 0);
    await Promise.all([expect(working).rejects.toThrow('Throughput'), new Promise<void>((resolve) => setImmediate(resolve)).then(release)]);
    expect(inFlight).toBe(0);
  });

  it('the history keeps the newest version, in whatever order parked records are driven again', async () => {
    const w = world();
    await w.send();
    await w.serve();
    const kept: number[] = [];
    const history = { record: async ({ version }: { version: number }) => void kept.push(version) };
    await followChanges(
      { ...w.deps, history, publish: async () => [], recount: async () => undefined, park: async () => undefined },
      w.changes.toReversed(),
    );
    expect(kept).toEqual([w.changes.at(-1)!.after!.version]);
  });

  it('signed links that a platform repeats in an error reach neither table nor event', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.faults.create.push({
      kind: 'refused',
      message: 'cannot open https://b.s3.amazonaws.com/users/a/x.tif?X-Amz-Signature=abc123&X-Amz-Security-Token=t',
    });
    await w.serve();
    expect(w.job(jobId).message).not.toContain('abc123');
  });

  it('"still created" is read after the quarantine, not before', async () => {
    const w = world();
    await w.send();
    w.remote.faults.start.push({ kind: 'lost-before' });
    await w.serve();
    w.pass(340);
    const status = w.remote.status.bind(w.remote);
    w.remote.status = async (id) => {
      const answer = await status(id); // the platform answers "created" ...
      w.remote.jobs[0]!.phase = 'successful'; // ... then the late start takes effect, within the quarantine, and the job ends
      w.remote.jobs[0]!.runs += 1;
      w.pass(25); // the answer is slow
      return answer;
    };
    await pollLane(w.deps, w.laneId);
    expect(w.remote.jobs[0]!.runs).toBe(1);
  });

  it('a job put back while one index lags behind is not forgotten', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.pass(300);
    w.remote.faults.create.push({ kind: 'capacity', retryAfterSeconds: 20 });
    const queued = w.deps.jobs.queued;
    w.remote.during = undefined;
    let stale = false;
    const update = w.deps.jobs.update;
    w.deps.jobs.update = async (ref, write) => {
      const done = await update(ref, write);
      if (write.set?.['status'] === 'queued') stale = true;
      return done;
    };
    w.deps.jobs.queued = async (...a) => (stale ? [] : queued(...a));
    await w.serve();
    expect(w.job(jobId).status).toBe('queued');
    w.pass(30);
    await pollLane(w.deps, w.laneId);
    stale = false; // the index has caught up
    w.deps.jobs.update = update;
    expect({ due: w.lane().due, woken: w.asked.filter(({ what }) => what === 'run') }).toMatchObject({ due: 'due' });
  });

  it('a job that waited long is not cancelled at its first poll', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.pass(169 * 3600);
    await w.serve();
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    // either it failed in the queue and nothing was started, or it runs
    expect(w.job(jobId).status === 'failed' && w.remote.jobs.length > 0).toBe(false);
  });

  it('a job ends at its deadline also where the platform cannot cancel', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    w.remote.cancel = async () => ({ kind: 'unavailable', message: 'The platform answered 405.' });
    for (let day = 0; day < 30; day += 1) {
      w.pass(24 * 3600);
      await pollLane(w.deps, w.laneId);
    }
    expect(w.job(jobId).status).toBe('failed');
  });

  it('one lane that cannot be written loses neither events nor history of the batch', async () => {
    const w = world();
    const job = await w.send();
    const parked: unknown[] = [];
    const published: unknown[] = [];
    w.deps.lanes.want = async () => {
      throw new Error('throttled');
    };
    await followChanges(
      {
        ...w.deps,
        history: { record: async () => undefined },
        recount: async () => undefined,
        publish: async (changes) => (published.push(...changes), []),
        park: async (change) => void parked.push(change),
      },
      [{ before: undefined, after: job }],
    ).catch(() => undefined);
    expect(published).toHaveLength(1);
  });

  it("a refusal's message is short, whatever the inputs were", async () => {
    const client = new BuiltinClient({} as never);
    const inputs = Object.fromEntries(Array.from({ length: 60_000 }, (_, n) => [`unknown-${n}`, 1]));
    const outcome = await client.create({ tag: 't', process: 'echo', title: 't', inputs });
    expect(JSON.stringify(outcome).length).toBeLessThan(10_000);
  });

  it('jobs of a platform that left the registry are told so', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.deps.platform = async () => undefined;
    for (let n = 0; n < 5; n += 1) {
      w.pass(3600);
      await pollLane(w.deps, w.laneId);
      await w.serve();
    }
    expect((await jobDetail(w.deps, w.job(jobId))).queue?.reason).toContain('no longer registered');
  });

  it('results that can never be read end somewhere', async () => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    w.remote.end('p1', 'successful');
    w.remote.results = async () => ({ kind: 'unavailable', message: '500' });
    for (let hour = 0; hour < 24 * 8; hour += 1) {
      w.pass(3600);
      await pollLane(w.deps, w.laneId);
      await collectResults(w.deps, jobId).catch(() => undefined);
    }
    expect(w.lane().due).toBeUndefined();
  });
});
