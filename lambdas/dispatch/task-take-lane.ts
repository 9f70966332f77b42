import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { takeLane, type Taken } from './use-cases/serve-lane.ts';

const { deps } = bind();

/** First state of submit-jobs: takes the lane for this execution, whose name is the runner's id. */
export async function handler({ laneId, runnerId }: { laneId: string; runnerId: string }): Promise<Taken> {
  const taken = await takeLane(deps, laneId, runnerId);
  log.info('take lane', { laneId, outcome: taken.outcome, workers: taken.workers.length });
  return taken;
}
