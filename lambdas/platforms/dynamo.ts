import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { platformKey, registry } from './keys.ts';
import { PlatformRecord } from './model.ts';
import type { PlatformStore } from './ports.ts';

export function dynamoPlatforms(db: DynamoDBDocumentClient, table: string): PlatformStore {
  return {
    async all() {
      const items: Record<string, unknown>[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await db.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :registry',
            ExpressionAttributeValues: { ':registry': registry },
            ConsistentRead: true,
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        );
        items.push(...(page.Items ?? []));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return items.map((item) => PlatformRecord.parse(item));
    },
    async get(id) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: platformKey(id), ConsistentRead: true }));
      return Item && PlatformRecord.parse(Item);
    },
    async put(record, seen) {
      const unchanged = seen === undefined ? { text: 'attribute_not_exists(pk)' } : { text: 'version = :seen', values: { ':seen': seen } };
      try {
        await db.send(
          new PutCommand({
            TableName: table,
            Item: { ...platformKey(record.entry.id), ...record },
            ConditionExpression: unchanged.text,
            ...(unchanged.values ? { ExpressionAttributeValues: unchanged.values } : {}),
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return false;
        throw error;
      }
    },
  };
}
