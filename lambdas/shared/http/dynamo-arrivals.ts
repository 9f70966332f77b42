import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ArrivalStore } from './limiter.ts';

/** How long a rate is kept after its time, in seconds: one whose time is over says nothing. */
const keptSeconds = 3600;

/**
 * Arrival times in the table of requests. One conditional write for who was quiet, a second one for who was not: the first
 * one's refusal tells the time.
 */
export const dynamoArrivals = (db: () => DynamoDBDocumentClient, table: string): ArrivalStore => ({
  async advance(key, cost, now, latest) {
    const write = async (from: 'now' | 'at', condition: string, values: Record<string, number>) => {
      const update = new UpdateCommand({
        TableName: table,
        Key: { pk: `rate#${key}`, sk: 'rate' },
        UpdateExpression: `SET #at = ${from === 'now' ? ':next' : '#at + :cost'}, #expires = :expires`,
        ConditionExpression: condition,
        ExpressionAttributeNames: { '#at': 'at', '#expires': 'expires' },
        ExpressionAttributeValues: { ...values, ':expires': Math.ceil(latest / 1000) + keptSeconds },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        return { ok: true, at: (await db().send(update)).Attributes?.['at'] as number };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return { ok: false, at: error.Item === undefined ? now : (unmarshall(error.Item)['at'] as number) };
      }
    };
    const fresh = await write('now', 'attribute_not_exists(#at) OR #at < :now', { ':next': now + cost, ':now': now });
    if (fresh.ok || fresh.at + cost > latest) return fresh;
    return write('at', '#at <= :most', { ':cost': cost, ':most': latest - cost });
  },
});
