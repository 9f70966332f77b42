import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { collectResults, ResultsUnavailable } from './use-cases/results.ts';
import { CollectMessage } from './wakers.ts';

const { deps } = bind();

/** Either the bus's own envelope of `job.successful`, or a poller's "collect again". */
const Message = z.union([z.looseObject({ detail: z.looseObject({ subject: z.string() }) }), CollectMessage]);

/** So often a platform is asked again before the message fails, and comes back after its visibility only. */
const mostTries = 4;
/** 5 s, 15 s, 45 s, 135 s, and by chance up to half as much more or less: those that were refused together do not come together. */
const seconds = (tries: number): number => Math.round(5 * 3 ** tries * (0.5 + deps.random.next()));

async function collect(body: string): Promise<void> {
  const message = Message.parse(JSON.parse(body));
  const [jobId, tries = 0] = 'detail' in message ? [message.detail.subject] : [message.jobId, message.tries];
  try {
    await collectResults(deps, jobId);
    log.info('collected', { jobId });
  } catch (error) {
    if (!(error instanceof ResultsUnavailable) || tries >= mostTries) throw error;
    log.warn('collecting waits', { jobId, tries, error });
    await deps.wakers.collect(jobId, seconds(tries), tries + 1);
  }
}

/** The `collect` queue. A job whose platform does not answer comes again by itself. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        await collect(body);
        return [];
      } catch (error) {
        log.error('collecting failed', { error, body });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}
