import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, GetCommand, QueryCommand, TransactWriteCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { carryOut } from '../shared/table/dynamo-write.ts';
import { readCursor, writeCursor } from '../shared/table/cursor.ts';
import { activeKey, createdKey, indexAttributes, jobKey, queueKey, specKey } from './keys.ts';
import { Job, Spec } from './model.ts';
import type { JobStore } from './ports.ts';

/** Large parameters go to S3: the item keeps their key. */
export interface LargeParameters {
  /** Bytes of JSON from which parameters are large (write units are counted on the whole item). */
  from: number;
  write(owner: string, jobId: string, json: string): Promise<string>;
  read(key: string): Promise<string>;
}

/** Items read by one list call at the most; a filtered page may be short but has its cursor. */
const readAtMost = 2000;
const asJob = (item: Record<string, unknown>): Job => Job.parse(item);

export function dynamoJobs(db: DynamoDBDocumentClient, table: string, large: LargeParameters): JobStore {
  const query = async (
    index: string,
    key: Record<string, string>,
    limit: number | undefined,
    backwards = false,
    start?: Record<string, unknown>,
  ) => {
    const [attr, value] = Object.entries(key)[0]!;
    return db.send(
      new QueryCommand({
        TableName: table,
        IndexName: index,
        KeyConditionExpression: '#k = :k',
        ExpressionAttributeNames: { '#k': attr },
        ExpressionAttributeValues: { ':k': value },
        ScanIndexForward: !backwards,
        ...(limit === undefined ? {} : { Limit: limit }),
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );
  };

  return {
    async create(job, spec) {
      // As text: DynamoDB's numbers and nesting have limits that JSON has not.
      const json = JSON.stringify(spec.parameters);
      const parameters =
        json.length > large.from ? { parametersKey: await large.write(job.owner, job.jobId, json) } : { parametersJson: json };
      const specItem = { ...specKey(job.jobId), jobId: spec.jobId, format: spec.format, service: spec.service, ...parameters };
      const item = { ...jobKey(job.jobId), ...job, ownerKey: job.owner, createdKey: createdKey(job), ...indexAttributes(job, job).set };
      const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
      try {
        await db.send(
          new TransactWriteCommand({
            TransactItems: [
              { Put: { TableName: table, Item: item, ...condition } },
              { Put: { TableName: table, Item: specItem, ...condition } },
            ],
          }),
        );
        return true;
      } catch (error) {
        if (error instanceof TransactionCanceledException && error.CancellationReasons?.some((r) => r.Code === 'ConditionalCheckFailed'))
          return false;
        throw error;
      }
    },
    async get(jobId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: jobKey(jobId), ConsistentRead: true }));
      return Item && asJob(Item);
    },
    async spec(jobId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: specKey(jobId), ConsistentRead: true }));
      if (Item === undefined) return undefined;
      const { parametersKey, parametersJson, ...rest } = Item;
      const json = typeof parametersKey === 'string' ? await large.read(parametersKey) : (parametersJson as string);
      return Spec.parse({ ...rest, parameters: JSON.parse(json) });
    },
    async update(ref, write) {
      const index = indexAttributes(ref, write.set ?? {});
      const written = await carryOut(db, table, jobKey(ref.jobId), {
        ...write,
        set: { ...write.set, ...index.set },
        remove: [...new Set([...(write.remove ?? []), ...index.remove])],
        increment: { ...write.increment, version: 1 },
      });
      const item = written.item && asJob(written.item);
      return written.ok ? { ok: true, item: item! } : { ok: false, item };
    },
    async listOwned(owner, filter, limit, cursor) {
      const items: Job[] = [];
      let start = readCursor(cursor, 'ownerKey', owner);
      for (let read = 0; read < readAtMost;) {
        const page = await query(
          'owner',
          { ownerKey: owner },
          Math.min(readAtMost - read, filter.status || filter.platformId ? 200 : limit - items.length),
          true,
          start,
        );
        for (const item of page.Items ?? []) {
          read += 1;
          const job = asJob(item);
          start = { pk: item['pk'], sk: item['sk'], ownerKey: owner, createdKey: item['createdKey'] };
          if (filter.status && !filter.status.includes(job.status)) continue;
          if (filter.platformId && filter.platformId !== job.platformId) continue;
          items.push(job);
          if (items.length === limit) return { items, cursor: writeCursor(start) };
        }
        if (page.LastEvaluatedKey === undefined) return { items };
        start = page.LastEvaluatedKey;
      }
      return { items, ...(start ? { cursor: writeCursor(start) } : {}) };
    },
    async queued(laneId, share, limit) {
      const { Items } = await query('queue', { queueKey: queueKey(laneId, share) }, limit);
      return (Items ?? []).map(asJob);
    },
    async active(laneId) {
      const jobs: Job[] = [];
      let start: Record<string, unknown> | undefined;
      do {
        const page = await query('active', { activeKey: activeKey(laneId) }, undefined, false, start);
        jobs.push(...(page.Items ?? []).map(asJob));
        start = page.LastEvaluatedKey;
      } while (start !== undefined);
      return jobs;
    },
    async delete(jobId) {
      try {
        await db.send(
          new DeleteCommand({
            TableName: table,
            Key: jobKey(jobId),
            ConditionExpression: '#rank = :final',
            ExpressionAttributeNames: { '#rank': 'rank' },
            ExpressionAttributeValues: { ':final': 90 },
          }),
        );
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        return;
      }
      await db.send(new DeleteCommand({ TableName: table, Key: specKey(jobId) }));
    },
  };
}
