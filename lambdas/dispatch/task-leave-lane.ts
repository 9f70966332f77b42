import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { leaveLane, type Worked } from './use-cases/serve-lane.ts';

const { deps } = bind();

interface Leave {
  laneId: string;
  runnerId?: string | null;
  startedAt: string;
  results?: Worked[] | null;
  /** What an earlier state threw. */
  fault?: string | null;
}

/** Last state of submit-jobs: leaves the lane, or says that work has come meanwhile. */
export async function handler({ laneId, runnerId, startedAt, results, fault }: Leave): Promise<{ outcome: 'left' | 'again' }> {
  if (fault) log.error('a state of submit-jobs threw', { laneId, fault });
  if (!runnerId) return { outcome: 'left' };
  const left = await leaveLane(deps, laneId, runnerId, {
    startedAt: Date.parse(startedAt),
    results: results ?? [],
    ...(fault ? { fault } : {}),
  });
  log.info('leave lane', { laneId, outcome: left.outcome });
  return left;
}
