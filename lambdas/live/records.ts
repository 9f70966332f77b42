import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { Job } from '../dispatch/model.ts';
import { startsWhat } from './keys.ts';
import { Task } from '../upscaling/model.ts';
import { Connection, type JobChange, type TaskChange } from './model.ts';

type Image = NonNullable<DynamoDBRecord['dynamodb']>['NewImage'];

/** The stream's images have the document form that the SDK reads; the types of the two packages do not know each other. */
const read = (image: Image): Record<string, unknown> | undefined => image && unmarshall(image as Parameters<typeof unmarshall>[0]);

/** The change of a job, a task's or not, in a record of the jobs table; undefined for other items. Throws when the item is no job. */
export function jobChangeOf({ dynamodb }: DynamoDBRecord): JobChange | undefined {
  if (dynamodb === undefined || !/^job(#|$)/.test(dynamodb.Keys?.['sk']?.S ?? '')) return undefined;
  const [before, after] = [read(dynamodb.OldImage), read(dynamodb.NewImage)];
  return { before: before && Job.parse(before), after: after && Job.parse(after) };
}

/** The change of a task in a record of the tasks table; undefined for its chunks. Throws when the item is no task. */
export function taskChangeOf({ dynamodb }: DynamoDBRecord): TaskChange | undefined {
  if (dynamodb?.Keys?.['sk']?.S !== 'task') return undefined;
  const [before, after] = [read(dynamodb.OldImage), read(dynamodb.NewImage)];
  return { before: before && Task.parse(before), after: after && Task.parse(after) };
}

/** The connection that a new item of the connections table is about, and what it is to get. */
export function greetingOf({ eventName, dynamodb }: DynamoDBRecord): { connection: Connection; what: 'greeting' | 'status' } | undefined {
  const what = eventName === 'INSERT' ? startsWhat(dynamodb?.Keys?.['sk']?.S) : undefined;
  return what && { connection: Connection.parse(read(dynamodb?.NewImage)), what };
}
