import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  type DynamoDBDocumentClient,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import type { RequestRecord } from '../dispatch/model.ts';
import { transact } from '../shared/table/dynamo-transact.ts';
import { carryOut } from '../shared/table/dynamo-write.ts';
import { readCursor, writeCursor } from '../shared/table/cursor.ts';
import { chunkKey, createdKey, taskKey } from './keys.ts';
import { Chunk, Task } from './model.ts';
import type { TaskStore } from './ports.ts';

/** The table of requests is another area's. */
export interface RequestRecords {
  read(owner: string, key: string): Promise<RequestRecord | undefined>;
  put(record: RequestRecord): NonNullable<TransactWriteCommandInput['TransactItems']>[number];
}

export function dynamoTasks(db: DynamoDBDocumentClient, table: string, requests: RequestRecords): TaskStore {
  const readChunks = async (taskId: string): Promise<Chunk[]> => {
    const { Items } = await db.send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :p AND begins_with(sk, :chunk)',
        ExpressionAttributeValues: { ':p': taskId, ':chunk': 'chunk#' },
        ConsistentRead: true, // at most 200 of at most 4 KB: one page
      }),
    );
    return (Items ?? []).map((item) => Chunk.parse(item));
  };
  return {
    create: (task, request) =>
      transact(db, [
        {
          Put: {
            TableName: table,
            Item: { ...taskKey(task.taskId), ...task, ownerKey: task.owner, createdKey: createdKey(task) },
            ConditionExpression: 'attribute_not_exists(pk)',
          },
        },
        ...(request ? [requests.put(request)] : []),
      ]),
    async get(taskId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: taskKey(taskId), ConsistentRead: true }));
      return Item && Task.parse(Item);
    },
    request: (owner, key) => requests.read(owner, key),
    async update(taskId, write) {
      const written = await carryOut(db, table, taskKey(taskId), { ...write, increment: { ...write.increment, version: 1 } });
      const item = written.item && Task.parse(written.item);
      return written.ok ? { ok: true, item: item! } : { ok: false, item };
    },
    async listOwned(owner, limit, cursor) {
      const items: Task[] = [];
      let start = readCursor(cursor, ['pk', 'sk', 'ownerKey', 'createdKey'], 'ownerKey', owner);
      do {
        const page = await db.send(
          new QueryCommand({
            TableName: table,
            IndexName: 'owner',
            KeyConditionExpression: 'ownerKey = :o',
            ExpressionAttributeValues: { ':o': owner },
            ScanIndexForward: false,
            Limit: limit - items.length,
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        );
        items.push(...(page.Items ?? []).map((item) => Task.parse(item)).filter(({ deleted }) => !deleted));
        start = page.LastEvaluatedKey;
      } while (start !== undefined && items.length < limit);
      return { items, ...(start ? { cursor: writeCursor(start) } : {}) };
    },
    async chunk(taskId, chunk) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: chunkKey(taskId, chunk), ConsistentRead: true }));
      return Item && Chunk.parse(Item);
    },
    chunks: readChunks,
    async putChunk(chunk, seen) {
      const condition =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'revision = :seen', ExpressionAttributeValues: { ':seen': seen } };
      try {
        await db.send(new PutCommand({ TableName: table, Item: { ...chunkKey(chunk.taskId, chunk.chunk), ...chunk }, ...condition }));
        return true;
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return false;
      }
    },
    async delete(taskId) {
      for (const { chunk } of await readChunks(taskId))
        await db.send(new DeleteCommand({ TableName: table, Key: chunkKey(taskId, chunk) }));
      await db.send(new DeleteCommand({ TableName: table, Key: taskKey(taskId) }));
    },
  };
}
