import { describe, expect, it } from '@jest/globals';
import { awaitAnswer } from '../../../lambdas/dispatch/use-cases/await-answer.ts';
import { callSync } from '../../../lambdas/dispatch/use-cases/call-sync.ts';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { retryJob } from '../../../lambdas/dispatch/use-cases/retry-job.ts';
import { eventsOf } from '../../../lambdas/dispatch/rules/events.ts';
import { mayChange } from '../../../lambdas/dispatch/rules/transitions.ts';
import { world } from '../../support/world.ts';

type World = ReturnType<typeof world>;
const never = () => new Promise<void>(() => undefined);

/** A synchronous job whose call was handed over; `call` is the function that makes it. */
async function handedOver(options: Parameters<typeof world>[0] = {}) {
  const w = world(options);
  const { jobId } = await w.send('alice', 'echo', {}, {}, 'sync');
  await w.serve();
  return { w, jobId, call: (epoch = 1, pause: (ms: number) => Promise<void> = never) => callSync(w.deps, jobId, epoch, pause) };
}
const onlyAllowedChanges = (w: World) => {
  for (const { before, after } of w.changes)
    if (before && after && before.status !== after.status)
      expect(mayChange(before.status, after.status, 'submitter', false) || mayChange(before.status, after.status, 'owner', false)).toBe(
        true,
      );
};
const waiting = (w: World, jobId: string, seconds = 25) =>
  awaitAnswer(w.deps, w.job(jobId), w.time.now + seconds * 1000, async (ms) => void (w.time.now += ms));

describe.each([true, false])('a synchronous job (two-phase platform: %s)', (twoPhase) => {
  it('is called once, keeps the answer as its results, and frees its place', async () => {
    const { w, jobId, call } = await handedOver({
      twoPhase,
      platform: { limits: { running: 1, burst: 1, parallel: 4, readsPerMinute: 60 } },
    });
    expect(w.asked).toContainEqual({ what: 'sync', id: jobId, at: w.time.now, epoch: 1 });
    expect(w.remote.calls).toEqual([]);
    expect(w.lane().slots?.size).toBe(1);
    expect(await call()).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'successful', resultsAt: expect.any(String), started: expect.any(String) });
    expect(w.job(jobId).platformJobId).toBeUndefined();
    expect(w.remote.executed).toHaveLength(1);
    expect(w.lane().slots?.size ?? 0).toBe(0);
    const { job, end } = await waiting(w, jobId);
    expect(Buffer.from((end as { bytes: Uint8Array }).bytes).toString()).toBe('{"echo":"hello"}');
    const item = await readResults(w.deps, job, 'https://self.example');
    expect(item.properties['swath:outputs']).toEqual({ echo: 'hello' });
    expect(item.assets['answer']!.href).toBe(`https://signed.example/users/alice/workspace/jobs/${jobId}/Output/answer`);
    onlyAllowedChanges(w);
    expect(w.changes.flatMap(({ before, after }) => eventsOf(before, after).map(({ type }) => type))).toEqual([
      'job.queued',
      'job.running',
      'job.successful',
      'job.results.ready',
    ]);
  });

  it('delivered twice, is called once', async () => {
    const { w, call } = await handedOver({ twoPhase });
    const ends = await Promise.all([call(), call()]);
    expect(ends.sort()).toEqual(['left', 'over']);
    expect(w.remote.executed).toHaveLength(1);
    expect(await call()).toBe('left');
  });

  it('delivered again while it is called, is left to its caller, though its owner has cancelled it', async () => {
    const { w, jobId, call } = await handedOver({
      twoPhase,
      platform: { limits: { running: 1, burst: 1, parallel: 4, readsPerMinute: 60 } },
    });
    w.remote.execute = () => new Promise(() => undefined);
    void call();
    await new Promise((resolve) => setImmediate(resolve));
    expect(w.job(jobId).status).toBe('running');
    await cancelJob(w.deps, w.job(jobId));
    expect(await call()).toBe('left');
    expect(w.job(jobId)).toMatchObject({ status: 'running', cancelRequested: true });
    expect(w.lane().slots?.size).toBe(1);
  });

  it('whose answer is lost fails, and is never called again', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.faults.execute.push({ kind: 'lost-after' });
    expect(await call()).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: 'timed out' });
    w.pass(1000);
    await w.serve();
    await pollLane(w.deps, w.laneId);
    expect(w.remote.executed).toHaveLength(1);
    onlyAllowedChanges(w);
  });

  it('whose caller dies fails once its lease is over, with words that say why', async () => {
    const { w, jobId, call } = await handedOver({
      twoPhase,
      platform: { limits: { running: 1, burst: 1, parallel: 4, readsPerMinute: 60 } },
    });
    w.remote.faults.execute.push({ kind: 'crash-after' });
    await expect(call()).rejects.toThrow();
    w.pass(600);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'running' });
    w.pass(100);
    await pollLane(w.deps, w.laneId);
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: expect.stringContaining('not repeated') });
    await pollLane(w.deps, w.laneId);
    expect(w.lane().slots?.size ?? 0).toBe(0);
    expect(w.remote.executed).toHaveLength(1);
  });

  it('for which there is no room goes back to the queue and is called when there is', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.faults.execute.push({ kind: 'capacity', retryAfterSeconds: 3 });
    expect(await call()).toBe('waits');
    expect(w.job(jobId)).toMatchObject({ status: 'queued', message: 'no room' });
    expect(w.job(jobId).started).toBeUndefined();
    expect(w.asked.at(-1)).toEqual({ what: 'run', id: w.laneId, at: w.time.now + 3000 });
    w.pass(4);
    await w.serve('again');
    expect(await call(2)).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'successful' });
    onlyAllowedChanges(w);
  });

  it('that was handed over to nobody is handed over again once its lease is over', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.pass(160);
    await pollLane(w.deps, w.laneId);
    expect(w.asked.filter(({ what }) => what === 'sync').map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(await call(1)).toBe('left');
    expect(await call(2)).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'successful' });
  });

  it('refused by its platform fails with the words of the platform', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.faults.execute.push({ kind: 'refused', message: 'no such band' });
    await call();
    await expect(waiting(w, jobId)).rejects.toMatchObject({ status: 422, code: 'JOB_FAILED', message: 'no such band' });
  });

  it('cancelled before its call is never called', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    await cancelJob(w.deps, w.job(jobId));
    expect(await call()).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed' });
    expect(w.remote.calls).toEqual([]);
    await expect(waiting(w, jobId)).rejects.toMatchObject({ status: 409, code: 'NO_RESULTS' });
  });

  it('cancelled during its call is left, and dismissed', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.whileExecuting = (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    expect(await call(1, async () => void (await cancelJob(w.deps, w.job(jobId))))).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'dismissed', message: 'Cancelled.' });
    onlyAllowedChanges(w);
  });

  it('that is not answered in time is left, and fails', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.whileExecuting = (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    await call(1, async (ms) => void (w.time.now += ms));
    expect(w.job(jobId)).toMatchObject({ status: 'failed', message: 'left' });
    expect(w.remote.executed).toEqual([]);
  });

  it('of which the platform makes a job is polled as any other', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.execution = { platformJobId: 'p7' };
    expect(await call()).toBe('submitted');
    w.remote.jobs.push({ id: 'p7', tag: '', process: 'echo', phase: 'successful', created: w.time.now, runs: 1, inputs: {} });
    w.pass(120);
    await pollLane(w.deps, w.laneId);
    await collectResults(w.deps, jobId);
    expect(w.job(jobId)).toMatchObject({ status: 'successful', platformJobId: 'p7', resultsAt: expect.any(String) });
    expect((await waiting(w, jobId)).end).toBe('elsewhere');
  });

  it('that failed is called anew when it is retried', async () => {
    const { w, jobId, call } = await handedOver({ twoPhase });
    w.remote.faults.execute.push({ kind: 'refused' });
    await call();
    await retryJob(w.deps, w.job(jobId));
    await w.serve('again');
    expect(await call(2)).toBe('over');
    expect(w.job(jobId)).toMatchObject({ status: 'successful', incarnation: 2 });
  });
});

it('A call that has begun is not made again because its order was not acknowledged', async () => {
  const w = world({ platform: { limits: { running: 1, burst: 100, parallel: 4, readsPerMinute: 60 } } });
  const { jobId } = await w.send('alice', 'echo', {}, {}, 'sync');
  const answer = Promise.withResolvers<void>();
  const client = w.deps.client(w.platform);
  const execute: typeof client.execute = (...what) => answer.promise.then(() => client.execute(...what));
  w.deps.client = () => ({ ...client, execute });
  let call: Promise<unknown> = Promise.resolve();
  w.deps.wakers.callSync = async (id, epoch) => {
    call = callSync(w.deps, id, epoch, never);
    while (w.job(id).status !== 'running') await Promise.resolve();
    throw new Error('timed out');
  };
  await w.serve();
  expect(w.job(jobId)).toMatchObject({ status: 'running', epoch: 1 });
  expect(w.lane().slots?.size).toBe(1);
  answer.resolve();
  await call;
  expect(w.job(jobId).status).toBe('successful');
  expect(w.remote.executed).toHaveLength(1);
});

it('A call that cannot be ordered is ordered again, and nobody makes the one before', async () => {
  const w = world();
  const order = w.deps.wakers.callSync;
  w.deps.wakers.callSync = () => Promise.reject(new Error('throttled'));
  const { jobId } = await w.send('alice', 'echo', {}, {}, 'sync');
  await w.serve('refused');
  expect(w.job(jobId)).toMatchObject({ status: 'queued' });
  expect(await callSync(w.deps, jobId, 1, never)).toBe('left');
  w.deps.wakers.callSync = order;
  w.pass(2);
  await w.serve('again');
  expect(await callSync(w.deps, jobId, 2, never)).toBe('over');
});

it('A synchronous job that ends lets the next one go at once', async () => {
  const { w, call } = await handedOver({ platform: { limits: { running: 1, burst: 1, parallel: 4, readsPerMinute: 60 } } });
  await w.send();
  await w.serve('second');
  expect(w.remote.calls).toEqual([]);
  await call();
  expect(w.asked.at(-1)).toEqual({ what: 'run', id: w.laneId, at: w.time.now });
});

it('Whoever waits for a job that takes longer is told that it goes on', async () => {
  const { w, jobId } = await handedOver();
  const began = w.time.now;
  expect(await waiting(w, jobId)).toMatchObject({ end: 'goes on', job: { jobId } });
  expect(w.time.now - began).toBe(25_000);
});

it('A lost create is held where synchronous calls make jobs that cannot be told from its own', async () => {
  const w = world({ twoPhase: false });
  const { jobId } = await w.send();
  w.remote.faults.create.push({ kind: 'lost-before' });
  await w.serve();
  const other = await w.send('bob', 'other', {}, {}, 'sync');
  await w.serve('sync');
  await callSync(w.deps, other.jobId, 1, never);
  w.pass(400);
  await w.serve('later');
  expect(w.job(jobId)).toMatchObject({ status: 'queued', held: 'ambiguous' });
  expect(w.remote.calls).not.toContain('find');
});
