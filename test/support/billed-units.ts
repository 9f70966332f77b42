import { DescribeTableCommand, ListTablesCommand, type AttributeValue, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Exchange } from './fault-proxy.ts';

type Item = Record<string, AttributeValue>;
interface Index {
  name: string;
  keys: readonly string[];
  /** undefined: everything is in the index. */
  projected: ReadonlySet<string> | undefined;
}
interface Request {
  TableName: string;
  Key?: Item;
  Item?: Item;
  ConsistentRead?: boolean;
  TransactItems?: { Put?: Request }[];
  RequestItems?: Record<string, { ConsistentRead?: boolean }>;
  Entries?: { DetailType?: string }[];
}
interface Answer {
  Attributes?: Item;
  Item?: Item;
  Items?: Item[];
  Responses?: Record<string, Item[]>;
}

/** Units of DynamoDB, messages, events and objects, as AWS would bill them. */
export interface Units {
  reads: number;
  writes: number;
  messages: number;
  events: number;
  puts: number;
  executions: number;
  /** Requests to the emulator in all. */
  requests: number;
}

const bytesOf = (value: AttributeValue): number => {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.replace(/\D/g, '').length / 2) + 1;
  if (value.SS !== undefined) return value.SS.reduce((sum, one) => sum + Buffer.byteLength(one), 0);
  if (value.L !== undefined) return 3 + value.L.reduce((sum, one) => sum + bytesOf(one) + 1, 0);
  if (value.M !== undefined) return 3 + sizeOf(value.M) + Object.keys(value.M).length;
  if (value.B !== undefined) return value.B.length;
  return 1;
};
const sizeOf = (item: Item): number =>
  Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + bytesOf(value), 0);
const kilobytes = (item: Item | undefined): number => (item === undefined ? 0 : Math.max(1, Math.ceil(sizeOf(item) / 1024)));
const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/** What a change of an item costs in one index: nothing, a write, or two when the item moves within it. */
function indexUnits({ keys, projected }: Index, before: Item | undefined, after: Item | undefined): number {
  const entry = (item: Item | undefined): Item | undefined =>
    item === undefined || keys.some((key) => item[key] === undefined)
      ? undefined
      : projected === undefined
        ? item
        : Object.fromEntries(Object.entries(item).filter(([name]) => projected.has(name)));
  const [old, now] = [entry(before), entry(after)];
  if (old === undefined || now === undefined) return kilobytes(old) + kilobytes(now);
  if (keys.some((key) => !same(old[key], now[key]))) return kilobytes(old) + kilobytes(now);
  const isSame = Object.keys({ ...old, ...now }).every((name) => same(old[name], now[name]));
  return isSame ? 0 : Math.max(kilobytes(old), kilobytes(now));
}

/**
 * Counts what AWS would bill for the requests that pass a proxy in front of the emulator. It knows each item as it was last
 * written, so that a write counts by the larger of the two, once for the table and as it has to for each index.
 */
export class BilledUnits {
  readonly units: Units = { reads: 0, writes: 0, messages: 0, events: 0, puts: 0, executions: 0, requests: 0 };
  /** Write units by table or index and kind of request: where to look when there are too many. */
  readonly writesBy = new Map<string, number>();
  /** Told of every write that was not refused, in the words of the table's stream. */
  onWrite: (table: string, event: 'INSERT' | 'MODIFY' | 'REMOVE', key: Item) => void = () => undefined;
  private readonly items = new Map<string, Item>();
  private readonly indexes = new Map<string, Index[]>();

  /** Reads which indexes the tables have. */
  async learn(dynamo: DynamoDBClient): Promise<this> {
    const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
    for (const TableName of TableNames) {
      const { Table } = await dynamo.send(new DescribeTableCommand({ TableName }));
      const own = (Table?.KeySchema ?? []).map(({ AttributeName }) => AttributeName!);
      const indexes = (Table?.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', KeySchema = [], Projection }) => {
        const keys = KeySchema.map(({ AttributeName }) => AttributeName!);
        const isAll = Projection?.ProjectionType === 'ALL';
        return {
          name: IndexName,
          keys,
          projected: isAll ? undefined : new Set([...own, ...keys, ...(Projection?.NonKeyAttributes ?? [])]),
        };
      });
      this.indexes.set(TableName, indexes);
    }
    return this;
  }

  take({ target, path, body, status, answer }: Omit<Exchange, 'ms'>): void {
    this.units.requests += 1;
    if (target === '') {
      if (/^PUT /.test(path) && status < 300) this.units.puts += 1;
      return;
    }
    const [service, action = ''] = target.split('.');
    const request = JSON.parse(body.toString()) as Request;
    const said = (answer.length > 0 ? JSON.parse(answer.toString()) : {}) as Answer;
    if (service?.startsWith('DynamoDB')) this.table(action, request, said, status < 300);
    else if (status >= 300) return;
    else if (action === 'SendMessage') this.units.messages += 1;
    else if (action === 'SendMessageBatch') this.units.messages += request.Entries?.length ?? 0;
    else if (action === 'PutEvents') this.putEvents(request.Entries ?? []);
    else if (action === 'StartExecution') this.units.executions += 1;
  }

  /** The ends of jobs go on to the queue of results, which the bus does by itself. */
  private putEvents(entries: NonNullable<Request['Entries']>): void {
    this.units.events += entries.length;
    this.units.messages += entries.filter(({ DetailType }) => /^job\.(?:successful|failed)$/.test(DetailType ?? '')).length;
  }

  private table(action: string, request: Request, said: Answer, isOk: boolean): void {
    const consistently = request.ConsistentRead ? 1 : 0.5;
    if (action === 'GetItem') this.units.reads += readUnits(said.Item ? [said.Item] : []) * consistently;
    else if (action === 'Query' || action === 'Scan') this.units.reads += readUnits(said.Items ?? []) * consistently;
    else if (action === 'BatchGetItem') this.batch(request.RequestItems ?? {}, said.Responses ?? {});
    else if (action === 'TransactWriteItems')
      for (const { Put } of request.TransactItems ?? []) this.write(action, Put!.TableName, Put!.Item!, isOk ? Put!.Item : 'refused', 2);
    else {
      const key = request.Key ?? request.Item!;
      this.write(action, request.TableName, key, isOk ? (said.Attributes ?? request.Item) : 'refused');
    }
  }

  /** Of a batch each item counts by itself. */
  private batch(asked: NonNullable<Request['RequestItems']>, found: NonNullable<Answer['Responses']>): void {
    for (const [table, items] of Object.entries(found))
      for (const item of items) this.units.reads += readUnits([item]) * (asked[table]?.ConsistentRead ? 1 : 0.5);
  }

  /** A refused condition costs what the item that is there has; an update that does not answer the item counts as if it stayed so large. */
  private write(action: string, table: string, key: Item, written: Item | 'refused' | undefined, times = 1): void {
    const name = `${table} ${key['pk']?.S} ${key['sk']?.S}`;
    const before = this.items.get(name);
    const after = written === 'refused' ? before : action === 'DeleteItem' ? undefined : (written ?? before);
    const short = table.replace(/-?[0-9A-F]{8,}.*$/, '');
    this.count(`${short} ${action}${written === 'refused' ? ' refused' : ''}`, times * Math.max(1, kilobytes(before), kilobytes(after)));
    if (written !== 'refused')
      for (const index of this.indexes.get(table) ?? []) this.count(`${short}/${index.name} ${action}`, indexUnits(index, before, after));
    if (after === undefined) this.items.delete(name);
    else this.items.set(name, after);
    if (written !== 'refused') this.onWrite(table, action === 'DeleteItem' ? 'REMOVE' : before === undefined ? 'INSERT' : 'MODIFY', key);
  }

  private count(kind: string, units: number): void {
    this.units.writes += units;
    this.writesBy.set(kind, (this.writesBy.get(kind) ?? 0) + units);
  }
}

/** 4 KB of all items together. */
const readUnits = (items: readonly Item[]): number => Math.max(1, Math.ceil(items.reduce((sum, item) => sum + sizeOf(item), 0) / 4096));
