import { GetCommand, type DynamoDBDocumentClient, type TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import type { RequestRecord } from '../dispatch/model.ts';
import { transact } from '../shared/table/dynamo-transact.ts';
import { carryOut } from '../shared/table/dynamo-write.ts';
import { createdKey, taskKey } from './keys.ts';
import { Task } from './model.ts';
import type { TaskStore } from './ports.ts';

/** The table of requests is another area's. */
export interface RequestRecords {
  read(owner: string, key: string): Promise<RequestRecord | undefined>;
  put(record: RequestRecord): NonNullable<TransactWriteCommandInput['TransactItems']>[number];
}

export function dynamoTasks(db: DynamoDBDocumentClient, table: string, requests: RequestRecords): TaskStore {
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
  };
}
