import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { settleWork } from './use-cases/work.ts';

const deps = bind();

interface Settle {
  taskId: string;
  workNumber: number;
  /** What an earlier state threw. */
  fault?: string | null;
}

/** Last state of upscale-task: the work is done, or the task keeps why it is not. */
export async function handler({ taskId, workNumber, fault }: Settle): Promise<{ outcome: 'settled' }> {
  if (fault) log.error('a state of upscale-task threw', { taskId, workNumber, fault });
  await settleWork(deps, taskId, workNumber, fault ?? undefined);
  log.info('settle', { taskId, workNumber });
  return { outcome: 'settled' };
}
