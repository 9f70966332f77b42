import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { SigningKey } from './model.ts';
import type { KeyStore } from './ports.ts';

/** No platform's id has this form, so it is no account's row. */
const Key = { pk: '#callbacks', sk: 'key' };

/** The key pair beside the accounts, in the credentials table. */
export const dynamoKeys = (db: DynamoDBDocumentClient, table: string): KeyStore => ({
  async get() {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return Item && SigningKey.parse(Item);
  },
  async putFirst(key) {
    const put = new PutCommand({ TableName: table, Item: { ...Key, ...key }, ConditionExpression: 'attribute_not_exists(pk)' });
    return db.send(put).then(
      () => true,
      (error: unknown) => {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      },
    );
  },
});
