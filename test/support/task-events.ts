import { PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateQueueCommand, DeleteMessageCommand, GetQueueAttributesCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Local } from '../../scripts/environment/local.ts';
import { TaskEvent } from '../../lambdas/shared/events/events.ts';
import { clientsOf } from './local.ts';

/** What the bus of an environment tells of tasks from now on, in a queue of its own. */
export async function hearTasks(local: Local): Promise<{ take(): Promise<TaskEvent[]> }> {
  const { sqs, events } = clientsOf(local.endpoint);
  const QueueName = `tasks-${process.pid}-${Date.now()}`;
  const { QueueUrl } = await sqs().send(new CreateQueueCommand({ QueueName }));
  const { Attributes } = await sqs().send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  const bus = { EventBusName: local.outputs['EventBusName']! };
  await events().send(new PutRuleCommand({ ...bus, Name: QueueName, EventPattern: JSON.stringify({ source: ['swath.upscaling'] }) }));
  await events().send(new PutTargetsCommand({ ...bus, Rule: QueueName, Targets: [{ Id: 'heard', Arn: Attributes!['QueueArn']! }] }));
  return {
    /** What has come since; at most ten events, none when there is no more. */
    async take() {
      const { Messages = [] } = await sqs().send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      for (const { ReceiptHandle } of Messages) await sqs().send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
      return Messages.map(({ Body }) => TaskEvent.parse((JSON.parse(Body!) as { detail: unknown }).detail));
    },
  };
}
