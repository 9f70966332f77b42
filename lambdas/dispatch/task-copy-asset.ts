import { log } from '../shared/log.ts';
import { bind } from './bind.ts';
import { copyAsset, type Tried } from './use-cases/copies.ts';

const { deps } = bind();

/** One try to copy one file; the state machine tries again. */
export async function handler(ref: { jobId: string; incarnation: number; asset: number; tries: number }): Promise<Tried> {
  const tried = await copyAsset(deps, ref);
  log.info('copy', { ...ref, ...tried });
  return tried;
}
