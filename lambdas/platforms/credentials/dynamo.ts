import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { StoredAccount } from './model.ts';
import type { AccountStore } from './ports.ts';

const keyOf = (platformId: string) => ({ pk: platformId, sk: 'service' });

/** Accounts in the credentials table. */
export const dynamoAccounts = (db: DynamoDBDocumentClient, table: string): AccountStore => ({
  async get(platformId) {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: keyOf(platformId), ConsistentRead: true }));
    return Item && StoredAccount.parse(Item);
  },
  async put(account) {
    await db.send(new PutCommand({ TableName: table, Item: { ...keyOf(account.platformId), ...account } }));
  },
});
