import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, paginateListEventSourceMappings, type LambdaClient } from '@aws-sdk/client-lambda';

/** A new on-demand table has four partitions (DynamoDB guide, "On-demand capacity mode"), each with a shard of the stream. */
const shards = 4;
/** Lambda reads a shard four times a second (its guide, "Using AWS Lambda with Amazon DynamoDB"). */
const pollMs = 250;

type Pattern = { [name: string]: Pattern | (string | { prefix: string })[] };

interface Feed {
  table: string;
  /** Group of the function's log. */
  group: string;
  batchSize: number;
  windowMs: number;
  patterns: Pattern[];
  /** By shard: the batch that is being gathered. */
  open: Map<number, { since: number; records: number }>;
  calls: number;
}

/** Whether a record is one that a filter of an event source lets through: equal texts and prefixes, which is all that ours ask for. */
const matches = (pattern: Pattern, record: unknown): boolean =>
  Object.entries(pattern).every(([name, part]) => {
    const value = (record as Record<string, unknown> | undefined)?.[name];
    if (!Array.isArray(part)) return matches(part, value);
    return part.some((one) => (typeof one === 'string' ? value === one : String(value).startsWith(one.prefix)));
  });

/**
 * How often AWS would call the functions that read the streams of tables, for the writes that are told of. The emulator knows no
 * window and calls with whatever has come since it last looked, so that its calls say how busy the machine was.
 */
export class StreamCalls {
  private readonly feeds: Feed[] = [];

  async learn(lambda: LambdaClient): Promise<void> {
    for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
      for (const mapping of EventSourceMappings) {
        const table = /:table\/([^/]+)\/stream\//.exec(mapping.EventSourceArn ?? '')?.[1];
        if (table === undefined) continue;
        const fn = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName: mapping.FunctionArn }));
        this.feeds.push({
          table,
          group: fn.LoggingConfig?.LogGroup ?? `/aws/lambda/${fn.FunctionName}`,
          batchSize: mapping.BatchSize ?? 100,
          windowMs: Math.max(pollMs, 1000 * (mapping.MaximumBatchingWindowInSeconds ?? 0)),
          patterns: (mapping.FilterCriteria?.Filters ?? []).map(({ Pattern = '{}' }) => JSON.parse(Pattern) as Pattern),
          open: new Map(),
          calls: 0,
        });
      }
  }

  /** An item of the table was written. */
  take(table: string, eventName: string, Keys: Record<string, AttributeValue>, now: number): void {
    const shard =
      createHash('md5')
        .update(Keys['pk']?.S ?? '')
        .digest()[0]! % shards;
    const record = { eventName, dynamodb: { Keys } };
    for (const feed of this.feeds) {
      if (feed.table !== table || !(feed.patterns.length === 0 || feed.patterns.some((pattern) => matches(pattern, record)))) continue;
      const batch = feed.open.get(shard);
      if (batch !== undefined && now - batch.since < feed.windowMs && batch.records < feed.batchSize) batch.records += 1;
      else {
        feed.calls += 1;
        feed.open.set(shard, { since: now, records: 1 });
      }
    }
  }

  /** Calls so far, by the group of the function's log. */
  calls = (): Map<string, number> => new Map(this.feeds.map(({ group, calls }) => [group, calls]));
}
