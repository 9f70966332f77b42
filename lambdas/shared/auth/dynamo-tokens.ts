import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tokenKey, TokenRecord } from './token-record.ts';

/** The table of personal access tokens, as every function that takes them sees it. */
export interface TokenStore {
  /** Consistent: a token that was revoked is gone at once. */
  get(owner: string, id: string): Promise<TokenRecord | undefined>;
  /** Notes the day of the last use; a token that is gone stays gone. */
  used(owner: string, id: string, day: string): Promise<void>;
}

export const dynamoTokens = (db: () => DynamoDBDocumentClient, table: string): TokenStore => ({
  async get(owner, id) {
    const { Item } = await db().send(new GetCommand({ TableName: table, Key: tokenKey(owner, id), ConsistentRead: true }));
    return Item && TokenRecord.parse(Item);
  },
  async used(owner, id, day) {
    const update = new UpdateCommand({
      TableName: table,
      Key: tokenKey(owner, id),
      UpdateExpression: 'SET lastUsed = :day',
      ConditionExpression: 'attribute_exists(pk) AND (attribute_not_exists(lastUsed) OR lastUsed < :day)',
      ExpressionAttributeValues: { ':day': day },
    });
    await db()
      .send(update)
      .catch((error: unknown) => {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
      });
  },
});
