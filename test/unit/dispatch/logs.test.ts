import { describe, expect, it } from '@jest/globals';
import type { LogLevel } from '../../../lambdas/dispatch/model.ts';
import { readLogs } from '../../../lambdas/dispatch/use-cases/logs.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults } from '../../../lambdas/dispatch/use-cases/results.ts';
import { world } from '../../support/world.ts';

/** A world in which a job of alice is on the platform as `p1`, whose log has so many entries; every second one is an error. */
async function aWorldWithLog(entries: number) {
  const w = world();
  const { jobId } = await w.send();
  await w.serve();
  for (let n = 1; n <= entries; n += 1) w.remote.log.push({ id: `l${n}`, level: n % 2 ? 'info' : 'error', message: `entry ${n}` });
  const page = (more: { level?: LogLevel; limit?: number; cursor?: string } = {}) =>
    readLogs(w.deps, w.job(jobId), { level: 'debug', limit: 100, ...more });
  const all = async (limit: number, level: LogLevel = 'debug') => {
    const ids: string[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const read = await page({ limit, level, ...(cursor === undefined ? {} : { cursor }) });
      ids.push(...read.items.map(({ id }) => id));
      cursor = read.cursor;
    }
    return ids;
  };
  const end = async (phase: 'successful' | 'failed') => {
    w.remote.end('p1', phase);
    w.pass(61);
    await pollLane(w.deps, w.laneId);
    await collectResults(w.deps, jobId);
  };
  return { ...w, jobId, page, all, end };
}
const own = ['swath:created', 'swath:submitted'];
const theirs = (...numbers: number[]) => numbers.map((n) => `platform:l${n}`);

describe('the log of a job', () => {
  it('is what Swath did, then what the platform says', async () => {
    const w = await aWorldWithLog(2);
    expect((await w.page()).items).toMatchObject([
      { id: 'swath:created', level: 'info', time: expect.any(String), source: 'swath' },
      { id: 'swath:submitted', message: 'Sent to plat as p1.' },
      { id: 'platform:l1', level: 'info', message: 'entry 1', source: 'platform' },
      { id: 'platform:l2', level: 'error' },
    ]);
  });

  it.each([1, 2, 3, 100])('is read completely and each entry once, %i a page', async (limit) => {
    const w = await aWorldWithLog(5);
    expect(await w.all(limit)).toEqual([...own, ...theirs(1, 2, 3, 4, 5)]);
    expect(await w.all(limit, 'error')).toEqual(theirs(2, 4));
  });

  it('survives the platform when the job has ended', async () => {
    const w = await aWorldWithLog(5);
    await w.end('successful');
    delete w.remote.logs;
    expect(await w.all(2)).toEqual([...own, 'swath:started', 'swath:finished', ...theirs(1, 2, 3, 4, 5)]);
    expect(await w.all(2, 'error')).toEqual(theirs(2, 4));
    expect(w.files.get(`users/alice/workspace/jobs/${w.jobId}/runlog`)?.trim().split('\n')).toHaveLength(9);
  });

  it('of a failed job is kept too, with why it failed', async () => {
    const w = await aWorldWithLog(0);
    await w.end('failed');
    expect((await w.page({ level: 'error' })).items).toMatchObject([{ id: 'swath:finished', message: expect.stringContaining('failed') }]);
    expect([...w.files.keys()]).toEqual([`users/alice/workspace/jobs/${w.jobId}/runlog`]);
  });

  it('tells that the platform does not answer, and ends there', async () => {
    const w = await aWorldWithLog(1);
    w.remote.logs = async () => ({ kind: 'unavailable', message: 'no route' });
    expect(await w.page()).toEqual({
      items: [
        expect.anything(),
        expect.anything(),
        expect.objectContaining({ level: 'warning', message: expect.stringContaining('no route') }),
      ],
    });
  });

  it('keeps the end of no job back when the platform does not hand it out', async () => {
    const w = await aWorldWithLog(1);
    w.remote.logs = async () => ({ kind: 'unavailable', message: 'no route' });
    await w.end('successful');
    expect(w.job(w.jobId).resultsAt).toBeDefined();
  });

  it('holds at most a thousand entries of a platform, and does not go round with one that repeats itself', async () => {
    const w = await aWorldWithLog(1500);
    await w.end('successful');
    expect((await w.all(1000)).length).toBeLessThanOrEqual(1203);
    const round = await aWorldWithLog(1);
    round.remote.logs = async () => ({ kind: 'found', value: { entries: round.remote.log, more: true } });
    await round.end('successful');
    expect((await round.all(100)).filter((id) => id === 'platform:l1').length).toBeLessThanOrEqual(2);
  });

  it('shows no signed link and no token', async () => {
    const w = await aWorldWithLog(0);
    w.remote.log.push({ id: 'x', message: 'GET https://b/x.tif?X-Amz-Signature=abc123 with Bearer abc.def', level: 'strange' });
    const shown = JSON.stringify((await w.page()).items);
    expect(shown).not.toMatch(/abc123|abc\.def/);
    expect((await w.page()).items.at(-1)).toMatchObject({ level: 'info' });
  });

  it('refuses a cursor that is none of its own', async () => {
    const w = await aWorldWithLog(1);
    await expect(w.page({ cursor: 'swath:nothing' })).rejects.toMatchObject({ status: 422 });
    await w.end('successful');
    await expect(w.page({ cursor: 'platform:nothing' })).rejects.toMatchObject({ status: 422 });
  });
});
