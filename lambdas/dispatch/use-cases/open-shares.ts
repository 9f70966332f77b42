import type { Job } from '../model.ts';
import type { Deps } from './deps.ts';

/** Opens the shares in which a job waits. The task's first: its owner's share stays open as long as a task of hers is. */
export async function openShares(
  deps: Pick<Deps, 'lanes'>,
  { laneId, owner, taskId }: Pick<Job, 'laneId' | 'owner' | 'taskId'>,
): Promise<void> {
  if (taskId !== undefined) await deps.lanes.openTaskShare(laneId, owner, taskId);
  await deps.lanes.openShare(laneId, owner);
}
