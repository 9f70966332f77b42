import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { finishCopies } from './use-cases/copies.ts';

const { deps } = bind();

/** Last state of collect-results: the results become visible, whatever could be copied. */
export async function handler(ended: Parameters<typeof finishCopies>[1]) {
  const finished = await finishCopies(deps, ended);
  log.info('finish copies', { jobId: ended.jobId, outcome: finished.outcome });
  return finished;
}
