import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Frame } from '../../lambdas/live/model.ts';
import { TaskEvent } from '../../lambdas/shared/events/events.ts';
import type { TaskSummary } from '../../lambdas/upscaling/model.ts';
import { jobBody } from '../support/jobs.ts';
import { api, aws, local } from '../support/local.ts';
import { until } from '../support/until.ts';
import { aTicket, Viewer } from '../support/viewer.ts';

jest.setTimeout(60_000);

const open: Viewer[] = [];
let queue: string;
const heard: TaskEvent[] = [];

beforeAll(async () => {
  const QueueName = `tasks-${Date.now()}`;
  queue = (await aws.sqs().send(new CreateQueueCommand({ QueueName }))).QueueUrl!;
  const { Attributes } = await aws.sqs().send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }));
  const bus = { EventBusName: local().outputs['EventBusName']! };
  await aws.events().send(new PutRuleCommand({ ...bus, Name: QueueName, EventPattern: JSON.stringify({ source: ['swath.upscaling'] }) }));
  await aws.events().send(new PutTargetsCommand({ ...bus, Rule: QueueName, Targets: [{ Id: 'heard', Arn: Attributes!['QueueArn']! }] }));
});
afterAll(() => open.forEach((viewer) => viewer.close()));

/** Takes what the bus has brought, up to the end of this incarnation of the task; answers what was said of the task. */
const eventsOf = (taskId: string, incarnation: number): Promise<TaskEvent[]> =>
  until(`the end of task ${taskId} on the bus`, async () => {
    const { Messages = [] } = await aws.sqs().send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
    for (const { Body, ReceiptHandle } of Messages) {
      heard.push(TaskEvent.parse((JSON.parse(Body!) as { detail: unknown }).detail));
      await aws.sqs().send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }));
    }
    const own = heard.filter(({ subject }) => subject === taskId);
    const isOver = own.some(({ type, data }) => type === 'task.finished' && data.incarnation === incarnation);
    return isOver && Messages.length === 0 ? own : undefined;
  });

type Status = Extract<Frame, { type: 'status' }>;
const statuses = (viewer: Viewer): Status[] => viewer.frames.filter((frame) => frame.type === 'status');
async function watching(taskId: string, more = ''): Promise<Viewer> {
  const viewer = await Viewer.open(`${(await aTicket('alice')).url}&task=${taskId}${more}`);
  open.push(viewer!);
  return viewer!;
}
const aTask = async (as: string, body: object) => (await api<TaskSummary>('POST', '/upscale_tasks', { as, body })).body;

describe("Somebody else's task", () => {
  it('is answered like one that never was, by the address and by a subscription', async () => {
    const { id } = await aTask('alice', { ...jobBody(), dimension: { name: 'text', values: ['mine'] } });
    expect(await Viewer.open(`${(await aTicket('bob')).url}&task=${id}`)).toBeUndefined();
    const bob = await Viewer.of('bob');
    open.push(bob);
    const none = '00000000-0000-4000-8000-000000000000';
    for (const taskId of [id, none]) bob.send({ action: 'subscribe', subjects: { [`task:${taskId}`]: 0 } });
    const errors = await until('two errors', () => {
      const found = bob.frames.filter((frame) => frame.type === 'error');
      return found.length === 2 ? found : undefined;
    });
    expect(errors.map(({ message }) => message).toSorted()).toEqual(
      [none, id].map((taskId) => `You have no upscaling task ${taskId}.`).toSorted(),
    );
    expect(statuses(bob).every(({ subject }) => subject === 'jobs')).toBe(true);
  });

  it('shows its own viewers that it has ended already', async () => {
    const { id } = await aTask('alice', { ...jobBody(), dimension: { name: 'text', values: ['one'] } });
    await eventsOf(id, 1);
    const viewer = await watching(id);
    expect(statuses(viewer)[0]).toMatchObject({ finished: true, data: { upscaling_tasks: [{ status: 'finished' }] } });
  });
});
