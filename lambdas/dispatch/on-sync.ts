import { setTimeout as pause } from 'node:timers/promises';
import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { callSync } from './use-cases/call-sync.ts';
import { SyncCall } from './sync-calls.ts';

const { deps } = bind('sync');

/** Asynchronous invocation with a claimed job: makes the platform's synchronous call. Nothing retries it. */
export async function handler(event: unknown): Promise<void> {
  const { jobId, epoch } = SyncCall.parse(event);
  const turn = await callSync(deps, jobId, epoch, (ms) => pause(ms));
  log.info('synchronous call', { jobId, turn });
}
