import { setTimeout as pause } from 'node:timers/promises';
import { BatchGetCommand, type BatchGetCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** Keys of one request, as DynamoDB takes them. */
const mostKeys = 100;
/** Requests under way at the same time. */
const atOnce = 8;
/** What DynamoDB leaves out, since it is throttled, is asked for again after 50, 100, 200, 400 and 800 ms. */
const mostTries = 6;

/** The items of these keys, those that are there, in no certain order. Eventually consistent; each counts as a read of its own. */
export async function batchGet(
  db: DynamoDBDocumentClient,
  table: string,
  keys: readonly Record<string, unknown>[],
): Promise<Record<string, unknown>[]> {
  const batches = Array.from({ length: Math.ceil(keys.length / mostKeys) }, (_, n) => keys.slice(n * mostKeys, (n + 1) * mostKeys));
  const items: Record<string, unknown>[] = [];
  const reader = async () => {
    for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) items.push(...(await readBatch(db, table, batch)));
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, batches.length) }, reader));
  return items;
}

async function readBatch(db: DynamoDBDocumentClient, table: string, keys: readonly Record<string, unknown>[]) {
  const items: Record<string, unknown>[] = [];
  let rest: NonNullable<BatchGetCommandInput['RequestItems']> = { [table]: { Keys: [...keys] } };
  for (let tries = 1; Object.keys(rest).length > 0; tries += 1) {
    if (tries > mostTries) throw new Error(`THROTTLED: items of ${table} cannot be read`);
    if (tries > 1) await pause(25 * 2 ** (tries - 1));
    const answer = await db.send(new BatchGetCommand({ RequestItems: rest }));
    items.push(...(answer.Responses?.[table] ?? []));
    rest = answer.UnprocessedKeys ?? {};
  }
  return items;
}
