import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import type { Copied } from './rules/copies.ts';
import { finishCopies } from './use-cases/copies.ts';

const { deps } = bind();

interface Finish {
  jobId: string;
  incarnation: number;
  results?: Copied[];
  /** What an earlier state threw. */
  fault?: string;
}

/** Last state of collect-results: the results become visible, whatever could be copied. */
export async function handler({ jobId, incarnation, results = [], fault }: Finish) {
  const finished = await finishCopies(deps, { jobId, incarnation, results, ...(fault === undefined ? {} : { fault }) });
  log.info('finish copies', { jobId, outcome: finished.outcome });
  return finished;
}
