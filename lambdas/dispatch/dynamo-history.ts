import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ms } from '../shared/time/clock.ts';
import { historyKey } from './keys.ts';
import type { Job } from './model.ts';
import type { HistoryStore } from './ports.ts';

/** What the history keeps of a job; absent where it is not known. */
const row = (job: Job) => ({
  ...historyKey(job),
  owner: job.owner,
  jobId: job.jobId,
  incarnation: job.incarnation,
  version: job.version,
  origin: job.origin,
  platformId: job.platformId,
  process: job.process,
  title: job.title,
  status: job.status,
  created: job.created,
  submitted: job.submitted,
  started: job.started,
  finished: job.finished,
  updated: job.updated,
  progress: job.progress,
  bytesStagedOut: job.bytesStagedOut,
  exception: job.status === 'failed' ? job.message : undefined,
  /** Seconds from start (or submission) to the end. */
  duration: job.finished && job.submitted ? (ms(job.finished) - ms(job.started ?? job.submitted)) / 1000 : undefined,
});

export const dynamoHistory = (db: DynamoDBDocumentClient, table: string): HistoryStore => ({
  async record(job) {
    try {
      await db.send(
        new PutCommand({
          TableName: table,
          Item: row(job),
          ConditionExpression: 'attribute_not_exists(pk) OR #version < :version',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':version': job.version },
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error; // a newer version is there already
    }
  },
});
