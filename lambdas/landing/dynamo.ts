import { GetCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { log } from '../shared/log.ts';
import type { Database } from './ports.ts';

/** Reads a key that no job has: half a read unit, and no more than one read's rights. */
export const dynamoDatabase = (db: DynamoDBDocumentClient, table: string): Database => ({
  answers: () =>
    db.send(new GetCommand({ TableName: table, Key: { pk: 'health', sk: 'job' } })).then(
      () => true,
      (error: unknown) => {
        log.error('the database does not answer', { error });
        return false;
      },
    ),
});
