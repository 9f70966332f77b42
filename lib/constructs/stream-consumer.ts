import { Duration } from 'aws-cdk-lib';
import type { ITableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { FilterCriteria, StartingPosition, type IFunction } from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';

/** Records of jobs alone, and of tasks: their tables have other rows, too. */
export const ofJobs = { dynamodb: { Keys: { sk: { S: [{ prefix: 'job' }] } } } };
export const ofTasks = { dynamodb: { Keys: { sk: { S: ['task'] } } } };

interface Feed {
  /** Only records like this one. */
  pattern?: Record<string, unknown>;
  /** How long records are gathered; 0, where people wait for what follows from a change. */
  windowSeconds?: number;
}

/**
 * Feeds the changes of a table to a function. Consumers park single bad records themselves; what comes here is a batch that
 * failed as a whole three times: its position in the stream is parked, and the stream goes on.
 */
export function consumeStream(fn: IFunction, table: ITableV2, parked: IQueue, { pattern, windowSeconds = 0 }: Feed = {}): void {
  fn.addEventSource(
    new DynamoEventSource(table, {
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      maxBatchingWindow: Duration.seconds(windowSeconds),
      retryAttempts: 3,
      bisectBatchOnError: true,
      onFailure: new SqsDlq(parked),
      ...(pattern && { filters: [FilterCriteria.filter(pattern)] }),
    }),
  );
}
