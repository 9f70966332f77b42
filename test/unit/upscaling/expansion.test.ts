import { describe, expect, it } from '@jest/globals';
import { summary, takenUpMessage, TaskRequest } from '../../../lambdas/upscaling/model.ts';
import { listJobs, ownedTask, taskDetail } from '../../../lambdas/upscaling/use-cases/owned-tasks.ts';
import { planWork, settleWork, workChunk } from '../../../lambdas/upscaling/use-cases/work.ts';
import { aTask, numbers, taskWorld } from '../../support/task-world.ts';

const faultsOf = async (made: Promise<unknown>) =>
  made.then(
    () => [],
    ({ errors }: { errors: { pointer: string; message: string }[] }) => errors,
  );

describe('a task', () => {
  it('becomes one job for each value, with the parameters of the request and that value', async () => {
    const w = taskWorld();
    const task = await w.sendTask('alice', ['a', 'b', { tile: 3 }], { parameters: { pause: 1 } });
    expect(task).toMatchObject({ status: 'created', total: 3 });
    await w.settle();
    expect(w.task(task.taskId)).toMatchObject({ expanded: true });
    expect(w.task(task.taskId)).not.toHaveProperty('work');
    await w.serve();
    const inputs = w.remote.jobs.map((job) => job.inputs);
    expect(inputs).toEqual([
      { pause: 1, text: 'a' },
      { pause: 1, text: 'b' },
      { pause: 1, text: { tile: 3 } },
    ]);
    expect(w.job(`${task.taskId}-1`)).toMatchObject({
      title: 'A task - Processing Job 2',
      value: '"b"',
      status: 'submitted',
      origin: 'task',
    });
  });

  it('is whole whatever is repeated or dies while its jobs are written', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(1200));
    await w.stream();
    await planWork(w.tasks, taskId, 1);
    await workChunk(w.tasks, taskId, 1, 0); // and here its execution dies
    await w.serve();
    const before = w.job(`${taskId}-0`);
    expect(before.status).toBe('submitted');
    const { chunks } = await planWork(w.tasks, taskId, 1);
    expect(chunks).toHaveLength(3);
    await Promise.all([...chunks, ...chunks].map(({ chunk }) => workChunk(w.tasks, taskId, 1, chunk)));
    await settleWork(w.tasks, taskId, 1);
    expect(w.job(`${taskId}-0`)).toEqual(before);
    expect((await listJobs(w.tasks, w.task(taskId), { limit: 2000 })).items.map(({ index }) => index)).toEqual(numbers(1200));
  });

  it('starts a state machine once for each piece of work, and none that is over', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', [1]);
    await w.stream();
    const [first] = w.started;
    await w.settle();
    await w.execute(first!);
    expect((await planWork(w.tasks, taskId, 1)).outcome).toBe('nothing');
    expect((await planWork(w.tasks, taskId, 0)).outcome).toBe('nothing');
    expect(w.started).toEqual([]);
  });

  it('keeps why its state machine failed, until it is done', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', [1]);
    await w.stream();
    await settleWork(w.tasks, taskId, 1, 'no table');
    expect(w.task(taskId)).toMatchObject({ fault: 'no table', work: 'expand' });
    w.started.splice(0);
    await w.stream();
    expect(w.started).toEqual([]);
    w.pass(301);
    expect(await w.sweep()).toMatchObject({ found: 1, told: [takenUpMessage] });
    expect(summary(w.task(taskId)).message).toContain('it is tried again');
    await w.settle();
    expect(w.task(taskId)).not.toHaveProperty('fault');
    expect(w.task(taskId)).toMatchObject({ expanded: true });
  });

  it('shows the first of its jobs, and pages of the others', async () => {
    const w = taskWorld();
    const { taskId } = await w.sendTask('alice', numbers(1001));
    await w.settle();
    const task = await ownedTask(w.tasks, 'alice', taskId);
    const page = await listJobs(w.tasks, task, { limit: 600 });
    expect([page.items.length, page.cursor]).toEqual([600, '600']);
    const rest = await listJobs(w.tasks, task, { limit: 600, from: 600 });
    expect([rest.items.map(({ index }) => index), rest.cursor]).toEqual([numbers(1001).slice(600), undefined]);
    const detail = await taskDetail(w.tasks, task, page.items.slice(0, 1), []);
    expect(detail).toMatchObject({ service: { application: 'echo' }, dimension: { name: 'text' }, jobs: [{ index: 0, value: 0 }] });
    await expect(ownedTask(w.tasks, 'bob', taskId)).rejects.toMatchObject({ code: 'TASK_NOT_FOUND' });
  });

  it('is made once by a request with a key', async () => {
    const w = taskWorld();
    const asked = { key: 'k', fingerprint: 'f' };
    const [first, second] = await Promise.all([w.sendTask('alice', [1], {}, asked), w.sendTask('alice', [1], {}, asked)]);
    expect(second.taskId).toBe(first.taskId);
    await expect(w.sendTask('alice', [2], {}, { ...asked, fingerprint: 'g' })).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
  });
});

describe('a request for a task is refused', () => {
  it.each(['draining', 'removing'] as const)('by a platform that is %s, as one for a job is', async (state) => {
    const w = taskWorld();
    w.platform.state = state;
    await expect(w.sendTask('alice', [1])).rejects.toMatchObject({ status: 409, code: 'PLATFORM_DRAINING' });
    expect((await w.tasks.tasks.listOwned('alice', 10)).items).toEqual([]);
  });

  const inForm = (values: unknown[]) => TaskRequest.safeParse(aTask(values));
  it.each([
    ['no value', [], 'At least one value is needed.'],
    ['100,001 values', numbers(100_001), 'A task has at most 100,000 values.'],
  ])('with %s', (_, values, message) => {
    expect(inForm(values).error?.issues.map((issue) => [issue.path.join('/'), issue.message])).toEqual([['dimension/values', message]]);
  });
  it('but not with one value, nor with 100,000', () => {
    expect([inForm([1]).success, inForm(numbers(100_000)).success]).toEqual([true, true]);
  });
  it('with a value that comes twice, however it is written, unless that is wanted', async () => {
    const w = taskWorld();
    const values = [{ a: 1, b: 2 }, 1, { b: 2, a: 1 }];
    expect(await faultsOf(w.sendTask('alice', values))).toEqual([
      { pointer: '/dimension/values/2', message: 'The same as value 0. Say duplicates: true to run it again.' },
    ]);
    expect(await w.sendTask('alice', values, { dimension: { name: 'text', values, duplicates: true } })).toMatchObject({ total: 3 });
  });
  it('with plain values that come twice, but not with others that only look the same', async () => {
    const w = taskWorld();
    const different = [1, '1', true, 'true', null, 'null', 0, '', {}, '{}', [], '[]', [1], { a: '1' }, '{"a":"1"}'];
    expect(await w.sendTask('alice', different)).toMatchObject({ total: different.length });
    for (const value of [1, '1', false, null, 0, '', [], [1, 2]]) {
      const faults = await faultsOf(w.sendTask('alice', ['x', value, value]));
      expect(faults).toEqual([{ pointer: '/dimension/values/2', message: expect.stringContaining('The same as value 1.') }]);
    }
  });
  it('with a value that refers to a file of somebody else, wherever it stands', async () => {
    const w = taskWorld();
    for (const value of ['s3://bucket/users/bob/workspace/a', { in: ['s3://bucket/users/bob/workspace/a'] }])
      await expect(w.sendTask('alice', [1, true, null, value])).rejects.toMatchObject({ status: 403 });
  });
  it('with a dimension that is also a parameter, or a process that is not there', async () => {
    const w = taskWorld();
    expect(await faultsOf(w.sendTask('alice', [1], { parameters: { text: 'x' } }))).toEqual([
      { pointer: '/dimension/name', message: 'text is among the parameters, too: leave it out there.' },
    ]);
    expect(await faultsOf(w.sendTask('alice', [1], { service: { endpoint: 'plat', application: 'none' } }))).toMatchObject([
      { pointer: '/service/application' },
    ]);
    await expect(w.sendTask('alice', [1], { parameters: { file: 's3://bucket/users/bob/workspace/a' } })).rejects.toMatchObject({
      status: 403,
    });
  });
});
