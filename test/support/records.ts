import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';

type Item = Record<string, unknown>;

/** A record of a table's stream, with the images that are given. */
export function aRecord(eventName: 'INSERT' | 'MODIFY' | 'REMOVE', images: { old?: Item; new?: Item }): DynamoDBRecord {
  const { pk, sk } = (images.new ?? images.old)!;
  const dynamodb = {
    Keys: marshall({ pk, sk }),
    ...(images.old ? { OldImage: marshall(images.old) } : {}),
    ...(images.new ? { NewImage: marshall(images.new) } : {}),
  };
  return { eventName, dynamodb } as DynamoDBRecord;
}
