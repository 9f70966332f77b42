import { Rule, Schedule, type IEventBus } from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Duration } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** Events of these types (and this `detail`) go to a queue, whole; those that cannot be delivered to `undelivered`. */
export function queueEvents(
  scope: Construct,
  id: string,
  bus: IEventBus,
  types: string[],
  queue: IQueue,
  undelivered: IQueue,
  detail?: Record<string, unknown>,
): Rule {
  return new Rule(scope, id, {
    eventBus: bus,
    eventPattern: { detailType: types, ...(detail && { detail }) },
    targets: [new SqsQueue(queue, { deadLetterQueue: undelivered })],
  });
}

/** Calls a function every so often. A call that is late by more than one period is dropped: the next one does its work. */
export function schedule(scope: Construct, id: string, every: Duration, fn: IFunction, undelivered: IQueue): Rule {
  return new Rule(scope, id, {
    schedule: Schedule.rate(every),
    targets: [new LambdaFunction(fn, { deadLetterQueue: undelivered, maxEventAge: every, retryAttempts: 2 })],
  });
}
