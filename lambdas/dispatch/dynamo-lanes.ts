import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  GetCommand,
  paginateScan,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type DynamoDBDocumentClient,
} from '@aws-sdk/lib-dynamodb';
import type { Clock } from '../shared/time/clock.ts';
import { iso } from '../shared/time/clock.ts';
import { queryAll } from '../shared/table/query-all.ts';
import { carryOut } from '../shared/table/dynamo-write.ts';
import { due, laneKey, postKey, shareKey } from './keys.ts';
import { Lane, Share } from './model.ts';
import type { LaneStore } from './ports.ts';
import { taskShare } from './rules/shares.ts';

const refused = (error: unknown): false => {
  if (error instanceof ConditionalCheckFailedException) return false;
  throw error;
};

export function dynamoLanes(db: DynamoDBDocumentClient, table: string, clock: Clock): LaneStore {
  const readShares = async (laneId: string, begin: string): Promise<Share[]> => {
    const items = await queryAll(db, {
      TableName: table,
      KeyConditionExpression: 'pk = :l AND begins_with(sk, :share)',
      ExpressionAttributeValues: { ':l': laneId, ':share': `share#${begin}` },
      ConsistentRead: true,
    });
    return items.map((item) => Share.parse(item));
  };
  /** Who was away comes back at this pass. One that is no more than a turn behind has waited: though more comes to it, it keeps its turn. */
  const openAt = async (laneId: string, share: string, pass: number): Promise<void> => {
    const write = (set: readonly string[], condition: string, values: Record<string, unknown>) =>
      db
        .send(
          new UpdateCommand({
            TableName: table,
            Key: shareKey(laneId, share),
            UpdateExpression: `SET ${set.join(', ')}`,
            ConditionExpression: condition,
            ExpressionAttributeNames: Object.fromEntries(['pass', ...(set.length > 1 ? ['share'] : [])].map((name) => [`#${name}`, name])),
            ExpressionAttributeValues: values,
          }),
        )
        .then(() => true, refused);
    const now = iso(clock.now());
    const back = { ':s': share, ':now': now, ':v': pass, ':b': pass - 1 };
    if (await write(['#share = :s', 'wantedAt = :now', '#pass = :v'], 'attribute_not_exists(#pass) OR #pass < :b', back)) return;
    if (await write(['wantedAt = :now'], 'attribute_exists(#pass)', { ':now': now })) return;
    await openAt(laneId, share, pass); // closed between the two writes
  };
  return {
    async get(laneId) {
      const { Item } = await db.send(new GetCommand({ TableName: table, Key: laneKey(laneId), ConsistentRead: true }));
      return Item && Lane.parse(Item);
    },
    async want(laneId, platformId) {
      const { Attributes } = await db.send(
        new UpdateCommand({
          TableName: table,
          Key: laneKey(laneId),
          UpdateExpression: 'SET laneId = :l, platformId = :p, #due = :due, wantedAt = :now ADD wanted :one',
          ExpressionAttributeNames: { '#due': 'due' },
          ExpressionAttributeValues: { ':l': laneId, ':p': platformId, ':due': due, ':now': iso(clock.now()), ':one': 1 },
          ReturnValues: 'ALL_NEW',
        }),
      );
      return Lane.parse(Attributes);
    },
    async update(laneId, write) {
      const written = await carryOut(db, table, laneKey(laneId), write);
      const item = written.item && Lane.parse(written.item);
      return written.ok ? { ok: true, item: item! } : { ok: false, item };
    },
    async openShare(laneId, share) {
      await openAt(laneId, share, (await this.get(laneId))?.virtual ?? 0);
    },
    async openTaskShare(laneId, owner, taskId) {
      const share = taskShare(owner, taskId);
      const others = (await readShares(laneId, taskShare(owner, ''))).filter((other) => other.share !== share);
      await openAt(laneId, share, others.length === 0 ? 0 : Math.min(...others.map(({ pass }) => pass)));
    },
    async closeTaskShare(laneId, owner, taskId, closed, taskVersion) {
      const share = taskShare(owner, taskId);
      const set = 'SET #share = :s, wantedAt = :now, taskVersion = :t, #pass = if_not_exists(#pass, :v)';
      await db
        .send(
          new UpdateCommand({
            TableName: table,
            Key: shareKey(laneId, share),
            UpdateExpression: closed ? `${set}, closed = :c` : `${set} REMOVE closed`,
            ConditionExpression: 'attribute_not_exists(taskVersion) OR taskVersion <= :t',
            ExpressionAttributeNames: { '#share': 'share', '#pass': 'pass' },
            ExpressionAttributeValues: {
              ...{ ':s': share, ':now': iso(clock.now()), ':v': 0, ':t': taskVersion },
              ...(closed ? { ':c': closed } : {}),
            },
          }),
        )
        .catch(refused);
    },
    async isTaskClosed(laneId, owner, taskId) {
      const { Item } = await db.send(
        new GetCommand({
          TableName: table,
          Key: shareKey(laneId, taskShare(owner, taskId)),
          ProjectionExpression: 'closed',
          ConsistentRead: true,
        }),
      );
      return Item?.['closed'] !== undefined;
    },
    shares: (laneId) => readShares(laneId, ''),
    async advanceShare(laneId, share, jobs) {
      await db
        .send(
          new UpdateCommand({
            TableName: table,
            Key: shareKey(laneId, share),
            UpdateExpression: 'ADD #pass :n',
            ConditionExpression: 'attribute_exists(#pass)',
            ExpressionAttributeNames: { '#pass': 'pass' },
            ExpressionAttributeValues: { ':n': jobs },
          }),
        )
        .catch(refused);
    },
    async closeShare(laneId, share, wantedAt) {
      await db
        .send(
          new DeleteCommand({
            TableName: table,
            Key: shareKey(laneId, share),
            ConditionExpression: 'wantedAt = :seen AND attribute_not_exists(closed)',
            ExpressionAttributeValues: { ':seen': wantedAt },
          }),
        )
        .catch(refused);
    },
    async due() {
      const items = await queryAll(db, {
        TableName: table,
        IndexName: 'due',
        KeyConditionExpression: '#due = :due',
        ExpressionAttributeNames: { '#due': 'due' },
        ExpressionAttributeValues: { ':due': due },
      });
      return items.map((item) => item['pk'] as string);
    },
    async all() {
      const lanes: string[] = [];
      const pages = paginateScan(
        { client: db },
        {
          TableName: table,
          FilterExpression: 'sk = :lane',
          ExpressionAttributeValues: { ':lane': laneKey('').sk },
          ProjectionExpression: 'pk',
        },
      );
      for await (const { Items = [] } of pages) lanes.push(...Items.map((item) => item['pk'] as string));
      return lanes;
    },
    takePost: (laneId, process, { slot, epoch }) =>
      db
        .send(
          new PutCommand({
            TableName: table,
            Item: { ...postKey(laneId, process), slot, epoch, process, since: iso(clock.now()) },
            ConditionExpression: 'attribute_not_exists(pk) OR slot = :slot',
            ExpressionAttributeValues: { ':slot': slot },
          }),
        )
        .then(() => true, refused),
    async endPost(laneId, process, { slot, epoch }) {
      await db
        .send(
          new DeleteCommand({
            TableName: table,
            Key: postKey(laneId, process),
            ConditionExpression: 'slot = :slot AND epoch = :epoch',
            ExpressionAttributeValues: { ':slot': slot, ':epoch': epoch },
          }),
        )
        .catch(refused);
    },
    async posts(laneId) {
      const { Items } = await db.send(
        new QueryCommand({
          TableName: table,
          KeyConditionExpression: 'pk = :l AND begins_with(sk, :post)',
          ExpressionAttributeValues: { ':l': laneId, ':post': 'post#' },
          ConsistentRead: true,
        }),
      );
      return (Items ?? []).map(({ process, slot, epoch }) => ({
        process: process as string,
        slot: slot as string,
        epoch: epoch as number,
      }));
    },
  };
}
