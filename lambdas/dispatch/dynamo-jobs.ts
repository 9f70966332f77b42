import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  QueryCommand,
  ScanCommand,
  type DynamoDBDocumentClient,
  type QueryCommandOutput,
} from '@aws-sdk/lib-dynamodb';
import { carryOut } from '../shared/table/dynamo-write.ts';
import { transact } from '../shared/table/dynamo-transact.ts';
import { readCursor, writeCursor } from '../shared/table/cursor.ts';
import { readActive } from './dynamo-active.ts';
import { dynamoChildren } from './dynamo-children.ts';
import { putRequest, readRequest } from './dynamo-requests.ts';
import { dynamoQueue } from './dynamo-queue.ts';
import { createdKey, indexAttributes, jobKey, specKey } from './keys.ts';
import { Job, Spec } from './model.ts';
import type { JobFilter, JobStore, Page } from './ports.ts';

/** Large parameters go to S3: the item keeps their key. */
export interface LargeParameters {
  /** Bytes of JSON from which parameters are large (write units are counted on the whole item). */
  from: number;
  write(owner: string, jobId: string, json: string): Promise<string>;
  /** undefined when they are gone. */
  read(key: string): Promise<string | undefined>;
  /** Bytes `from` to before `to` of a file. */
  readPart(key: string, from: number, to: number): Promise<string | undefined>;
}

/** Items read by one list call at the most; a filtered page may be short but has its cursor. */
const readAtMost = 2000;
/** Attributes of a key of the index of owners. */
const ownerIndex = ['pk', 'sk', 'ownerKey', 'createdKey'];
type ItemPage = Pick<QueryCommandOutput, 'Items' | 'LastEvaluatedKey'>;

/** Reads on until a page of jobs that fit is full, within the bound. */
async function filled(
  filter: JobFilter,
  limit: number,
  start: Record<string, unknown> | undefined,
  read: (most: number, start?: Record<string, unknown>) => Promise<ItemPage>,
): Promise<Page<Job>> {
  const items: Job[] = [];
  for (let seen = 0; seen < readAtMost;) {
    const isFiltered = filter.status || filter.platformId || filter.accepts;
    const page = await read(Math.min(readAtMost - seen, isFiltered ? 200 : limit - items.length), start);
    for (const item of page.Items ?? []) {
      seen += 1;
      const job = asJob(item);
      start = Object.fromEntries(ownerIndex.map((name) => [name, item[name] as unknown]));
      if (filter.status && !filter.status.includes(job.status)) continue;
      if (filter.platformId && filter.platformId !== job.platformId) continue;
      if (filter.accepts && !filter.accepts(job)) continue;
      items.push(job);
      if (items.length === limit) return { items, cursor: writeCursor(start) };
    }
    if (page.LastEvaluatedKey === undefined) return { items };
    start = page.LastEvaluatedKey;
  }
  return { items, ...(start ? { cursor: writeCursor(start) } : {}) };
}

const asJob = (item: Record<string, unknown>): Job => Job.parse(item);
/** `apart`: the JSON of parameters that the item does not hold. */
const asSpec = ({ parametersJson, ...item }: Record<string, unknown>, apart = '{}'): Spec =>
  Spec.parse({ ...item, parameters: JSON.parse(typeof parametersJson === 'string' ? parametersJson : apart) });

/** `requestsTable` may be left out by who makes no jobs for requests with a key. */
export function dynamoJobs(db: DynamoDBDocumentClient, table: string, large: LargeParameters, requestsTable?: string): JobStore {
  const requests = (): string => {
    if (requestsTable === undefined) throw new Error('This function has no table of requests.');
    return requestsTable;
  };
  const readSpec = async (jobId: string): Promise<Record<string, unknown> | undefined> =>
    (await db.send(new GetCommand({ TableName: table, Key: specKey(jobId), ConsistentRead: true }))).Item;
  const queryOwned = (owner: string, Limit: number, start: Record<string, unknown> | undefined) =>
    db.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'owner',
        KeyConditionExpression: 'ownerKey = :owner',
        ExpressionAttributeValues: { ':owner': owner },
        ScanIndexForward: false,
        Limit,
        ...(start ? { ExclusiveStartKey: start } : {}),
      }),
    );

  const queue = dynamoQueue(db, table);
  const { childSpec, ...children } = dynamoChildren(db, table, large, queue);

  return {
    ...children,
    async create(job, spec, request) {
      // As text: DynamoDB's numbers and nesting have limits that JSON has not.
      const json = JSON.stringify(spec.parameters);
      const parameters =
        json.length > large.from ? { parametersKey: await large.write(job.owner, job.jobId, json) } : { parametersJson: json };
      const specItem = {
        ...specKey(job.jobId),
        jobId: spec.jobId,
        format: spec.format,
        results: spec.results,
        service: spec.service,
        wanted: spec.wanted,
        ...parameters,
      };
      const item = { ...jobKey(job.jobId), ...job, ownerKey: job.owner, createdKey: createdKey(job), ...indexAttributes(job, job).set };
      const condition = { ConditionExpression: 'attribute_not_exists(pk)' };
      return transact(db, [
        { Put: { TableName: table, Item: item, ...condition } },
        { Put: { TableName: table, Item: specItem, ...condition } },
        ...(request ? [putRequest(requests(), request)] : []),
      ]);
    },
    request: (owner, key) => readRequest(db, requests(), owner, key),
    async get(jobId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: jobKey(jobId), ConsistentRead: true }));
      return Item && asJob(Item);
    },
    async spec(job) {
      if (job.taskId !== undefined) return childSpec(job);
      const item = await readSpec(job.jobId);
      if (item === undefined) return undefined;
      if (typeof item['parametersKey'] !== 'string') return asSpec(item);
      const apart = await large.read(item['parametersKey']);
      return apart === undefined ? undefined : asSpec(item, apart);
    },
    async specs(jobIds) {
      const items = await Promise.all(jobIds.map(readSpec));
      return new Map(items.flatMap((item) => (item === undefined ? [] : [[item['jobId'] as string, asSpec(item)]])));
    },
    async update(ref, write) {
      const index = indexAttributes(ref, write.set ?? {});
      const written = await carryOut(db, table, jobKey(ref.jobId), {
        ...write,
        set: { ...write.set, ...index.set },
        remove: [...new Set([...(write.remove ?? []), ...index.remove])],
        increment: { ...write.increment, version: 1 },
      });
      if (ref.taskId !== undefined) await queue.note(ref.taskId);
      const item = written.item && asJob(written.item);
      return written.ok ? { ok: true, item: item! } : { ok: false, item };
    },
    listOwned: async (owner, filter, limit, cursor) =>
      filled(filter, limit, readCursor(cursor, ownerIndex, 'ownerKey', owner), (most, start) => queryOwned(owner, most, start)),
    // The index has unit jobs alone: neither their specs nor the jobs of tasks.
    listAll: async (filter, limit, cursor) =>
      filled(filter, limit, readCursor(cursor, ownerIndex), (most, start) =>
        db.send(new ScanCommand({ TableName: table, IndexName: 'owner', Limit: most, ...(start ? { ExclusiveStartKey: start } : {}) })),
      ),
    async queued(laneId, share, limit) {
      return (await queue.queued(laneId, share, limit)).map(asJob);
    },
    active: async (laneId) => (await readActive(db, table, laneId)).map(asJob),
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
        return false;
      }
      if (jobKey(jobId).sk === 'job') await db.send(new DeleteCommand({ TableName: table, Key: specKey(jobId) }));
      return true;
    },
  };
}
