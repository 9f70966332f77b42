import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { collectResults } from './use-cases/results.ts';
import { CollectMessage } from './wakers.ts';

const { deps } = bind();

/** Either the bus's own envelope of `job.successful`, or a poller's "collect again". */
const Message = z.union([z.looseObject({ detail: z.looseObject({ subject: z.string() }) }), CollectMessage]);

/** The `collect` queue. A job whose platform does not answer comes again by itself. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        const message = Message.parse(JSON.parse(body));
        const jobId = 'detail' in message ? message.detail.subject : message.jobId;
        await collectResults(deps, jobId);
        log.info('collected', { jobId });
        return [];
      } catch (error) {
        log.error('collecting failed', { error, body });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}
