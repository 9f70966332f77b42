import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { log } from '../shared/log.ts';
import { eventBridge } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { tellStray } from './bus.ts';
import { bind } from './bind.ts';
import { auditLane } from './use-cases/audit-lane.ts';
import { pollLane } from './use-cases/poll-lane.ts';
import { wakeOrFree } from './use-cases/serve-lane.ts';
import { LaterMessage } from './wakers.ts';

const { deps } = bind();

/** The `later` queue: lanes to be served, polled or audited now. A message that fails comes again by itself. */
export async function handler(event: SQSEvent): Promise<SQSBatchResponse> {
  const polled = new Set<string>();
  const failures: string[] = [];
  for (const { messageId, body } of event.Records) {
    try {
      const message = LaterMessage.parse(JSON.parse(body));
      if (message.kind === 'run') await wakeOrFree(deps, message.laneId);
      else if (message.kind === 'audit')
        await auditLane({ ...deps, tellStray: tellStray(eventBridge, env('EVENT_BUS')) }, message.laneId, message.next);
      else {
        const lanes = message.laneIds.filter((laneId) => !polled.has(laneId));
        // All of them end before this function does: what is under way when it ends would go on after its leases.
        const ends = await Promise.allSettled(lanes.map((laneId) => pollLane(deps, laneId, message)));
        for (const [n, end] of ends.entries()) if (end.status === 'fulfilled') polled.add(lanes[n]!);
        const broken = ends.find((end) => end.status === 'rejected');
        if (broken) throw broken.reason;
      }
      log.info('later', { ...message });
    } catch (error) {
      log.error('later failed', { error, body });
      failures.push(messageId);
    }
  }
  return { batchItemFailures: failures.map((itemIdentifier) => ({ itemIdentifier })) };
}
