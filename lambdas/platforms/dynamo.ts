import { GetCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queryAll } from '../shared/table/query-all.ts';
import { transact } from '../shared/table/dynamo-transact.ts';
import { changeKey, changeOrder, changesOf, platformKey, registry } from './keys.ts';
import { PlatformChange, PlatformRecord } from './model.ts';
import type { PlatformStore } from './ports.ts';

export function dynamoPlatforms(db: DynamoDBDocumentClient, table: string): PlatformStore {
  return {
    async all() {
      const items = await queryAll(db, {
        TableName: table,
        KeyConditionExpression: 'pk = :registry',
        ExpressionAttributeValues: { ':registry': registry },
        ConsistentRead: true,
      });
      return items.map((item) => PlatformRecord.parse(item));
    },
    async get(id) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: platformKey(id), ConsistentRead: true }));
      return Item && PlatformRecord.parse(Item);
    },
    put(record, seen, change) {
      const { id } = record.entry;
      const unchanged =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': seen } };
      return transact(db, [
        { Put: { TableName: table, Item: { ...platformKey(id), ...record }, ...unchanged } },
        { Put: { TableName: table, Item: { ...changeKey(id, record.version), ...change } } },
      ]);
    },
    async changes(id, limit, before) {
      const { Items, LastEvaluatedKey } = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: before === undefined ? 'pk = :pk' : 'pk = :pk AND sk < :before',
          ExpressionAttributeValues: { ':pk': changesOf(id), ...(before === undefined ? {} : { ':before': changeOrder(before) }) },
          ScanIndexForward: false,
          ConsistentRead: true,
          Limit: limit,
        }),
      );
      const items = (Items ?? []).map((item) => PlatformChange.parse(item));
      return { items, ...(LastEvaluatedKey === undefined ? {} : { before: items.at(-1)!.version }) };
    },
  };
}
