import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from '@jest/globals';
import { aws, local } from './local.ts';

/** Name of a table with the keys and indexes of one of the environment's, whose changes nobody follows; it is there for this test file. */
export function copyOf(output: string): string {
  const copy = `${output}-${randomUUID()}`;
  beforeAll(async () => {
    const { Table } = await aws.dynamo().send(new DescribeTableCommand({ TableName: local().outputs[output]! }));
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes = [] } = Table!;
    const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema: keys, Projection }) => ({
      ...{ IndexName: IndexName!, KeySchema: keys!, Projection: Projection! },
    }));
    await aws.dynamo().send(
      new CreateTableCommand({
        ...{ TableName: copy, BillingMode: 'PAY_PER_REQUEST', KeySchema: KeySchema!, AttributeDefinitions: AttributeDefinitions! },
        ...(indexes.length > 0 ? { GlobalSecondaryIndexes: indexes } : {}),
      }),
    );
  });
  afterAll(() => aws.dynamo().send(new DeleteTableCommand({ TableName: copy })));
  return copy;
}
