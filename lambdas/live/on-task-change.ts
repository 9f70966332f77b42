import type { DynamoDBStreamEvent } from 'aws-lambda';
import { dynamo, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { parking } from '../shared/parking.ts';
import { changesIn } from '../shared/table/stream.ts';
import { systemClock } from '../shared/time/system.ts';
import { isTaskKey } from '../upscaling/api.ts';
import { Task } from '../upscaling/model.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { frameQueue } from './queues.ts';
import { noteTasks } from './use-cases/note-tasks.ts';

const park = parking(sqs, env('PARKED_QUEUE_URL'));
const deps = {
  subjects: dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE')),
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  clock: systemClock,
  park,
};

/** The tasks table's stream: a task that somebody watches has a new frame. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = await changesIn(Records, isTaskKey, (item) => Task.parse(item), park);
  await noteTasks(deps, changes);
  log.info('task changes', { records: Records.length, changes: changes.length });
}
