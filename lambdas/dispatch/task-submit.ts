import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { leaveLane, takeLane, work, type Taken, type Worked } from './use-cases/serve-lane.ts';

const { deps } = bind();

interface Take {
  step: 'take';
  laneId: string;
  runnerId: string;
}
interface Submit {
  step: 'submit';
  laneId: string;
  runnerId: string;
  worker: number;
}
interface Leave {
  step: 'leave';
  laneId: string;
  runnerId?: string | null;
  startedAt: string;
  results?: Worked[] | null;
  /** What an earlier state threw. */
  fault?: string | null;
}

/** All states of submit-jobs that call a function: they mostly come one after the other, and then only the first waits for it to load. */
export function handler(event: Take | Submit | Leave): Promise<Taken | Worked | { outcome: 'left' | 'again' }> {
  if (event.step === 'take') return take(event);
  return event.step === 'submit' ? submit(event) : leave(event);
}

/** Takes the lane for this execution, whose name is the runner's id. */
async function take({ laneId, runnerId }: Take): Promise<Taken> {
  const taken = await takeLane(deps, laneId, runnerId);
  log.info('take lane', { laneId, outcome: taken.outcome, workers: taken.workers.length });
  return taken;
}

/** A worker. Nothing retries it: what it leaves behind is recovered from the table. */
async function submit({ laneId, runnerId, worker }: Submit): Promise<Worked> {
  const worked = await work(deps, laneId, runnerId, worker);
  log.info('submit', { laneId, worker, ...worked });
  return worked;
}

/** Leaves the lane, or says that work has come meanwhile. */
async function leave({ laneId, runnerId, startedAt, results, fault }: Leave): Promise<{ outcome: 'left' | 'again' }> {
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
