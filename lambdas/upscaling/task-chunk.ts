import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { workChunk } from './use-cases/work.ts';

const deps = bind();

interface Chunk {
  taskId: string;
  workNumber: number;
  chunk: number;
}

/** One chunk of a piece of work: repeated, it changes nothing that is done. */
export async function handler({ taskId, workNumber, chunk }: Chunk): Promise<{ outcome: 'done' }> {
  await workChunk(deps, taskId, workNumber, chunk);
  log.info('chunk', { taskId, workNumber, chunk });
  return { outcome: 'done' };
}
