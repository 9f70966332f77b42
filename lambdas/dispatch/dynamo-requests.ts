import { GetCommand, type DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { ms } from '../shared/time/clock.ts';
import { RequestRecord } from './model.ts';

type TransactItem = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

const requestKey = (owner: string, key: string) => ({ pk: `idempotency#${owner}#${key}`, sk: 'record' });

/** The record as part of the transaction that makes what it is about. TTL only cleans up, so one that is over may still be there. */
export const putRequest = (table: string, record: RequestRecord): TransactItem => ({
  Put: {
    TableName: table,
    Item: { ...requestKey(record.owner, record.key), ...record },
    ConditionExpression: 'attribute_not_exists(pk) OR #expires <= :created',
    ExpressionAttributeNames: { '#expires': 'expires' },
    ExpressionAttributeValues: { ':created': Math.floor(ms(record.created) / 1000) },
  },
});

/** The record of an earlier request, whether or not it still counts. Consistent. */
export async function readRequest(
  db: DynamoDBDocumentClient,
  table: string,
  owner: string,
  key: string,
): Promise<RequestRecord | undefined> {
  const { Item } = await db.send(new GetCommand({ TableName: table, Key: requestKey(owner, key), ConsistentRead: true }));
  return Item && RequestRecord.parse(Item);
}
