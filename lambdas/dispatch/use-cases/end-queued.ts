import { iso } from '../../shared/time/clock.ts';
import * as writes from '../rules/writes.ts';
import type { Deps } from './deps.ts';
import { writeCancel } from './owned-jobs.ts';

/** Jobs of a share that one poll ends; the next poll takes the next ones. */
const aShare = 200;

/**
 * The platform of this lane is being removed: what waits for it fails and says so. Of what may have been left on the
 * platform a cancel is requested, so that it is looked for there first.
 */
export async function endQueued(deps: Pick<Deps, 'jobs' | 'lanes' | 'clock'>, laneId: string, title: string): Promise<void> {
  for (const { share } of await deps.lanes.shares(laneId)) {
    for (const job of await deps.jobs.queued(laneId, share, aShare)) {
      if (job.cancelRequested) continue;
      const now = iso(deps.clock.now());
      const message = `${title} was removed by an administrator before this job was sent to it.`;
      const failed = await deps.jobs.update(job, writes.failQueued(job, now, message));
      if (failed.ok || failed.item === undefined || failed.item.status !== 'queued') continue;
      await writeCancel(deps, failed.item);
    }
  }
}
