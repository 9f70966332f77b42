import type { DynamoDBRecord } from 'aws-lambda';
import { itemOf } from '../shared/table/stream.ts';
import { startsWhat } from './keys.ts';
import { Connection } from './model.ts';

/** The connection that a new item of the connections table is about, and what it is to get. */
export function greetingOf({ eventName, dynamodb }: DynamoDBRecord): { connection: Connection; what: 'greeting' | 'status' } | undefined {
  const what = eventName === 'INSERT' ? startsWhat(dynamodb?.Keys?.['sk']?.S) : undefined;
  return what && { connection: Connection.parse(itemOf(dynamodb?.NewImage)), what };
}
