import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, QueryCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { carryOut } from '../../shared/table/dynamo-write.ts';
import type { Write, Written } from '../../shared/table/write.ts';
import { BuiltinJob } from './model.ts';
import type { BuiltinStore } from './ports.ts';

const keyOf = (id: string) => ({ pk: id, sk: 'job' });

/** Jobs of the builtin platform in their table; index `tag`. */
export class DynamoBuiltinStore implements BuiltinStore {
  private readonly client: DynamoDBDocumentClient;
  private readonly table: string;

  constructor(client: DynamoDBDocumentClient, table: string) {
    this.client = client;
    this.table = table;
  }

  async create(job: BuiltinJob): Promise<boolean> {
    try {
      await this.client.send(
        new PutCommand({ TableName: this.table, Item: { ...keyOf(job.id), ...job }, ConditionExpression: 'attribute_not_exists(pk)' }),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  async get(id: string): Promise<BuiltinJob | undefined> {
    const { Item } = await this.client.send(new GetCommand({ TableName: this.table, Key: keyOf(id), ConsistentRead: true }));
    return Item && BuiltinJob.parse(Item);
  }

  async update(id: string, write: Write): Promise<Written<BuiltinJob>> {
    const { ok, item } = await carryOut(this.client, this.table, keyOf(id), write);
    if (ok) return { ok, item: BuiltinJob.parse(item) };
    return { ok, item: item && BuiltinJob.parse(item) };
  }

  /** One tag has one job, or a few when a create was lost: one page. */
  async byTag(tag: string): Promise<string[]> {
    const { Items = [] } = await this.client.send(
      new QueryCommand({
        TableName: this.table,
        IndexName: 'tag',
        KeyConditionExpression: '#tag = :tag',
        ExpressionAttributeNames: { '#tag': 'tag' },
        ExpressionAttributeValues: { ':tag': tag },
      }),
    );
    return Items.map((item) => String(item['pk']));
  }
}
