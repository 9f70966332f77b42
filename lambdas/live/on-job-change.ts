import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { watchLanes } from '../dispatch/api.ts';
import { dynamo, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import type { JobChange } from './model.ts';
import { frameQueue, parking } from './queues.ts';
import { jobChangeOf } from './records.ts';
import { noteChanges } from './use-cases/note-changes.ts';

const park = parking(sqs(), env('PARKED_QUEUE_URL'));
const deps = {
  subjects: dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE')),
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  lanes: { watch: watchLanes },
  clock: systemClock,
  park,
};

async function changeOf(record: DynamoDBRecord): Promise<JobChange[]> {
  try {
    return [jobChangeOf(record) ?? []].flat();
  } catch (error) {
    await park(record, `live: not a job: ${String(error)}`);
    return [];
  }
}

/** The jobs table's stream: changes that somebody watches go into the next frame. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = (await Promise.all(Records.map(changeOf))).flat();
  await noteChanges(deps, changes);
  log.info('job changes', { records: Records.length, changes: changes.length });
}
