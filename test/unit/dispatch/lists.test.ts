import { describe, expect, it } from '@jest/globals';
import { cancelJob } from '../../../lambdas/dispatch/use-cases/owned-jobs.ts';
import { watchLane } from '../../../lambdas/dispatch/use-cases/watch-lane.ts';
import { pollLane } from '../../../lambdas/dispatch/use-cases/poll-lane.ts';
import { iso } from '../../../lambdas/shared/time/clock.ts';
import { world } from '../../support/world.ts';

const limits = { burst: 1000, parallel: 10, readsPerMinute: 60 };

/** A lane with so many jobs that run, on a platform that lists them. */
async function running(jobs: number, pageSize = 100) {
  const w = world({ platform: { limits } });
  w.remote.listing(pageSize);
  const ids: string[] = [];
  for (let n = 0; n < jobs; n += 1) ids.push((await w.send()).jobId);
  while (w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs) await w.serve(`run-${w.remote.calls.length}`);
  w.remote.calls.length = 0;
  w.pass(61);
  const poll = async (seconds = 0) => {
    w.pass(seconds);
    w.remote.calls.length = 0;
    await pollLane(w.deps, w.laneId);
    return {
      pages: w.remote.calls.filter((call) => call.startsWith('list')).length,
      reads: w.remote.calls.filter((call) => call.startsWith('status')).length,
    };
  };
  return { w, ids, poll, statuses: () => ids.map((id) => w.job(id).status) };
}

describe("a lane is read by its platform's list", () => {
  it('when that is cheaper: one request brings news of all jobs', async () => {
    const { w, poll, statuses } = await running(30);
    w.remote.end('p7', 'successful');
    expect(await poll()).toEqual({ pages: 1, reads: 0 });
    expect(statuses().filter((status) => status === 'running')).toHaveLength(29);
    expect(statuses()[6]).toBe('successful');
    expect(w.lane().lastSeenAt).toBeDefined();
  });

  it('also jobs that are not due are brought up to date by it, and what did not change is not written', async () => {
    const { w, ids, poll } = await running(30);
    await poll();
    w.pass(3600);
    await poll();
    const versions = ids.map((id) => w.job(id).version);
    w.remote.end('p3', 'successful');
    for (let minute = 0; minute < 3; minute += 1) await poll(60);
    const changed = ids.filter((id, n) => w.job(id).version !== versions[n]);
    expect(changed).toEqual([ids[2]]);
  });

  it('but a single job is read by itself', async () => {
    const { poll } = await running(1);
    expect(await poll()).toEqual({ pages: 0, reads: 1 });
  });

  it('no further than to the page on which the last due job was seen', async () => {
    const { w, poll } = await running(30, 10);
    w.remote.jobs.push(...Array.from({ length: 100 }, (_, n) => ({ ...w.remote.jobs[0]!, id: `old-${n}` })));
    expect(await poll()).toEqual({ pages: 3, reads: 0 });
  });

  it('a long history of others costs half as much again at most, and from then on jobs are read one by one', async () => {
    const { w, poll, statuses } = await running(6);
    w.remote.foreign = 1000;
    expect(await poll()).toEqual({ pages: 3, reads: 6 });
    expect(new Set(statuses())).toEqual(new Set(['running']));
    expect(await poll(60)).toEqual({ pages: 0, reads: 6 });
    w.remote.foreign = 0;
    w.pass(600);
    expect(await poll()).toEqual({ pages: 1, reads: 0 });
  });

  it('a minute later, too, if it did not show jobs that had only just begun', async () => {
    const { w, poll } = await running(30);
    w.pass(-60);
    const list = w.remote.list!.bind(w.remote);
    w.remote.list = async (next) => {
      await list(next);
      return { kind: 'found', value: { jobs: [] } };
    };
    expect(await poll()).toEqual({ pages: 1, reads: 30 });
    expect(w.lane().listAfter).toBeUndefined();
    w.remote.list = list;
    expect(await poll(60)).toEqual({ pages: 1, reads: 0 });
  });

  it('what it does not show is read by itself: to be absent means nothing', async () => {
    const { w, ids, poll } = await running(5);
    w.remote.unlisted.add('p2');
    expect(await poll()).toEqual({ pages: 1, reads: 1 });
    expect(w.job(ids[1]!)).toMatchObject({ status: 'running' });
    expect(w.job(ids[1]!).missingSince).toBeUndefined();
  });

  it('a job that is gone is lost only by two answers of its own, ten minutes apart', async () => {
    const { w, ids, poll } = await running(5);
    await poll();
    w.remote.end('p2', 'gone');
    await poll(61);
    expect(w.job(ids[1]!)).toMatchObject({ status: 'running', missingSince: expect.any(String) });
    await poll(300);
    expect(w.job(ids[1]!).status).toBe('running');
    await poll(400);
    expect(w.job(ids[1]!)).toMatchObject({ status: 'failed', message: expect.stringContaining('no longer knows') });
  });

  it('pages that fail half way: what was read counts, and the rest is read one by one', async () => {
    const { w, poll, statuses } = await running(30, 10);
    const list = w.remote.list!;
    w.remote.list = async (next) =>
      next === '20' ? (w.remote.calls.push('list 20'), { kind: 'unavailable', message: '502' }) : list(next);
    w.remote.faults.status.push({ kind: 'unavailable' }, { kind: 'unavailable' }, { kind: 'unavailable' });
    await poll();
    expect(statuses().slice(0, 20)).toEqual(Array.from({ length: 20 }, () => 'running'));
    expect(await poll(61)).toMatchObject({ pages: 0 });
    w.remote.list = list;
    expect(await poll(61)).toMatchObject({ pages: 3 });
    expect(new Set(statuses())).toEqual(new Set(['running']));
  });

  it('a list that goes round in a circle ends', async () => {
    const { w, poll } = await running(12);
    w.remote.list = async (next) => (w.remote.calls.push(`list ${next}`), { kind: 'found', value: { jobs: [], next: next ?? 'again' } });
    expect(await poll()).toEqual({ pages: 2, reads: 12 });
  });

  it('a list that lags behind takes nothing back', async () => {
    const { w, ids, poll } = await running(4);
    const old = await w.remote.list!();
    w.remote.end('p1', 'successful');
    await poll();
    w.remote.list = async () => old;
    await poll(61);
    expect(w.job(ids[0]!).status).toBe('successful');
  });

  it('a failed job whose reason the list does not tell, and one to be cancelled, are asked about one by one', async () => {
    const { w, ids, poll } = await running(5);
    await poll();
    w.remote.end('p1', 'failed');
    await cancelJob(w.deps, w.job(ids[1]!));
    await poll(61);
    expect(w.remote.calls).toEqual(expect.arrayContaining(['status p1', 'cancel p2']));
    expect([w.job(ids[0]!).status, w.job(ids[1]!).status]).toEqual(['failed', 'dismissed']);
  });

  describe('that is longer than the budget of a poll', () => {
    /** A watched lane of 40 running jobs, four pages, with a budget of one request or two a poll. */
    const long = async () => {
      const { w, ids, poll, statuses } = await running(40, 10);
      w.deps.settings.watchSeconds = 2;
      await watchLane(w.deps, w.laneId);
      await poll();
      return { w, ids, poll, statuses };
    };

    it('is gone through page by page: news of each job comes within a round', async () => {
      const { w, poll, statuses } = await long();
      for (let n = 1; n <= 40; n += 1) w.remote.end(`p${n}`, 'successful');
      for (let n = 0; n < 5; n += 1) await poll(1);
      expect(new Set(statuses())).toEqual(new Set(['successful']));
    });

    it('and a job that it does not show is read by itself all the same', async () => {
      const { w, ids, poll } = await long();
      w.remote.unlisted.add('p7');
      w.remote.end('p7', 'successful');
      for (let n = 0; n < 200 && w.job(ids[6]!).status === 'running'; n += 1) {
        const { pages, reads } = await poll(2);
        expect(pages + reads).toBeLessThanOrEqual(2);
      }
      expect(w.job(ids[6]!).status).toBe('successful');
    });

    it('a page that is no longer there: the list is read from its beginning', async () => {
      const { w, poll } = await long();
      await poll(2);
      const gone = w.lane().listFrom!;
      expect(['10', '20']).toContain(gone);
      const list = w.remote.list!;
      w.remote.list = async (next) => (next === gone ? (w.remote.calls.push(`list ${gone}`), { kind: 'missing' }) : list(next));
      await poll(3);
      expect(w.remote.calls.slice(0, 2)).toEqual([`list ${gone}`, 'list 0']);
      expect(w.lane()).not.toHaveProperty('listAfter');
    });
  });

  it('that takes the whole budget is read to its end by two polls of three, and the third leaves a request to a job that it does not show', async () => {
    const { w, ids, poll } = await running(40, 10);
    w.deps.settings.watchSeconds = 4;
    w.platform.limits.readsPerMinute = 60; // four requests a poll, as many as the list has pages
    await watchLane(w.deps, w.laneId);
    await poll();
    w.remote.unlisted.add('p7');
    w.remote.end('p7', 'successful');
    const seen: string[] = [];
    for (let n = 0; n < 30 && w.job(ids[6]!).status !== 'successful'; n += 1) {
      const { pages, reads } = await poll(4);
      seen.push(`${pages} ${reads}`);
    }
    expect(w.job(ids[6]!).status).toBe('successful');
    expect(new Set(seen)).toEqual(new Set(['4 0', '3 1']));
  });

  it('requests for pages count in the read budget', async () => {
    const { w, poll } = await running(40, 5);
    w.platform.limits.readsPerMinute = 10;
    const { pages, reads } = await poll();
    expect(pages + reads).toBeLessThanOrEqual(10);
  });
});

describe('a platform that tells of news', () => {
  const told = async (n: number) => {
    const { w, poll } = await running(n);
    await poll();
    w.remote.calls.length = 0;
    w.asked.length = 0;
    const tell = (secondsAgo = 0) => pollLane(w.deps, w.laneId, { toldAt: iso(w.time.now - secondsAgo * 1000) });
    return { w, tell };
  };

  it('is read at once, whatever is due', async () => {
    const { w, tell } = await told(1);
    w.pass(3);
    w.remote.end('p1', 'successful');
    await tell();
    expect(w.remote.calls).toEqual(['status p1']);
  });

  it('is read once for many events of one time, also when they come late', async () => {
    const { w, tell } = await told(30);
    w.pass(3);
    await Promise.all([tell(), tell(), tell()]);
    expect(w.remote.calls.filter((call) => call.startsWith('list'))).toHaveLength(1);
    w.remote.calls.length = 0;
    w.pass(5);
    await tell(5);
    await tell(60);
    expect(w.remote.calls).toEqual(['list 0']);
    await tell(5);
    expect(w.remote.calls).toEqual(['list 0']);
  });

  it('while its lane is polled is heard again afterwards: that poll may have read before', async () => {
    const { w, tell } = await told(2);
    w.pass(3);
    const read = w.deps.lanes.update;
    let inside = false;
    w.deps.lanes.update = async (...args) => {
      const written = await read(...args);
      if (!inside) {
        inside = true;
        await tell();
      }
      return written;
    };
    await tell();
    expect(w.asked.filter(({ what }) => what === 'news')).toEqual([
      { what: 'news', id: w.laneId, at: w.time.now + 5000, plannedFor: iso(w.time.now) },
    ]);
  });
});
