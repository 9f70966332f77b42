import { DeleteCommand, PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { tokenKey, TokenRecord } from '../shared/auth/token-record.ts';
import type { OwnedTokens } from './ports.ts';

/** An owner has at most a hundred, which are one page. */
export const dynamoOwnedTokens = (db: DynamoDBDocumentClient, table: string): OwnedTokens => ({
  async list(owner) {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :owner',
        ExpressionAttributeValues: { ':owner': owner },
        ConsistentRead: true,
      }),
    );
    return Items.map((item) => TokenRecord.parse(item));
  },
  async add(token) {
    await db.send(
      new PutCommand({
        TableName: table,
        Item: { ...tokenKey(token.owner, token.id), ...token },
        ConditionExpression: 'attribute_not_exists(pk)',
      }),
    );
  },
  async remove(owner, id) {
    const { Attributes } = await db.send(new DeleteCommand({ TableName: table, Key: tokenKey(owner, id), ReturnValues: 'ALL_OLD' }));
    return Attributes !== undefined;
  },
});
