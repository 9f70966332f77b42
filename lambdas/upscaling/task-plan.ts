import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { planWork, type Planned } from './use-cases/work.ts';

const deps = bind();

/** First state of upscale-task: the chunks of a piece of work. */
export async function handler({ taskId, workNumber }: { taskId: string; workNumber: number }): Promise<Planned> {
  const planned = await planWork(deps, taskId, workNumber);
  log.info('plan', { taskId, workNumber, outcome: planned.outcome, chunks: planned.chunks.length });
  return planned;
}
