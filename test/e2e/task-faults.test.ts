import { CreateEventSourceMappingCommand, DeleteEventSourceMappingCommand, paginateListEventSourceMappings } from '@aws-sdk/client-lambda';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect } from '@jest/globals';
import type { TaskDetail, TaskSummary } from '../../lambdas/upscaling/model.ts';
import { fakeOpenEo, proxy } from '../support/control.ts';
import { aTitle, jobBody } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import type { OpenEoId } from '../support/stage.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n / 100);
const aTask = async (platform: string, title: string, values: number[]) => {
  const body = { ...jobBody({ platform, title, label: 'openeo' }), dimension: { name: 'seconds', values } };
  const made = await api<TaskSummary>('POST', '/upscale_tasks', { as: 'alice', body });
  if (made.status !== 201) throw new Error(`POST /upscale_tasks answered ${made.status}: ${JSON.stringify(made.body)}`);
  return made.body.id;
};
const untilTask = (id: string, what: string, isSo: (task: TaskDetail) => boolean) =>
  until(
    `task ${id} ${what}`,
    async () => {
      const { body } = await api<TaskDetail>('GET', `/upscale_tasks/${id}`, { as: 'alice' });
      return isSo(body) ? body : undefined;
    },
    { within: 200, ticking: true },
  );
const over = (id: string) => untilTask(id, 'is over', ({ finished }) => finished !== undefined);
/** The write of one job of a task, by its place in the task from 1. */
const writeOf = (title: string, place: number) => ({ target: /PutItem$/, body: new RegExp(`${title} - Processing Job ${place}"`) });
/** Every job was run once. */
const ranOnce = async (platform: OpenEoId, title: string, jobs: number) =>
  expect(await fakeOpenEo(platform).runs(title)).toEqual(Array.from({ length: jobs }, () => 1));

describe('A task whose worker is killed', () => {
  together('while it writes the jobs has them all, each once', async () => {
    const title = aTitle('written');
    const rule = await proxy.hold(writeOf(title, 3));
    const id = await aTask('fake-written', title, numbers(6));
    await proxy.killSender(rule);
    expect(await over(id)).toMatchObject({ phase: 'successful', total: 6, counts: { successful: 6 } });
    await ranOnce('fake-written', title, 6);
  });

  together('while it submits a job ends when what was under way can no longer take effect, each job run once', async () => {
    const title = aTitle('killed');
    const commit = String.raw`^(?=[\s\S]*startSentAt)(?=[\s\S]*"fake-killed~service#0")`;
    const rule = await proxy.hold({ target: /UpdateItem$/, body: new RegExp(commit) });
    const id = await aTask('fake-killed', title, numbers(4));
    await proxy.killSender(rule);
    expect(await over(id)).toMatchObject({ phase: 'successful', counts: { successful: 4 } });
    const runs = await fakeOpenEo('fake-killed').runs(title);
    expect(runs.filter((count) => count > 0)).toEqual([1, 1, 1, 1]);
  });
});

describe('A task that is told everything twice: changes of its jobs and of itself, messages, and events', () => {
  together('counts its jobs once, runs each once, and keeps one row of history for each', async () => {
    const twice = await tellTwice('fake-doubled~service');
    const title = aTitle('doubled');
    const id = await aTask('fake-doubled', title, numbers(5));
    const rule = await proxy.twice({ target: /(?:PutEvents|SendMessage|SendMessageBatch)$/, body: new RegExp(`${id}|fake-doubled`) });
    const ended = await over(id);
    expect(ended).toMatchObject({ phase: 'successful', incarnation: 1, counts: { successful: 5 } });
    await ranOnce('fake-doubled', title, 5);
    const Key = { pk: `${id}#0`, sk: 'job#000000' };
    const { Item } = await aws.dynamo().send(new GetCommand({ TableName: local().outputs['JobsTable']!, Key }));
    const history = () =>
      aws.dynamo().send(
        new QueryCommand({
          TableName: local().outputs['HistoryTable']!,
          KeyConditionExpression: 'pk = :owner AND sk > :since',
          FilterExpression: 'begins_with(jobId, :task)',
          ExpressionAttributeValues: { ':owner': Item!['owner'] as string, ':since': ended.created, ':task': id },
        }),
      );
    const rows = await until('the history has every job', async () => {
      const { Items = [] } = await history();
      return Items.length >= 5 ? Items : undefined;
    });
    expect(rows.map(({ status }) => status as string)).toEqual(Array.from({ length: 5 }, () => 'successful'));
    await proxy.remove(rule);
    await twice.end();
  });
});

describe('A task that is paused while its jobs are being written', () => {
  together('starts none that is written afterwards until it goes on, and then runs each once', async () => {
    const title = aTitle('paused');
    const rule = await proxy.hold(writeOf(title, 1));
    const id = await aTask('fake-paused', title, numbers(6));
    const { held } = await proxy.held(rule);
    expect((await api('POST', `/upscale_tasks/${id}/pause`, { as: 'alice' })).status).toBe(202);
    await proxy.release(held);
    const paused = await untilTask(id, 'has all its jobs', ({ jobs }) => jobs.length === 6);
    expect(paused).toMatchObject({ paused: 'owner' });
    await untilTask(id, 'waits', ({ counts }) => counts !== undefined && counts.queued + counts.successful === 6 && counts.queued > 0);
    const resumed = Date.now();
    expect((await api('POST', `/upscale_tasks/${id}/resume`, { as: 'alice' })).status).toBe(202);
    expect(await over(id)).toMatchObject({ phase: 'successful', counts: { successful: 6 } });
    await ranOnce('fake-paused', title, 6);
    const first = (await fakeOpenEo('fake-paused').started(title)).find((job) => job.title.startsWith(`${title} - Processing Job 1 `));
    expect(first!.at).toBeGreaterThanOrEqual(resumed);
  });
});

describe('A task whose platform an administrator removes', () => {
  together('ends: what runs there finishes, and what waits fails with the reason', async () => {
    const limits = { running: 2, parallel: 4, burst: 100, startsPerMinute: 6000, readsPerMinute: 600 };
    const body = { kind: 'openeo', title: 'Leaving', baseUrl: await fakeOpenEo('fake-leaving').url(), exclusive: true, limits };
    expect(await api('PUT', '/platforms/fake-leaving', { as: 'ada', body })).toMatchObject({ status: 200 });
    const title = aTitle('leaving');
    const id = await until('the platform is known', () => aTask('fake-leaving', title, [20, 20.1, 20.2, 20.3, 20.4]));
    await until('two jobs run', async () => (await fakeOpenEo('fake-leaving').started(title)).length === 2 || undefined, { ticking: true });
    const removed = await api('DELETE', '/platforms/fake-leaving?drain=true', { as: 'ada' });
    expect(removed).toMatchObject({ status: 200, body: { state: 'removing' } });
    expect(await over(id)).toMatchObject({
      phase: 'partial',
      counts: { successful: 2, failed: 3 },
      errors: [{ count: 3, message: expect.stringContaining('removed by an administrator') }],
    });
    expect((await fakeOpenEo('fake-leaving').started(title)).length).toBe(2);
  });
});

/** Gives every consumer of a stream of jobs or tasks each change of a lane a second time. */
async function tellTwice(laneId: string): Promise<{ end(): Promise<void> }> {
  const lambda = aws.lambda();
  const again: string[] = [];
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
    for (const { EventSourceArn = '', FunctionArn } of EventSourceMappings) {
      if (!/:table\/.*(?:Jobs|Tasks)/.test(EventSourceArn)) continue;
      const filter = { Pattern: JSON.stringify({ dynamodb: { NewImage: { laneId: { S: [laneId] } } } }) };
      const { UUID } = await lambda.send(
        new CreateEventSourceMappingCommand({
          ...{ EventSourceArn, FunctionName: FunctionArn!, StartingPosition: 'LATEST', BatchSize: 100 },
          FilterCriteria: { Filters: [filter] },
        }),
      );
      again.push(UUID!);
    }
  if (again.length < 3) throw new Error(`Only ${again.length} consumers of streams were found.`);
  return {
    async end() {
      for (const UUID of again) await lambda.send(new DeleteEventSourceMappingCommand({ UUID }));
    },
  };
}
