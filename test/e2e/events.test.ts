import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { JobEvent } from '../../lambdas/shared/events/events.ts';
import { aJob, collected, ended, type JobWish } from '../support/jobs.ts';
import { api, aws, filesUnder, itemsOf, local } from '../support/local.ts';
import { until } from '../support/until.ts';

let queue: string;
const heard: JobEvent[] = [];

/** Takes what the bus has brought by now. */
async function listen(): Promise<void> {
  const { Messages = [] } = await aws.sqs().send(new ReceiveMessageCommand({ QueueUrl: queue, MaxNumberOfMessages: 10 }));
  for (const { Body, ReceiptHandle } of Messages) {
    heard.push(JobEvent.parse((JSON.parse(Body!) as { detail: unknown }).detail));
    await aws.sqs().send(new DeleteMessageCommand({ QueueUrl: queue, ReceiptHandle }));
  }
}

const eventsOf = (id: string, last: string): Promise<JobEvent[]> =>
  until(`${last} of ${id} on the bus`, async () => {
    await listen();
    const own = heard.filter(({ subject }) => subject === id).toSorted((a, b) => a.seq - b.seq);
    return own.at(-1)?.type === last ? own : undefined;
  });

/** The rows that the history has of a job. */
const history = async (id: string) => (await itemsOf('HistoryTable')).filter((item) => item['jobId'] === id);

const filesOf = async (id: string) => (await filesUnder('users/')).filter((key) => key.includes(id));

beforeAll(async () => {
  const QueueName = `heard-${Date.now()}`;
  queue = (await aws.sqs().send(new CreateQueueCommand({ QueueName }))).QueueUrl!;
  const { Attributes } = await aws.sqs().send(new GetQueueAttributesCommand({ QueueUrl: queue, AttributeNames: ['QueueArn'] }));
  const bus = { EventBusName: local().outputs['EventBusName']! };
  await aws.events().send(new PutRuleCommand({ ...bus, Name: QueueName, EventPattern: JSON.stringify({ source: ['swath.dispatch'] }) }));
  await aws.events().send(new PutTargetsCommand({ ...bus, Rule: QueueName, Targets: [{ Id: 'heard', Arn: Attributes!['QueueArn']! }] }));
});

describe("A job's life is on the bus", () => {
  it('from the queue to its results, each event once and numbered', async () => {
    const { id } = await aJob({ parameters: { pause: 1 } });
    await collected(id);
    const events = await eventsOf(id, 'job.results.ready');
    const types = events.map(({ type }) => type);
    expect(types).toEqual([
      'job.queued',
      'job.submitted',
      ...types.filter((type) => type === 'job.running'),
      'job.successful',
      'job.results.ready',
    ]);
    expect(new Set(events.map(({ id: event }) => event)).size).toBe(events.length);
    expect(JSON.stringify(events)).not.toContain('parameters');
  });

  it('to its failure', async () => {
    const { id } = await aJob({ parameters: { fail: 'No data.' } });
    expect((await eventsOf(id, 'job.failed'))[0]!.type).toBe('job.queued');
  });

  it('to its cancellation', async () => {
    const { id } = await aJob({ parameters: { pause: 60 } });
    await api('POST', `/unit_jobs/${id}/cancel`, { as: 'alice' });
    await eventsOf(id, 'job.dismissed');
  });
});

describe('The history', () => {
  const kinds: [string, JobWish['parameters'], object][] = [
    ['successful', { pause: 1 }, { duration: expect.any(Number), finished: expect.any(String) }],
    ['failed', { fail: 'No data.' }, { exception: 'No data.', duration: expect.any(Number) }],
  ];
  it.each(kinds)('has one row of a %s job, with its duration', async (status, parameters, more) => {
    const { id } = await aJob({ parameters: parameters! });
    await ended(id);
    const [row, ...others] = await until('the row', async () => {
      const rows = await history(id);
      return rows[0]?.['status'] === status ? rows : undefined;
    });
    expect(others).toEqual([]);
    expect(row).toMatchObject({ jobId: id, platformId: 'builtin', process: 'echo', incarnation: 1, ...more });
    expect(row!['duration']).toBeGreaterThanOrEqual(0);
  });

  it('stays when the job and its results are deleted', async () => {
    const { id } = await aJob({ parameters: { text: 'x'.repeat(10_000) } });
    await collected(id);
    expect((await filesOf(id)).length).toBeGreaterThan(1);
    expect(await api('DELETE', `/unit_jobs/${id}`, { as: 'alice' })).toMatchObject({ status: 200, body: null });
    expect(await filesOf(id)).toEqual([]);
    expect((await api('GET', `/unit_jobs/${id}`, { as: 'alice' })).status).toBe(404);
    expect(await history(id)).toMatchObject([{ status: 'successful' }]);
  });
});
