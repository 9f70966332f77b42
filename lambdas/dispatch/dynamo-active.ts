import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { batchGet } from '../shared/table/batch-get.ts';
import { queryAll } from '../shared/table/query-all.ts';
import { activeKey } from './keys.ts';

type Item = Record<string, unknown>;
type Key = Record<'pk' | 'sk', string>;
/** Jobs of a chunk from the first to the last. */
type Run = Record<'pk' | 'first' | 'last', string>;

/** Runs read at the same time. */
const atOnce = 8;
/** A job read by its key counts as 4 KB, one that a query passes as the 1 KB that it has. */
const passedForOne = 4;

/**
 * Items of the lane's jobs from claim to collected results, by their ids. Single jobs lie in their index whole. Of jobs of tasks the
 * index has the keys alone, so that their changes are not written twice: they are read where they lie.
 */
export async function readActive(db: DynamoDBDocumentClient, table: string, laneId: string): Promise<Item[]> {
  const ofIndex = (IndexName: string, attr: string) =>
    queryAll(db, {
      TableName: table,
      IndexName,
      KeyConditionExpression: `${attr} = :lane`,
      ExpressionAttributeValues: { ':lane': activeKey(laneId) },
    });
  const [single, keys] = await Promise.all([ofIndex('active', 'activeKey'), ofIndex('taskActive', 'taskActiveKey')]);
  const ofTasks = await readOfTasks(db, table, laneId, keys as Key[]);
  return [...single, ...ofTasks].toSorted((a, b) => (String(a['jobId']) < String(b['jobId']) ? -1 : 1));
}

/** The jobs of these keys. An index is late: what has left it since is left out. */
async function readOfTasks(db: DynamoDBDocumentClient, table: string, laneId: string, keys: readonly Key[]): Promise<Item[]> {
  const { runs, alone } = sideBySide(keys);
  const found: Item[][] = [];
  const reader = async () => {
    for (let run = runs.shift(); run !== undefined; run = runs.shift())
      found.push(
        await queryAll(db, {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
          FilterExpression: 'taskActiveKey = :lane',
          ExpressionAttributeValues: { ':pk': run.pk, ':first': run.first, ':last': run.last, ':lane': activeKey(laneId) },
        }),
      );
  };
  const [others] = await Promise.all([batchGet(db, table, alone), ...Array.from({ length: Math.min(atOnce, runs.length) }, reader)]);
  return [...found.flat(), ...others.filter((item) => item['taskActiveKey'] === activeKey(laneId))];
}

/** Which jobs are so near to each other that a query over all between them reads less than each by its key. */
function sideBySide(keys: readonly Key[]): { runs: Run[]; alone: Key[] } {
  const place = (sk: string) => Number(sk.slice(sk.indexOf('#') + 1));
  const alone: Key[] = [];
  const runs: Run[] = [];
  for (const [pk, chunk] of Map.groupBy(keys, (key) => key.pk)) {
    const sorted = chunk.map(({ sk }) => sk).toSorted();
    const [first, last] = [sorted[0]!, sorted.at(-1)!];
    if (place(last) - place(first) < passedForOne * chunk.length) runs.push({ pk, first, last });
    else alone.push(...chunk.map(({ sk }) => ({ pk, sk })));
  }
  return { runs, alone };
}
