import { log } from '../shared/log.ts';
import { uuids } from '../shared/ids/uuid.ts';
import { bind } from './bind.ts';
import { takeLane, type Taken } from './use-cases/serve-lane.ts';

const { deps } = bind();

/** First state of submit-jobs: takes the lane for this execution. `runnerId` is there when it goes round again. */
export async function handler({ laneId, runnerId }: { laneId: string; runnerId?: string | null }): Promise<Taken> {
  const taken = await takeLane(deps, laneId, runnerId ?? uuids.next());
  log.info('take lane', { laneId, outcome: taken.outcome, workers: taken.workers.length });
  return taken;
}
