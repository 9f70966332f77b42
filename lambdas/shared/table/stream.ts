import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Park } from '../parking.ts';

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];

/** An item before and after it was written: undefined where it was not there. */
export interface ItemChange<T> {
  before: T | undefined;
  after: T | undefined;
}

/** The item of a stream's image. The types of the stream and of the SDK do not know each other; their forms are the same. */
export const itemOf = (image: Image): Record<string, unknown> | undefined => image && unmarshall(image as Record<string, AttributeValue>);

/**
 * The changes of one kind of item in records of a table's stream, in their order; records of other kinds are passed over.
 * Never throws for one record: what `parse` refuses is parked, and the rest goes on.
 */
export async function changesIn<T>(
  records: readonly DynamoDBRecord[],
  isOne: (sortKey: string) => boolean,
  parse: (item: Record<string, unknown>) => T,
  park: Park,
): Promise<ItemChange<T>[]> {
  const read = (image: Image): T | undefined => {
    const item = itemOf(image);
    return item && parse(item);
  };
  const changes: ItemChange<T>[] = [];
  for (const { dynamodb } of records) {
    if (!isOne(dynamodb?.Keys?.['sk']?.S ?? '')) continue;
    try {
      changes.push({ before: read(dynamodb?.OldImage), after: read(dynamodb?.NewImage) });
    } catch (error) {
      await park(dynamodb, `cannot be read: ${String(error)}`);
    }
  }
  return changes;
}
