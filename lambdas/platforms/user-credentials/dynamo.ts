import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UserCredential } from './model.ts';
import type { CredentialStore } from './ports.ts';

const keyOf = (userId: string, platformId: string) => ({ pk: userId, sk: platformId });

/** The table of user credentials. */
export const dynamoCredentials = (db: DynamoDBDocumentClient, table: string): CredentialStore => ({
  async get(userId, platformId) {
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: keyOf(userId, platformId), ConsistentRead: true }));
    return Item && UserCredential.parse(Item);
  },
  put: (row, seen) =>
    db
      .send(
        new PutCommand({
          TableName: table,
          Item: { ...keyOf(row.userId, row.platformId), ...row },
          ...(seen === undefined
            ? { ConditionExpression: 'attribute_not_exists(pk)' }
            : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': seen } }),
        }),
      )
      .then(
        () => true,
        (error: unknown) => {
          if (error instanceof ConditionalCheckFailedException) return false;
          throw error;
        },
      ),
});
