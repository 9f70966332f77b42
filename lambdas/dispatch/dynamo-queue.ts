import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { childSort, chunkKey, passedKey, queueKey } from './keys.ts';
import { chunkOf, chunkSize } from './model.ts';
import { isTaskShare, taskOf } from './rules/shares.ts';

type Item = Record<string, unknown>;

/** So many more jobs of a task have left its queue before that is written down. */
const noteEach = 50;
/** Of those that have left it since, so many are passed with the page that is read: what a worker lets go between two looks, and some. */
const slack = 30;
/** Tasks that are remembered; of others it is noted a little later how far they have gone. */
const mostTasks = 100;

/**
 * What waits in a share. Single jobs, and jobs of tasks that were put back, lie in the index `queue`. A job of a task that was never
 * let go is in no index, which would be written twice for each: it is found where it lies. Jobs before `passed` have been let go,
 * or have ended; none of them comes back but into the index.
 */
export function dynamoQueue(db: DynamoDBDocumentClient, table: string) {
  /** By task: how far its jobs had gone when they were last looked at, and as it is noted. */
  const seen = new Map<string, { passed: number; noted: number }>();

  const inIndex = async (laneId: string, share: string, limit: number): Promise<Item[]> => {
    const { Items = [] } = await db.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'queue',
        KeyConditionExpression: 'queueKey = :queue',
        ExpressionAttributeValues: { ':queue': queueKey(laneId, share) },
        Limit: limit,
      }),
    );
    return Items;
  };

  /** Jobs of the task that were never let go; the first `from` were. */
  const neverLetGo = async (laneId: string, taskId: string, limit: number, from: number, noted: number): Promise<Item[]> => {
    const found: Item[] = [];
    let passed = from;
    let isEmpty = false;
    let more = slack;
    // The chunk in which they have stopped may be written last.
    for (let chunk = chunkOf(from); found.length < limit && (!isEmpty || chunk === chunkOf(from) + 1); chunk += 1) {
      isEmpty = true;
      const pk = chunkKey(taskId, chunk);
      let start: Item | undefined = from > chunk * chunkSize ? { pk, sk: childSort(from - 1) } : undefined;
      do {
        const page = await db.send(
          new QueryCommand({
            TableName: table,
            KeyConditionExpression: 'pk = :pk',
            ExpressionAttributeValues: { ':pk': pk },
            Limit: limit - found.length + more,
            ...(start ? { ExclusiveStartKey: start } : {}),
          }),
        );
        for (const item of page.Items ?? []) {
          const waits = item['status'] === 'queued' && item['queueKey'] === undefined;
          if (waits && item['laneId'] === laneId && found.length < limit) found.push(item);
          // One that is missing is yet to be written.
          if (!waits && passed === item['index']) passed += 1;
          isEmpty = false;
        }
        start = page.LastEvaluatedKey;
        more *= 2; // all of them may have gone, when nobody noted it
      } while (start !== undefined && found.length < limit);
      // Whoever is broken off here begins the next look where this one was.
      if (seen.size > mostTasks) seen.clear();
      seen.set(taskId, { passed, noted });
    }
    return found;
  };
  const ofTask = async (laneId: string, taskId: string, limit: number): Promise<Item[]> => {
    const known = seen.get(taskId);
    const found = known === undefined ? [] : await neverLetGo(laneId, taskId, limit, known.passed, known.noted);
    if (found.length > 0) return found;
    // Others may be far ahead.
    const { Item } = await db.send(new GetCommand({ TableName: table, Key: passedKey(taskId) }));
    const noted = Item?.['passed'] as number | undefined;
    if (noted === undefined) return []; // it is being deleted, or all its jobs are in the index, as they were once
    return neverLetGo(laneId, taskId, limit, Math.max(noted, seen.get(taskId)?.passed ?? 0), noted);
  };

  return {
    /** The share's jobs in the order of arrival. */
    async queued(laneId: string, share: string, limit: number): Promise<Item[]> {
      if (!isTaskShare(share)) return inIndex(laneId, share, limit);
      const both = await Promise.all([inIndex(laneId, share, limit), ofTask(laneId, taskOf(share), limit)]);
      return both
        .flat()
        .toSorted((a, b) => (a['index'] as number) - (b['index'] as number))
        .slice(0, limit);
    },
    /** Before the jobs of a task: none has gone. */
    async begin(taskId: string): Promise<void> {
      await db.send(new PutCommand({ TableName: table, Item: { ...passedKey(taskId), passed: 0 } }));
    },
    async end(taskId: string): Promise<void> {
      seen.delete(taskId);
      await db.send(new DeleteCommand({ TableName: table, Key: passedKey(taskId) }));
    },
    /** Notes how far the jobs of a task have gone, where that is worth a write; who cannot leaves it to the next. */
    async note(taskId: string): Promise<void> {
      const { passed, noted } = seen.get(taskId) ?? { passed: 0, noted: 0 };
      if (passed - noted < noteEach) return;
      seen.set(taskId, { passed, noted: passed });
      await db
        .send(
          new UpdateCommand({
            TableName: table,
            Key: passedKey(taskId),
            UpdateExpression: 'SET passed = :passed',
            ConditionExpression: 'passed < :passed', // nor is that of a deleted task revived
            ExpressionAttributeValues: { ':passed': passed },
          }),
        )
        .catch(() => undefined);
    },
  };
}
