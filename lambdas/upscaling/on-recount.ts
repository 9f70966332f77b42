import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { ChunksChanged } from '../shared/events/events.ts';
import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { recount } from './use-cases/recount.ts';

const deps = bind();

const read = ({ messageId, body }: SQSRecord) => ({ messageId, ...ChunksChanged.parse(JSON.parse(body)) });

/** The `recounts` queue: chunks of tasks whose jobs have changed. What fails comes again by itself. */
export async function handler({ Records }: SQSEvent): Promise<SQSBatchResponse> {
  const failed: string[] = [];
  for (const [taskId, notices] of Map.groupBy(Records.map(read), (notice) => notice.taskId)) {
    try {
      await recount(deps, taskId, notices);
      log.info('recount', { taskId, notices: notices.length });
    } catch (error) {
      log.error('recount failed', { taskId, error });
      failed.push(...notices.map(({ messageId }) => messageId));
    }
  }
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
}
