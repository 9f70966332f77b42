import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { chunkJobs, listJobs } from '../dispatch/api.ts';
import { dynamo, managementApi, sqs } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { log } from '../shared/log.ts';
import { systemClock } from '../shared/time/system.ts';
import { readChunks, readTask } from '../upscaling/api.ts';
import { dynamoConnections } from './dynamo-connections.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { socketPush } from './push.ts';
import { asked, frameQueue } from './queues.ts';
import { sendFrame } from './use-cases/send-frame.ts';
import { recheckStatus } from './use-cases/send-status.ts';

const table = env('CONNECTIONS_TABLE');
const deps = {
  subjects: dynamoSubjects(dynamo(), table),
  connections: dynamoConnections(dynamo(), table),
  jobs: { page: listJobs },
  tasks: { read: readTask, chunks: readChunks, jobs: chunkJobs },
  push: socketPush(managementApi(env('CALLBACK_URL'))),
  frames: frameQueue(sqs(), env('FRAMES_QUEUE_URL')),
  clock: systemClock,
  report: (what: string, error: unknown, fields = {}) => log.warn(what, { error, ...fields }),
};

/** The frames queue: one frame for each subject that is marked, and second looks at full statuses. A subject named twice in a batch gets one. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const frames = new Map<string, Promise<void>>();
  const failed = async (record: SQSRecord): Promise<{ itemIdentifier: string }[]> => {
    try {
      const message = asked(record.body);
      if ('recheck' in message) await recheckStatus(deps, message.recheck);
      else {
        const frame = frames.get(message.subject) ?? sendFrame(deps, message.subject);
        frames.set(message.subject, frame);
        await frame;
      }
      return [];
    } catch (error) {
      log.error('frame failed', { error, messageId: record.messageId });
      return [{ itemIdentifier: record.messageId }];
    }
  };
  const batchItemFailures = (await Promise.all(Records.map(failed))).flat();
  log.info('frames', { messages: Records.length, failed: batchItemFailures.length });
  return { batchItemFailures };
}
