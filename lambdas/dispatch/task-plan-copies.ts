import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { planCopies } from './use-cases/copies.ts';

const { deps } = bind();

/** First state of collect-results: which files are to be copied, by their numbers. */
export async function handler({ jobId, incarnation }: { jobId: string; incarnation: number }) {
  const planned = await planCopies(deps, jobId, incarnation);
  log.info('plan copies', { jobId, outcome: planned.outcome, files: planned.assets.length });
  return planned;
}
