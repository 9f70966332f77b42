import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { boundJobCore } from '../../dispatch/api.ts';
import { kmsVault } from '../../platforms/credentials/kms.ts';
import { registryFromTable } from '../../platforms/registry.ts';
import { dynamo, kms, sqs } from '../../shared/aws.ts';
import { env } from '../../shared/env.ts';
import { log } from '../../shared/log.ts';
import { systemClock } from '../../shared/time/system.ts';
import { urlRules } from '../url-rules.ts';
import { callsOf, deliver, type CallDeps } from '../use-cases/deliver.ts';
import { dynamoKeys } from './dynamo.ts';
import { Message } from './model.ts';
import { guardedPost } from './post.ts';
import { signer } from './signature.ts';

const send = async (queue: string, body: object, seconds?: number): Promise<void> => {
  await sqs().send(new SendMessageCommand({ QueueUrl: queue, MessageBody: JSON.stringify(body), DelaySeconds: seconds }));
};
const deps: CallDeps = {
  jobs: boundJobCore(2),
  // No platform is asked for anything: one that is down would keep the news of the others waiting.
  catalogue: {
    platforms: registryFromTable().all,
    describe: () => Promise.resolve({ kind: 'unavailable', message: 'not asked' }),
  },
  clock: systemClock,
  url: env('API_URL').replace(/\/+$/, ''),
  post: guardedPost(urlRules()),
  sign: signer(dynamoKeys(dynamo(), env('CREDENTIALS_TABLE')), kmsVault(kms, env('CREDENTIALS_KEY'))),
  again: (delivery, seconds) => send(env('CALLBACKS_QUEUE_URL'), { delivery }, seconds),
  park: async (delivery, reason) => {
    log.error('callback given up', { jobId: delivery.event.subject, reason });
    await send(env('CALLBACKS_DEAD_QUEUE_URL'), { delivery, reason });
  },
  note: log.info,
};

/** The `callbacks` queue: events of jobs whose client wants to be called, and calls that are tried again. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const failures = await Promise.all(
    event.Records.map(async ({ messageId, body }) => {
      try {
        const message = Message.parse(JSON.parse(body));
        const calls = 'detail' in message ? await callsOf(deps, message.detail) : [message.delivery];
        await Promise.all(calls.map((call) => deliver(deps, call)));
        return [];
      } catch (error) {
        log.error('callback failed', { error });
        return [{ itemIdentifier: messageId }];
      }
    }),
  );
  return { batchItemFailures: failures.flat() };
}
