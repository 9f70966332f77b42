import type { Platform } from '../../platforms/model.ts';
import type { ListedJob, PlatformClient } from '../../platforms/ports.ts';
import { iso } from '../../shared/time/clock.ts';
import { strayMessage } from '../model.ts';
import { tagged, verdict } from '../rules/audit.ts';
import { occupyAdopted, slotOf, userOf } from '../rules/lane.ts';
import * as writes from '../rules/writes.ts';
import { StrayJob } from '../../shared/events/events.ts';
import type { Deps } from './deps.ts';

export interface AuditDeps extends Deps {
  /** Puts a find on the bus. */
  tellStray(stray: StrayJob): Promise<void>;
}

/** Part of `claimSeconds` in which one message reads pages; the next goes on where it ended. */
const share = 1 / 3;

/**
 * The daily look through a platform's list for what we left behind there: deletes `created` jobs of ours that nobody can
 * adopt any more, and tells people of those that run although no job of ours has them. Only platforms whose lists show
 * tags. `from` is the page to go on with.
 */
export async function auditLane(deps: AuditDeps, laneId: string, from?: string): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  const platform = lane && (await deps.platform(lane.platformId));
  if (platform === undefined || lane?.held !== undefined) return;
  const client = deps.client(platform, userOf(laneId));
  const { list } = client;
  if (list === undefined || !client.searchable) return;
  const until = deps.clock.now() + deps.settings.claimSeconds * 1000 * share;
  const secondsAPage = Math.ceil(60 / platform.limits.readsPerMinute);
  const asked = new Set<string | undefined>();
  let next = from;
  do {
    asked.add(next);
    const page = await list.call(client, next);
    if (page.kind !== 'found')
      return deps.report('an audit could not read a list', { laneId, reason: page.kind === 'missing' ? 'no list' : page.message });
    for (const listed of page.value.jobs) await settle(deps, platform, client, laneId, listed);
    next = page.value.next;
    if (next === undefined || asked.has(next)) return;
  } while (asked.size * secondsAPage < 60 && deps.clock.now() < until);
  await deps.wakers.audit(laneId, next, Math.min(900, asked.size * secondsAPage));
}

/** Our job is read after the list, consistently: what the list shows may have been adopted since. */
async function settle(deps: AuditDeps, platform: Platform, client: PlatformClient, laneId: string, listed: ListedJob): Promise<void> {
  const { clock, settings } = deps;
  const ours = tagged(listed.tag, deps.deployment);
  const isYoung = listed.created !== undefined && clock.now() - listed.created < settings.auditAgeSeconds * 1000;
  if (ours === undefined || isYoung) return;
  const job = await deps.jobs.get(ours.jobId);
  const is = verdict(listed, ours.incarnation, job);
  if (is === 'leave') return;
  const about = { laneId, ...ours, platformJobId: listed.platformJobId, platformStatus: listed.raw };
  if (is === 'delete') {
    const now = await client.status(listed.platformJobId); // the list may be late; what runs by now is not ours to stop
    if (now.kind !== 'found' || now.value.phase !== 'created') return;
    const gone = await client.cancel(listed.platformJobId);
    deps.note('an orphan was deleted', { ...about, deleted: gone.kind !== 'unavailable' });
    return;
  }
  const now = clock.now();
  if (is === 'adopt') {
    await deps.lanes.want(laneId, platform.id); // lanes at rest are audited as well, and nobody polls them
    if (platform.limits.running !== undefined) await deps.lanes.update(laneId, occupyAdopted(slotOf(job!)));
  }
  const adopted =
    is === 'adopt' &&
    (await deps.jobs.update(job!, writes.adopt(job!, listed.platformJobId, iso(now), iso(now + platform.deadlineHours * 3_600_000)))).ok;
  deps.report(strayMessage, { ...about, adopted });
  const { jobId, incarnation, platformJobId, platformStatus } = about;
  const stray = StrayJob.parse({
    id: `${laneId}.${platformJobId}`,
    type: 'platform.job.stray',
    source: 'swath.dispatch',
    subject: laneId,
    time: iso(now),
    data: { jobId, incarnation, platformJobId, platformStatus, adopted },
  });
  await deps.tellStray(stray).catch((error: unknown) => deps.report('an event was refused', { error }));
}
