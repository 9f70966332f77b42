import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { dynamo, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import type { TaskChange } from './model.ts';
import { frameQueue, parking } from './queues.ts';
import { taskChangeOf } from './records.ts';
import { noteTasks } from './use-cases/note-tasks.ts';

const park = parking(sqs(), env('PARKED_QUEUE_URL'));
const deps = {
  subjects: dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE')),
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  clock: systemClock,
  park,
};

async function changeOf(record: DynamoDBRecord): Promise<TaskChange[]> {
  try {
    return [taskChangeOf(record) ?? []].flat();
  } catch (error) {
    await park(record, `live: not a task: ${String(error)}`);
    return [];
  }
}

/** The tasks table's stream: a task that somebody watches has a new frame. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = (await Promise.all(Records.map(changeOf))).flat();
  await noteTasks(deps, changes);
  log.info('task changes', { records: Records.length, changes: changes.length });
}
