import { describe, expect, it } from '@jest/globals';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { inTurn, pollPlan } from '../../../lambdas/dispatch/rules/poll.ts';
import { news } from '../../../lambdas/dispatch/rules/writes.ts';
import { Settings, type Job } from '../../../lambdas/dispatch/model.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { applied } from '../../support/memory-table.ts';
import { world } from '../../support/world.ts';

async function running() {
  const w = world();
  const { jobId } = await w.send();
  await w.serve();
  w.pass(61);
  await pollLane(w.deps, w.laneId);
  return { ...w, jobId, w };
}

describe('polling', () => {
  it('brings what the platform says, and writes nothing when nothing changed', async () => {
    const { w, jobId } = await running();
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    const { version } = w.job(jobId);
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId).version).toBe(version);
  });

  it('keeps the status when the platform does not answer', async () => {
    const { w, jobId } = await running();
    w.remote.faults.status.push({ kind: 'unavailable' }, { kind: 'unavailable' });
    const before = w.job(jobId);
    const seen = w.lane().lastSeenAt;
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toEqual(before);
    expect(w.lane().lastSeenAt).toBe(seen);
  });

  it('takes one "not found" for nothing and two, ten minutes apart, for lost', async () => {
    const { w, jobId } = await running();
    w.remote.end('p1', 'gone');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    w.pass(300);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    w.pass(400);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('no longer knows') });
  });

  it('cancels and fails a job at its deadline', async () => {
    const { w, jobId } = await running();
    w.pass(8 * 24 * 3600);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('168 hours') });
    expect(w.remote.jobs).toMatchObject([{ phase: 'dismissed' }]);
  });

  it('does not overlap itself', async () => {
    const { w } = await running();
    w.pass(61);
    const before = w.remote.calls.length;
    await Promise.all([pollLane(w.deps, w.laneId), pollLane(w.deps, w.laneId)]);
    expect(w.remote.calls.length).toBe(before + 1);
  });

  it('lets the lane rest when nothing is left, and not before', async () => {
    const { w, jobId } = await running();
    expect(w.lane().due).toBe('due');
    w.remote.end('p1', 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().due).toBe('due');
    await collectResults(w.deps, jobId);
    w.pass(121);
    await pollLane(w.deps, w.laneId);
    expect(w.lane().due).toBeUndefined();
    expect(w.lane().slots).toBeUndefined();
  });

  it('collects again when the results of a finished job have not come', async () => {
    const { w, jobId } = await running();
    w.remote.end('p1', 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    expect(w.asked).toContainEqual({ what: 'collect', id: jobId, at: w.time.now });
  });
});

describe('news', () => {
  const job = {
    jobId: 'j',
    platformJobId: 'p',
    incarnation: 1,
    status: 'running',
    rank: 50,
    pollNumber: 5,
    started: iso(0),
    platformStatus: 'running',
  } as Job;
  const said = (raw: string, phase?: 'queued' | 'running' | 'successful' | 'created', progress?: number) => ({
    platformJobId: 'p',
    raw,
    ...(phase ? { phase } : {}),
    ...(progress === undefined ? {} : { progress }),
  });

  it('never lowers the rank, but keeps the word the platform said (invariant 4)', () => {
    expect(applied(job, news(job, said('accepted', 'queued'), 6, iso(1))!)).toMatchObject({
      status: 'running',
      platformStatus: 'accepted',
    });
  });
  it('keeps the status for a word it does not know', () => {
    expect(applied(job, news(job, said('hibernating'), 6, iso(1))!)).toMatchObject({ status: 'running', platformStatus: 'hibernating' });
  });
  it('is refused when it is older than what is known', () => {
    expect(applied(job, news(job, said('running', 'running', 50), 5, iso(1))!)).toBeUndefined();
  });
  it('is refused by a final job and by another incarnation', () => {
    const write = news(job, said('finished', 'successful'), 6, iso(1))!;
    expect(applied({ ...job, status: 'failed', rank: 90 } as Job, write)).toBeUndefined();
    expect(applied({ ...job, incarnation: 2 }, write)).toBeUndefined();
    expect(applied(job, write)).toMatchObject({ status: 'successful', progress: 100, finished: iso(1) });
  });
  it("takes the platform's `created` for none", () => {
    expect(news(job, said('created', 'created'), 6, iso(1))).toBeUndefined();
  });
  it('stores progress in quarters', () => {
    expect(news(job, said('running', 'running', 62), 6, iso(1))!.set).toMatchObject({ progress: 50 });
  });
});

describe('when jobs are read', () => {
  const settings = Settings.parse({});
  const jobs = Array.from(
    { length: 100 },
    (_, n) =>
      ({
        jobId: `job-${n}`,
        platformJobId: `p${n}`,
        rank: 50,
        status: 'running',
        created: iso(0),
        submitted: iso(0),
        deadline: iso(1e12),
      }) as Job,
  );

  it('reads each job once an interval, spread over the minutes', () => {
    const now = 6000_000; // age 6,000 s: every 600 s
    const reads = Array.from(
      { length: 10 },
      (_, minute) => pollPlan(jobs, settings, iso(now + minute * 60_000), now + (minute + 1) * 60_000).due.length,
    );
    expect(reads.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(95);
    expect(reads.reduce((sum, count) => sum + count)).toBeLessThanOrEqual(105);
    expect(Math.max(...reads)).toBeLessThan(30);
  });
  it('keeps within the budget, with another selection each time', () => {
    const [a, b] = [1, 2].map((minute) => inTurn(jobs, iso(minute * 60_000), 10));
    expect([a!.length, b!.length]).toEqual([10, 10]);
    expect(a).not.toEqual(b);
  });
});

describe('results', () => {
  it('are a STAC item of the owner, visible once, with links that are signed when asked', async () => {
    const { w, jobId } = await running();
    const footprint = {
      type: 'Polygon',
      coordinates: [
        [
          [10, 50],
          [11, 50],
          [11, 51],
          [10, 51],
          [10, 50],
        ],
      ],
    };
    w.remote.outputs = [
      { name: 'ndvi', href: 'https://plat.example/files/ndvi.tif', type: 'image/tiff' },
      { name: 'large', href: 's3://bucket/builtin/p1/output.json', type: 'application/json' },
      { name: 'footprint', value: footprint },
      { name: 'stats', value: { mean: 0.5 } },
    ];
    w.remote.end('p1', 'successful');
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await expect(readResults(w.deps, w.job(jobId), 'self')).rejects.toMatchObject({ status: 409, code: 'RESULTS_NOT_READY' });
    await collectResults(w.deps, jobId);
    await collectResults(w.deps, jobId);
    expect(w.changes.filter(({ before, after }) => after?.resultsAt && !before?.resultsAt)).toHaveLength(1);
    const item = await readResults(w.deps, w.job(jobId), 'https://api/self');
    expect(item).toMatchObject({
      id: jobId,
      bbox: [10, 50, 11, 51],
      geometry: footprint,
      properties: { 'swath:outputs': { stats: { mean: 0.5 } } },
    });
    expect(item.assets['ndvi']).toMatchObject({ href: 'https://plat.example/files/ndvi.tif', roles: ['data'] });
    expect(item.assets['large']!.href).toBe('https://signed.example/builtin/p1/output.json');
    expect(w.files.get(`users/alice/workspace/jobs/${jobId}/item.json`)).toContain('s3://bucket/builtin/p1/output.json');
  });
});
