import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { BilledUnits } from '../../support/billed-units.ts';

type Item = Record<string, AttributeValue>;
let billed: BilledUnits;

/** A table with an index of everything and one of keys only. */
const tables = {
  send: async ({ input }: { input: { TableName?: string } }) => {
    if (input.TableName === undefined) return { TableNames: ['Jobs'] };
    const index = (name: string, ProjectionType: string) => ({ KeySchema: [{ AttributeName: name }], Projection: { ProjectionType } });
    return {
      Table: {
        KeySchema: [{ AttributeName: 'pk' }, { AttributeName: 'sk' }],
        GlobalSecondaryIndexes: [index('all', 'ALL'), index('due', 'KEYS_ONLY')],
      },
    };
  },
} as unknown as DynamoDBClient;

const key: Item = { pk: { S: 'job-1' }, sk: { S: 'job' } };
const text = (bytes: number): AttributeValue => ({ S: 'x'.repeat(bytes) });
const ask = (action: string, request: object, answer: object = {}, status = 200) =>
  billed.take({
    ...{ target: `DynamoDB_20120810.${action}`, path: 'POST /', status },
    ...{ body: Buffer.from(JSON.stringify({ TableName: 'Jobs', ...request })), answer: Buffer.from(JSON.stringify(answer)) },
  });
/** Write units of a request. */
const written = (...args: Parameters<typeof ask>): number => {
  const before = billed.units.writes;
  ask(...args);
  return billed.units.writes - before;
};

beforeEach(async () => {
  billed = await new BilledUnits().learn(tables);
});

describe('a write', () => {
  it('counts each kilobyte that is begun, of the larger of the item before and after', () => {
    expect(written('PutItem', { Item: key })).toBe(1);
    expect(written('UpdateItem', { Key: key }, { Attributes: { ...key, more: text(1500) } })).toBe(2);
    expect(written('UpdateItem', { Key: key }, { Attributes: key })).toBe(2);
    expect(written('DeleteItem', { Key: key })).toBe(1);
  });

  it('counts once more for each index that the item is in, and twice where it moves', () => {
    expect(written('PutItem', { Item: { ...key, all: { S: 'a' } } })).toBe(2);
    expect(written('UpdateItem', { Key: key }, { Attributes: { ...key, all: { S: 'a' }, n: { N: '1' } } })).toBe(2);
    expect(written('UpdateItem', { Key: key }, { Attributes: { ...key, all: { S: 'b' }, n: { N: '1' } } })).toBe(3);
    expect(written('UpdateItem', { Key: key }, { Attributes: key })).toBe(2);
  });

  it('does not touch an index of keys as long as these stay', () => {
    expect(written('PutItem', { Item: { ...key, due: { S: 'due' } } })).toBe(2);
    expect(written('UpdateItem', { Key: key }, { Attributes: { ...key, due: { S: 'due' }, n: { N: '1' } } })).toBe(1);
  });

  it('that is refused counts the item that is there, and leaves it as it is', () => {
    ask('PutItem', { Item: { ...key, more: text(1500), all: { S: 'a' } } });
    expect(written('UpdateItem', { Key: key }, {}, 400)).toBe(2);
    expect(written('DeleteItem', { Key: key })).toBe(4);
  });

  it('counts double in a transaction', () => {
    const Put = (sk: string) => ({ Put: { TableName: 'Jobs', Item: { ...key, sk: { S: sk } } } });
    expect(written('TransactWriteItems', { TransactItems: [Put('job'), Put('spec')] })).toBe(4);
  });
});

describe('what is not a write', () => {
  it('counts a read by four kilobytes, half as much where it need not be the newest', () => {
    ask('GetItem', { Key: key, ConsistentRead: true }, { Item: { ...key, more: text(5000) } });
    expect(billed.units.reads).toBe(2);
    ask('Query', {}, { Items: [key, key] });
    expect(billed.units.reads).toBe(2.5);
  });

  it('counts events, and for each end of a job the message that the bus sends on', () => {
    const body = Buffer.from(JSON.stringify({ Entries: [{ DetailType: 'job.running' }, { DetailType: 'job.failed' }] }));
    billed.take({ target: 'AWSEvents.PutEvents', path: 'POST /', status: 200, body, answer: Buffer.from('{}') });
    expect(billed.units).toMatchObject({ events: 2, messages: 1, writes: 0 });
  });

  it('counts objects that were written', () => {
    const exchange = { target: '', body: Buffer.alloc(0), answer: Buffer.alloc(0) };
    billed.take({ ...exchange, path: 'PUT /bucket/key', status: 200 });
    billed.take({ ...exchange, path: 'GET /bucket/key', status: 200 });
    expect(billed.units).toMatchObject({ puts: 1, requests: 2 });
  });
});
