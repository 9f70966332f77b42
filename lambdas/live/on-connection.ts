import { setTimeout as wait } from 'node:timers/promises';
import type { DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda';
import { chunkJobs, listJobs, watchLanes } from '../dispatch/api.ts';
import { dynamo, managementApi, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { parking } from '../shared/parking.ts';
import { systemClock } from '../shared/time/system.ts';
import { readChunks, readTask } from '../upscaling/api.ts';
import { dynamoConnections } from './dynamo-connections.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { socketPush } from './push.ts';
import { frameQueue } from './queues.ts';
import { greetingOf } from './records.ts';
import { greet } from './use-cases/greet.ts';

const table = env('CONNECTIONS_TABLE');
const park = parking(sqs, env('PARKED_QUEUE_URL'));
const deps = {
  connections: dynamoConnections(dynamo(), table),
  subjects: dynamoSubjects(dynamo(), table),
  jobs: { page: listJobs },
  tasks: { read: readTask, chunks: readChunks, jobs: chunkJobs },
  lanes: { watch: watchLanes },
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  push: socketPush(managementApi(env('CALLBACK_URL'))),
  pause: { wait: (ms: number) => wait(ms) },
  clock: systemClock,
  report: (what: string, error: unknown, fields = {}) => log.warn(what, { error, ...fields }),
};

async function follow(record: DynamoDBRecord): Promise<number> {
  try {
    const greeting = greetingOf(record);
    if (!greeting) return 0;
    await greet(deps, greeting.connection, greeting.what);
    return 1;
  } catch (error) {
    await park(record, `cannot be read or greeted: ${String(error)}`);
    return 0;
  }
}

/** The connections table's stream: nothing can be posted before a connection is open, so what greets it follows from its item. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<void> {
  const greeted = await Promise.all(Records.map(follow));
  log.info('connections', { records: Records.length, greeted: greeted.reduce((sum, one) => sum + one, 0) });
}
