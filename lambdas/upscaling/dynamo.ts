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
import type { Write } from '../shared/table/write.ts';
import { readCursor, writeCursor } from '../shared/table/cursor.ts';
import { chunkKey, createdKey, mosaicKey, taskKey, working } from './keys.ts';
import { Chunk, Task } from './model.ts';
import { Mosaic } from './results/model.ts';
import type { TaskStore } from './ports.ts';

/** The table of requests is another area's. */
export interface RequestRecords {
  read(owner: string, key: string): Promise<RequestRecord | undefined>;
  put(record: RequestRecord): NonNullable<TransactWriteCommandInput['TransactItems']>[number];
}

/** A task is in the index `work` as long as it has `workUntil`. */
const indexed = (write: Write): Write => ({
  ...write,
  ...(write.set?.['workUntil'] === undefined ? {} : { set: { ...write.set, workKey: working } }),
  ...(write.remove?.includes('workUntil') ? { remove: [...write.remove, 'workKey'] } : {}),
});

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
  /** Puts an item where none is, or one that fulfils the condition; false where that is not so. */
  const put = async (
    Item: Record<string, unknown>,
    seen: { condition: string; values: Record<string, unknown> } | undefined,
    names?: Record<string, string>,
  ): Promise<boolean> => {
    const expected = seen
      ? {
          ConditionExpression: seen.condition,
          ExpressionAttributeValues: seen.values,
          ...(names ? { ExpressionAttributeNames: names } : {}),
        }
      : { ConditionExpression: 'attribute_not_exists(pk)' };
    try {
      await db.send(new PutCommand({ TableName: table, Item, ...expected }));
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return false;
    }
  };
  return {
    create: (task, request) =>
      transact(db, [
        {
          Put: {
            TableName: table,
            Item: {
              ...taskKey(task.taskId),
              ...task,
              ...{ ownerKey: task.owner, createdKey: createdKey(task) },
              ...(task.workUntil ? { workKey: working } : {}),
            },
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
      const written = await carryOut(db, table, taskKey(taskId), indexed({ ...write, increment: { ...write.increment, version: 1 } }));
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
    async unattended(before, most) {
      const { Items = [] } = await db.send(
        new QueryCommand({
          TableName: table,
          IndexName: 'work',
          KeyConditionExpression: 'workKey = :w AND workUntil < :before',
          ExpressionAttributeValues: { ':w': working, ':before': before },
          Limit: most,
        }),
      );
      return Items.map((item) => item['pk'] as string);
    },
    async chunk(taskId, chunk) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: chunkKey(taskId, chunk), ConsistentRead: true }));
      return Item && Chunk.parse(Item);
    },
    chunks: readChunks,
    putChunk: (chunk, seen) =>
      put(
        { ...chunkKey(chunk.taskId, chunk.chunk), ...chunk },
        seen === undefined ? undefined : { condition: 'revision = :seen', values: { ':seen': seen } },
      ),
    async mosaic(taskId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: mosaicKey(taskId), ConsistentRead: true }));
      return Item && Mosaic.parse(Item);
    },
    putMosaic: (mosaic, seen) =>
      put(
        { ...mosaicKey(mosaic.taskId), ...mosaic },
        seen && { condition: '#number = :number AND #state = :state', values: { ':number': seen.number, ':state': seen.state } },
        seen && { '#number': 'number', '#state': 'state' },
      ),
    async delete(taskId) {
      for (const { chunk } of await readChunks(taskId))
        await db.send(new DeleteCommand({ TableName: table, Key: chunkKey(taskId, chunk) }));
      await db.send(new DeleteCommand({ TableName: table, Key: mosaicKey(taskId) }));
      await db.send(new DeleteCommand({ TableName: table, Key: taskKey(taskId) }));
    },
  };
}
