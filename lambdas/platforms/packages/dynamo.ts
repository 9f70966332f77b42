import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createHash } from 'node:crypto';
import { transact } from '../../shared/table/dynamo-transact.ts';
import { contentKey, ownerKey, publishedKey, recordKey, revisionKey } from './keys.ts';
import { PackageRecord, PackageRevision } from './model.ts';
import type { PackageStore, Window } from './ports.ts';

/** Contents from this many bytes lie in S3: an item holds 400 KB (DynamoDB quotas), and reading one is paid by its size. */
const largeFrom = 32 * 1024;

/** Packages in a table, and in a bucket where they are large. */
export function dynamoPackages(db: () => DynamoDBDocumentClient, table: string, s3: () => S3Client, bucket: string): PackageStore {
  /** What is to stand in the row of a revision: its content, or where that lies. */
  async function kept({ id, definition, original }: PackageRevision): Promise<Record<string, string>> {
    const content = JSON.stringify({ definition, original });
    if (Buffer.byteLength(content) < largeFrom) return { content };
    const key = contentKey(id, createHash('sha256').update(content).digest('hex'));
    await s3().send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: content, ContentType: 'application/json' }));
    return { contentAt: key };
  }
  async function contentOf({ content, contentAt }: Record<string, unknown>): Promise<object> {
    if (typeof content === 'string') return JSON.parse(content) as object;
    const { Body } = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: contentAt as string }));
    return JSON.parse(await Body!.transformToString()) as object;
  }
  async function list(index: string, key: string, { from, direction, limit }: Window): Promise<PackageRecord[]> {
    if (from === '' && direction === 'upTo') return [];
    // A key may not be empty, and behind an empty one is everything.
    const place = from === '' ? '' : ` AND id ${direction === 'after' ? '>' : '<='} :from`;
    const { Items = [] } = await db().send(
      new QueryCommand({
        TableName: table,
        IndexName: index,
        KeyConditionExpression: `${index}Key = :key${place}`,
        ExpressionAttributeValues: { ':key': key, ...(from === '' ? {} : { ':from': from }) },
        ScanIndexForward: direction === 'after',
        Limit: limit,
      }),
    );
    return Items.map((item) => PackageRecord.parse(item));
  }
  return {
    async get(id) {
      const { Item } = await db().send(new GetCommand({ TableName: table, Key: recordKey(id), ConsistentRead: true }));
      return Item && PackageRecord.parse(Item);
    },
    async revision(id, revision) {
      const { Item } = await db().send(new GetCommand({ TableName: table, Key: revisionKey(id, revision), ConsistentRead: true }));
      return Item && PackageRevision.parse({ ...Item, ...(await contentOf(Item)) });
    },
    async put(record, seen, revision) {
      const { id, owner, state, published } = record;
      const unchanged =
        seen === undefined
          ? { ConditionExpression: 'attribute_not_exists(pk)' }
          : { ConditionExpression: 'version = :seen', ExpressionAttributeValues: { ':seen': seen } };
      const indexes = {
        ...(state === 'deployed' ? { ownerKey: ownerKey(owner) } : {}),
        ...(state === 'deployed' && published !== undefined ? { publishedKey } : {}),
      };
      const items = [{ Put: { TableName: table, Item: { ...recordKey(id), ...record, ...indexes }, ...unchanged } }];
      if (revision === undefined) return transact(db(), items);
      const { revision: number, deployed, deployedBy } = revision;
      const Item = { ...revisionKey(id, number), id, revision: number, deployed, deployedBy, ...(await kept(revision)) };
      return transact(db(), [...items, { Put: { TableName: table, Item, ConditionExpression: 'attribute_not_exists(pk)' } }]);
    },
    owned: (owner, window) => list('owner', ownerKey(owner), window),
    published: (window) => list('published', publishedKey, window),
  };
}
