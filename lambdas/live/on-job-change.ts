import type { DynamoDBStreamEvent } from 'aws-lambda';
import { isJobKey, watchLanes } from '../dispatch/api.ts';
import { Job } from '../dispatch/model.ts';
import { dynamo, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { parking } from '../shared/parking.ts';
import { changesIn } from '../shared/table/stream.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { frameQueue } from './queues.ts';
import { noteChanges } from './use-cases/note-changes.ts';

const park = parking(sqs, env('PARKED_QUEUE_URL'));
const deps = {
  subjects: dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE')),
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  lanes: { watch: watchLanes },
  clock: systemClock,
  park,
};

/** The jobs table's stream: changes that somebody watches go into the next frame. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const changes = await changesIn(Records, isJobKey, (item) => Job.parse(item), park);
  await noteChanges(deps, changes);
  log.info('job changes', { records: Records.length, changes: changes.length });
}
