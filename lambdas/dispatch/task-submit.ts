import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { work, type Worked } from './use-cases/serve-lane.ts';

const { deps } = bind();

/** A worker of submit-jobs. Nothing retries it: what it leaves behind is recovered from the table. */
export async function handler({ laneId, runnerId, worker }: { laneId: string; runnerId: string; worker: number }): Promise<Worked> {
  const worked = await work(deps, laneId, runnerId);
  log.info('submit', { laneId, worker, ...worked });
  return worked;
}
