import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import { dynamoHistory } from '../../lambdas/dispatch/dynamo-history.ts';
import { dynamoJobs } from '../../lambdas/dispatch/dynamo-jobs.ts';
import { dynamoLanes } from '../../lambdas/dispatch/dynamo-lanes.ts';
import type { Job, RequestRecord, Spec } from '../../lambdas/dispatch/model.ts';
import type { JobStore, LaneStore } from '../../lambdas/dispatch/ports.ts';
import { as } from '../../lambdas/dispatch/rules/transitions.ts';
import * as writes from '../../lambdas/dispatch/rules/writes.ts';
import type { Condition } from '../../lambdas/shared/table/write.ts';
import { iso } from '../../lambdas/shared/time/clock.ts';
import { aws, local } from '../support/local.ts';
import { memoryJobs, memoryLanes } from '../support/memory-stores.ts';

/** The ports' contract, on memory and on the emulator's DynamoDB: what holds in one holds in the other. */
const clock = { now: () => Date.parse('2026-03-01T12:00:00.000Z') };
const large = new Map<string, string>();
const parameters = {
  from: 8192,
  write: async (_owner: string, jobId: string, json: string) => (large.set(jobId, json), jobId),
  read: async (key: string) => large.get(key)!,
  readPart: async (key: string, from: number, to: number) => Buffer.from(large.get(key)!).subarray(from, to).toString(),
};
const stores: [string, () => { jobs: JobStore; lanes: LaneStore }][] = [
  ['memory', () => ({ jobs: memoryJobs().store, lanes: memoryLanes(clock).store })],
  [
    'DynamoDB',
    () => ({
      jobs: dynamoJobs(aws.dynamo(), local().outputs['JobsTable']!, parameters, local().outputs['RequestsTable']!),
      lanes: dynamoLanes(aws.dynamo(), local().outputs['LanesTable']!, clock),
    }),
  ],
];

let made = 0;
/** A job on a lane that no function of the deployed stack serves. */
function aJob(more: Partial<Job> = {}): { job: Job; spec: Spec } {
  made += 1;
  const created = iso(clock.now() + made * 1000);
  const job: Job = {
    jobId: `${String(made).padStart(8, '0')}-${randomUUID()}`,
    owner: 'owner',
    origin: 'request',
    laneId: 'contract~none',
    platformId: 'contract',
    process: 'echo',
    title: 'A job',
    label: 'ogc_api_process',
    ...as('queued'),
    incarnation: 1,
    epoch: 0,
    version: 1,
    pollNumber: 0,
    failures: 0,
    deadline: iso(clock.now() + 1e9),
    created,
    updated: created,
    ...more,
  };
  return {
    job,
    spec: { jobId: job.jobId, format: 'json', service: { endpoint: 'contract', application: 'echo' }, parameters: { n: made } },
  };
}

describe.each(stores)('jobs in %s', (_, open) => {
  const { jobs } = open();
  const stored = async (more: Partial<Job> = {}) => {
    const { job, spec } = aJob(more);
    await jobs.create(job, spec);
    return job;
  };

  it('are created once, with their spec, and read back as they were', async () => {
    const { job, spec } = aJob();
    expect(await jobs.create(job, spec)).toBe(true);
    expect(await jobs.create({ ...job, title: 'Another' }, spec)).toBe(false);
    expect(await jobs.get(job.jobId)).toEqual(job);
    expect(await jobs.spec(job)).toEqual(spec);
    expect(await jobs.get('nobody')).toBeUndefined();
  });

  it('keep parameters of any size', async () => {
    const { job, spec } = aJob();
    const long = { ...spec, parameters: { text: 'x'.repeat(600_000) } };
    await jobs.create(job, long);
    expect(await jobs.spec(job)).toEqual(long);
  });

  it('tell their specs several at a time, without large parameters', async () => {
    const [small, large] = [aJob(), aJob()];
    large.spec.parameters = { text: 'x'.repeat(10_000) };
    for (const { job, spec } of [small, large]) await jobs.create(job, spec);
    const specs = await jobs.specs([small.job.jobId, 'nobody', large.job.jobId]);
    expect([...specs]).toEqual([
      [small.job.jobId, small.spec],
      [large.job.jobId, { ...large.spec, parameters: {} }],
    ]);
  });

  it('are queued again by a retry, without anything of the incarnation before', async () => {
    const laneId = `contract-${randomUUID()}~none`;
    const fresh = aJob({ laneId }).job;
    const job = await stored({ ...fresh, platformJobId: 'p1', postedAt: iso(1), cancelRequested: true, message: 'no', finished: iso(2) });
    const ended = await jobs.update(job, { when: [], set: as('failed') });
    expect(await jobs.queued(laneId, 'owner', 10)).toEqual([]);
    const retries = await Promise.all([1, 2, 3].map(() => jobs.update(job, writes.retry(ended.item!, iso(3), iso(4)))));
    expect(retries.filter(({ ok }) => ok)).toHaveLength(1);
    const again = { ...fresh, incarnation: 2, version: 3, deadline: iso(4), updated: iso(3) };
    expect(await jobs.get(job.jobId)).toEqual(again);
    expect(await jobs.queued(laneId, 'owner', 10)).toEqual([again]);
    expect(await jobs.active(laneId)).toEqual([]);
  });

  /** A record of a request that made this job, and counts for so many seconds. */
  const recordOf = (job: Job, key: string, seconds = 60): RequestRecord => {
    const { owner, jobId, created } = job;
    return { owner, key, fingerprint: 'f', jobId, created, expires: Math.floor(Date.parse(created) / 1000) + seconds };
  };

  it('are created with the record of their request, or not at all', async () => {
    const [key, other] = [randomUUID(), `owner-${randomUUID()}`];
    const [first, second] = [aJob(), aJob()];
    expect(await jobs.request('owner', key)).toBeUndefined();
    expect(await jobs.create(first.job, first.spec, recordOf(first.job, key))).toBe(true);
    expect(await jobs.create(second.job, second.spec, recordOf(second.job, key))).toBe(false);
    expect(await jobs.get(second.job.jobId)).toBeUndefined();
    expect(await jobs.spec(second.job)).toBeUndefined();
    expect(await jobs.request('owner', key)).toEqual(recordOf(first.job, key));
    expect(await jobs.request(other, key)).toBeUndefined();
    const theirs = aJob({ owner: other });
    expect(await jobs.create(theirs.job, theirs.spec, recordOf(theirs.job, key))).toBe(true);
  });

  it('are created over the record of a request that no longer counts', async () => {
    const key = randomUUID();
    const [first, second] = [aJob(), aJob()]; // a second apart
    await jobs.create(first.job, first.spec, recordOf(first.job, key, 1));
    expect(await jobs.create(second.job, second.spec, recordOf(second.job, key))).toBe(true);
    expect(await jobs.request('owner', key)).toEqual(recordOf(second.job, key));
  });

  it('are one, of many created at once for the same request', async () => {
    const key = randomUUID();
    const many = Array.from({ length: 6 }, () => aJob());
    const done = await Promise.all(many.map(({ job, spec }) => jobs.create(job, spec, recordOf(job, key))));
    expect(done.filter(Boolean)).toHaveLength(1);
    const { job } = many[done.indexOf(true)]!;
    expect(await jobs.request('owner', key)).toEqual(recordOf(job, key));
    const stored = await Promise.all(many.map((one) => jobs.get(one.job.jobId)));
    expect(stored.filter((one) => one !== undefined)).toEqual([job]);
  });

  it('grow their version by one with each write, and are never revived', async () => {
    const job = await stored();
    const written = await jobs.update(job, { when: [], set: { message: 'hello' } });
    expect(written).toEqual({ ok: true, item: { ...job, message: 'hello', version: 2 } });
    expect(await jobs.update({ ...job, jobId: 'nobody' }, { when: [], set: { message: 'hello' } })).toEqual({ ok: false, item: undefined });
  });

  const some = { postedAt: iso(1000), epoch: 3, cancelRequested: true } as const;
  it.each<[string, Condition, boolean]>([
    ['equal', { attr: 'epoch', is: 3 }, true],
    ['not equal', { attr: 'epoch', is: 4 }, false],
    ['equal to an absent one', { attr: 'platformJobId', is: 'p' }, false],
    ['one of', { attr: 'status', in: ['submitted', 'queued'] }, true],
    ['none of', { attr: 'status', in: ['submitted'] }, false],
    ['below', { attr: 'postedAt', below: iso(1001) }, true],
    ['not below itself', { attr: 'postedAt', below: iso(1000) }, false],
    ['an absent one below', { attr: 'startSentAt', below: iso(1001) }, false],
    ['above', { attr: 'epoch', above: 2 }, true],
    ['an absent one above', { attr: 'startSentAt', above: '' }, false],
    ['absent', { attr: 'platformJobId', absent: true }, true],
    ['not absent', { attr: 'postedAt', absent: true }, false],
    ['present', { attr: 'cancelRequested', present: true }, true],
    ['not present', { attr: 'platformJobId', present: true }, false],
    [
      'any of',
      {
        anyOf: [
          { attr: 'epoch', is: 9 },
          { attr: 'epoch', is: 3 },
        ],
      },
      true,
    ],
    [
      'all of',
      {
        allOf: [
          { attr: 'epoch', is: 9 },
          { attr: 'epoch', is: 3 },
        ],
      },
      false,
    ],
  ])('mean by "%s" the same', async (_name, condition, expected) => {
    const job = await stored(some);
    const written = await jobs.update(job, { when: [condition], set: { message: 'written' } });
    expect(written.ok).toBe(expected);
    expect(written.item).toMatchObject({ epoch: 3, version: expected ? 2 : 1 });
  });

  it('are listed in their lane while queued, and as active from the claim until their results are there', async () => {
    const laneId = `contract-${randomUUID()}~none`;
    const [first, second] = [await stored({ laneId }), await stored({ laneId })];
    const ids = async (list: Promise<Job[]>) => (await list).map(({ jobId }) => jobId);
    expect(await ids(jobs.queued(laneId, 'owner', 10))).toEqual([first.jobId, second.jobId]);
    expect(await ids(jobs.queued(laneId, 'owner', 1))).toEqual([first.jobId]);

    const claimed = await jobs.update(first, writes.claim(first, iso(1), iso(2)));
    expect(await ids(jobs.queued(laneId, 'owner', 10))).toEqual([second.jobId]);
    expect(await ids(jobs.active(laneId))).toEqual([first.jobId]);

    const back = await jobs.update(first, writes.putBack(claimed.item!, iso(3), { message: 'no room', answered: 'create' }));
    expect(back.item).not.toHaveProperty('postedAt');
    expect(await ids(jobs.queued(laneId, 'owner', 10))).toEqual([first.jobId, second.jobId]);
    expect(await ids(jobs.active(laneId))).toEqual([]);

    const again = await jobs.update(first, writes.claim(back.item!, iso(4), iso(5)));
    const committed = await jobs.update(first, writes.commit(again.item!, 'p1', iso(6), iso(0), iso(9)));
    const news = writes.news(committed.item!, { platformJobId: 'p1', raw: 'finished', phase: 'successful' }, 1, iso(7))!;
    const over = await jobs.update(first, news);
    expect(over.item).toMatchObject({ status: 'successful', rank: 90 });
    expect(await ids(jobs.active(laneId))).toEqual([first.jobId]);
    await jobs.update(first, writes.resultsReady(over.item!, iso(8)));
    expect(await ids(jobs.active(laneId))).toEqual([]);
  });

  it('of tasks are active from the claim on, in whatever chunks they lie, and as they are by then', async () => {
    const laneId = `contract-${randomUUID()}~none`;
    const taskId = randomUUID();
    // Two chunks: of one, jobs side by side, of the other, some that are far from each other.
    const made = [0, 1, 2, 3, 510, 700, 980].map(
      (index) => aJob({ laneId, taskId, index, jobId: `${taskId}-${index}`, origin: 'task', value: '1' }).job,
    );
    await jobs.createChildren(made);
    const single = await stored({ laneId });
    expect(await jobs.active(laneId)).toEqual([]);

    const [first, second, third, , other, last] = made as [Job, Job, Job, Job, Job, Job];
    const claimed = [first, second, third, other, last, single];
    for (const job of claimed) await jobs.update(job, writes.claim(job, iso(1), iso(2)));
    const ids = async () => (await jobs.active(laneId)).map(({ jobId }) => jobId);
    expect(await ids()).toEqual(claimed.map(({ jobId }) => jobId).toSorted());

    const committed = await jobs.update(second, writes.commit({ ...second, epoch: 1 }, 'p1', iso(3), iso(0), iso(9)));
    expect(committed.ok).toBe(true);
    expect(await jobs.active(laneId)).toContainEqual(committed.item);
    const over = await jobs.update(other, { when: [], set: as('failed') });
    const done = await jobs.update(last, { when: [], set: as('successful') });
    expect(await ids()).toEqual(claimed.flatMap(({ jobId }) => (jobId === over.item!.jobId ? [] : jobId)).toSorted());
    await jobs.update(last, writes.resultsReady(done.item!, iso(8)));
    expect(await ids()).toEqual([first, second, third, single].map(({ jobId }) => jobId).toSorted());
  });

  it('of tasks wait in the order of their values, whether they were never let go or came back', async () => {
    const laneId = `contract-${randomUUID()}~none`;
    const taskId = randomUUID();
    const template = aJob().spec;
    await jobs.keepTemplate('owner', { ...template, jobId: taskId, dimension: 'n', valuesKey: 'none', offsets: [0, 1, 2] });
    const child = (index: number) => aJob({ laneId, taskId, index, jobId: `${taskId}-${index}`, origin: 'task', value: '1' }).job;
    const waiting = async (limit = 1000) => (await jobs.queued(laneId, `owner#${taskId}`, limit)).map(({ index }) => index!);
    const places = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);
    const write = (from: number, to: number) => jobs.createChildren(places(from, to).map(child));
    expect(await waiting()).toEqual([]);
    await Promise.all([write(0, 490), write(500, 503)]); // the chunks are written side by side
    expect((await waiting(490)).slice(480)).toEqual(places(480, 490));
    await write(490, 500);
    expect(await waiting()).toEqual(places(0, 503));
    expect(await waiting(3)).toEqual([0, 1, 2]);

    const claim = async (index: number) => (await jobs.update(child(index), writes.claim(child(index), iso(1), iso(2)))).item!;
    await Promise.all(places(0, 60).map(claim));
    expect(await waiting(3)).toEqual([60, 61, 62]);
    const claimed = await claim(70); // by now it is noted that others have gone
    expect(await waiting(12)).toEqual([...places(60, 70), 71, 72]);
    for (const job of [(await jobs.get(`${taskId}-7`))!, claimed])
      await jobs.update(job, writes.putBack(job, iso(3), { message: 'no room', answered: 'create' }));
    expect(await waiting(12)).toEqual([7, ...places(60, 71)]);
    await jobs.update(child(60), writes.fence(child(60)));
    await jobs.update(child(61), writes.cancelQueued(child(61), iso(4)));
    expect(await waiting(4)).toEqual([7, 60, 62, 63]);
    const cancelled = (await jobs.get(`${taskId}-61`))!;
    await jobs.update(cancelled, writes.retry(cancelled, iso(5), iso(1e9)));
    expect(await waiting(4)).toEqual([7, 60, 61, 62]);
    await write(0, 503); // written again they change nothing
    await Promise.all([...places(63, 70), ...places(71, 500)].map(claim));
    expect(await waiting()).toEqual([7, 60, 61, 62, 70, 500, 501, 502]);
    await write(503, 505); // what came behind a canary
    expect((await waiting()).slice(-3)).toEqual([502, 503, 504]);
    await jobs.deleteTemplate(taskId);
  }, 30_000); // a thousand writes

  it('are listed for their owner newest first, page by page, also filtered', async () => {
    const owner = `owner-${randomUUID()}`;
    const mine: Job[] = [];
    for (let n = 0; n < 5; n += 1) mine.push(await stored({ owner, platformId: n % 2 ? 'odd' : 'even' }));
    const newest = mine.map(({ jobId }) => jobId).toReversed();
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await jobs.listOwned(owner, {}, 2, cursor);
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map(({ jobId }) => jobId));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen).toEqual(newest);
    const odd = await jobs.listOwned(owner, { platformId: 'odd' }, 10);
    expect(odd.items.map(({ jobId }) => jobId)).toEqual([newest[1], newest[3]]);
    expect((await jobs.listOwned(owner, { status: ['running'] }, 10)).items).toEqual([]);
    expect((await jobs.listOwned('somebody else', {}, 10)).items).toEqual([]);
    const all: string[] = [];
    for (let next: string | undefined, more = true; more; more = next !== undefined) {
      const page = await jobs.listAll({ accepts: (job) => job.owner === owner }, 2, next);
      all.push(...page.items.map(({ jobId }) => jobId));
      next = page.cursor;
    }
    expect(all).toHaveLength(new Set(all).size);
    expect(all.length).toBeGreaterThan(2);
  });

  it('are deleted when final, and only then', async () => {
    const job = await stored();
    await jobs.delete(job.jobId);
    expect(await jobs.get(job.jobId)).toBeDefined();
    await jobs.update(job, writes.cancelQueued(job, iso(1)));
    await jobs.delete(job.jobId);
    expect(await jobs.get(job.jobId)).toBeUndefined();
    expect(await jobs.spec(job)).toBeUndefined();
  });

  it('give a claim to one of many that ask at once', async () => {
    const job = await stored();
    const claims = await Promise.all(Array.from({ length: 8 }, () => jobs.update(job, writes.claim(job, iso(1), iso(2)))));
    expect(claims.filter(({ ok }) => ok)).toHaveLength(1);
  });
});

it('a cursor of another owner is refused', async () => {
  const { jobs } = stores[1]![1]();
  const owner = `owner-${randomUUID()}`;
  for (let n = 0; n < 2; n += 1) {
    const { job, spec } = aJob({ owner });
    await jobs.create(job, spec);
  }
  const { cursor } = await jobs.listOwned(owner, {}, 1);
  expect(cursor).toBeDefined();
  await expect(jobs.listOwned('somebody else', {}, 1, cursor)).rejects.toMatchObject({ status: 422 });
  await expect(jobs.listOwned(owner, {}, 1, 'garbage')).rejects.toMatchObject({ status: 422 });
});

it('the history keeps a row for each incarnation of a job, as it was last', async () => {
  const history = dynamoHistory(aws.dynamo(), local().outputs['HistoryTable']!);
  const { job } = aJob({ owner: `owner-${randomUUID()}` });
  await history.record({ ...job, ...as('failed'), version: 4, message: 'no' });
  await history.record({ ...job, incarnation: 2, version: 5 });
  await history.record({ ...job, incarnation: 2, ...as('successful'), version: 9 });
  await history.record({ ...job, incarnation: 2, ...as('running'), version: 8 });
  const { Items } = await aws.dynamo().send(
    new QueryCommand({
      TableName: local().outputs['HistoryTable']!,
      KeyConditionExpression: 'pk = :owner',
      ExpressionAttributeValues: { ':owner': job.owner },
    }),
  );
  expect(Items).toMatchObject([
    { incarnation: 1, status: 'failed', exception: 'no' },
    { incarnation: 2, status: 'successful' },
  ]);
});

describe.each(stores)('lanes in %s', (_, open) => {
  const { lanes } = open();
  const aLane = async () => {
    const laneId = `contract-${randomUUID()}~none`;
    await lanes.want(laneId, 'contract');
    return laneId;
  };

  it('are made by the first wake-up, count the others, and are due', async () => {
    const laneId = await aLane();
    expect(await lanes.want(laneId, 'contract')).toMatchObject({
      laneId,
      platformId: 'contract',
      wanted: 2,
      due: 'due',
      wantedAt: iso(clock.now()),
    });
    expect(await lanes.due()).toContain(laneId);
    await lanes.update(laneId, { when: [{ attr: 'wanted', is: 2 }], remove: ['due'] });
    expect(await lanes.due()).not.toContain(laneId);
  });

  it('hold slots as a set within its size', async () => {
    const laneId = await aLane();
    const take = (slots: string[]) => lanes.update(laneId, { when: [{ attr: 'slots', sizeAtMost: 2 - slots.length }], include: { slots } });
    expect((await take(['a.1'])).ok).toBe(true);
    expect((await take(['b.1', 'c.1'])).ok).toBe(false);
    expect((await take(['b.1'])).item!.slots).toEqual(new Set(['a.1', 'b.1']));
    const counting = (slot: string) => lanes.update(laneId, { when: [{ attr: 'slots', contains: slot }], set: { reservedAt: iso(1) } });
    expect([(await counting('b.1')).ok, (await counting('c.1')).ok]).toEqual([true, false]);
    expect((await lanes.update(laneId, { when: [], exclude: { slots: ['a.1', 'b.1', 'unknown.1'] } })).item!.slots).toBeUndefined();
  });

  it('have one post a process, which its slot may take again', async () => {
    const laneId = await aLane();
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'a.1', epoch: 0 })).toBe(true);
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'a.1', epoch: 0 })).toBe(true);
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'b.1', epoch: 0 })).toBe(false);
    expect(await lanes.takePost(laneId, 'other', { slot: 'b.1', epoch: 0 })).toBe(true);
    await lanes.endPost(laneId, 'ndvi', { slot: 'b.1', epoch: 0 });
    expect((await lanes.posts(laneId)).toSorted((a, b) => (a.slot < b.slot ? -1 : 1))).toEqual([
      { process: 'ndvi', slot: 'a.1', epoch: 0 },
      { process: 'other', slot: 'b.1', epoch: 0 },
    ]);
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'a.1', epoch: 2 })).toBe(true);
    await lanes.endPost(laneId, 'ndvi', { slot: 'a.1', epoch: 0 });
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'b.1', epoch: 0 })).toBe(false);
    await lanes.endPost(laneId, 'ndvi', { slot: 'a.1', epoch: 2 });
    expect(await lanes.takePost(laneId, 'ndvi', { slot: 'b.1', epoch: 0 })).toBe(true);
  });

  it('open a share at their virtual time, and close it only when nothing came', async () => {
    const laneId = await aLane();
    await lanes.openShare(laneId, 'alice');
    expect(await lanes.shares(laneId)).toEqual([{ share: 'alice', pass: 0, wantedAt: iso(clock.now()) }]);
    await lanes.advanceShare(laneId, 'alice', 3);
    await lanes.update(laneId, { when: [], set: { virtual: 2 } });
    await Promise.all([lanes.openShare(laneId, 'alice'), lanes.openShare(laneId, 'bob')]);
    expect((await lanes.shares(laneId)).map(({ share, pass }) => `${share} ${pass}`).toSorted()).toEqual(['alice 3', 'bob 2']);
    const bob = async () => (await lanes.shares(laneId)).find(({ share }) => share === 'bob')?.pass;
    await lanes.update(laneId, { when: [], set: { virtual: 3 } });
    await lanes.openShare(laneId, 'bob');
    expect(await bob()).toBe(2); // his turn is next, though he sends more
    await lanes.update(laneId, { when: [], set: { virtual: 4 } });
    await lanes.openShare(laneId, 'bob');
    expect(await bob()).toBe(4);
    await lanes.closeShare(laneId, 'bob', iso(1));
    expect(await lanes.shares(laneId)).toHaveLength(2);
    await lanes.closeShare(laneId, 'bob', iso(clock.now()));
    await lanes.advanceShare(laneId, 'bob', 1);
    expect((await lanes.shares(laneId)).map(({ share }) => share)).toEqual(['alice']);
    expect(await lanes.isTaskClosed(laneId, 'alice', 'task')).toBe(false);
    await lanes.closeTaskShare(laneId, 'alice', 'task', 'paused', 2);
    expect(await lanes.isTaskClosed(laneId, 'alice', 'task')).toBe(true);
    await lanes.closeTaskShare(laneId, 'alice', 'task', undefined, 3);
    expect(await lanes.isTaskClosed(laneId, 'alice', 'task')).toBe(false);
    await lanes.closeTaskShare(laneId, 'alice', 'task', 'paused', 2); // it was on its way while the task was resumed
    expect(await lanes.isTaskClosed(laneId, 'alice', 'task')).toBe(false);
    await lanes.closeTaskShare(laneId, 'alice', 'task', 'paused', 3);
    await lanes.openTaskShare(laneId, 'alice', 'task');
    expect(await lanes.isTaskClosed(laneId, 'alice', 'task')).toBe(true);
  });

  it('are not made by a write that is no wake-up', async () => {
    expect(await lanes.update('contract-nobody~none', { when: [], set: { reason: 'x' } })).toEqual({ ok: false, item: undefined });
  });
});
