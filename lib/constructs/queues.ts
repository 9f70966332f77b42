import { Duration, Validations } from 'aws-cdk-lib';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { SwathStack } from './swath-stack.ts';

/** Takes messages over TLS only, except from the emulator, which speaks plain HTTP and enforces the policy. */
class SafeQueue extends Queue {
  constructor(scope: Construct, id: string, props: QueueProps) {
    const { endpoint } = (SwathStack.of(scope) as SwathStack).config;
    super(scope, id, { ...props, enforceSSL: !endpoint });
    if (endpoint)
      Validations.of(this).acknowledge({ id: 'AwsSolutions-SQS4', reason: 'The emulator speaks plain HTTP, on this machine only.' });
  }
}

/** A queue at the end of an asynchronous edge: what nobody could handle waits here for a person, as long as SQS keeps it. */
export class DeadLetters extends SafeQueue {
  constructor(scope: Construct, id: string) {
    super(scope, id, { retentionPeriod: Duration.days(14) });
  }
}

interface Feed {
  batchSize?: number;
  /** How long messages are gathered. */
  windowSeconds?: number;
  /** The function is called so often at once, at the most. */
  maxConcurrency?: number;
}

/** A queue with its dead-letter queue, and the function that empties it. */
export class WorkQueue extends Construct {
  readonly queue: Queue;
  readonly dead: DeadLetters;

  /** `functionSeconds` is the time-out of the function that will read; AWS asks for a visibility of six times that. */
  constructor(scope: Construct, id: string, functionSeconds: number) {
    super(scope, id);
    this.dead = new DeadLetters(this, 'Dead');
    this.queue = new SafeQueue(this, 'Queue', {
      visibilityTimeout: Duration.seconds(6 * functionSeconds),
      retentionPeriod: Duration.days(4),
      deadLetterQueue: { queue: this.dead, maxReceiveCount: 5 },
    });
  }

  /** Batches of messages; the function reports which of them failed. */
  feed(fn: IFunction, { batchSize = 10, windowSeconds, maxConcurrency }: Feed = {}): void {
    fn.addEventSource(
      new SqsEventSource(this.queue, {
        batchSize,
        reportBatchItemFailures: true,
        ...(windowSeconds && { maxBatchingWindow: Duration.seconds(windowSeconds) }),
        ...(maxConcurrency && { maxConcurrency }),
      }),
    );
  }
}
