import type { CallOutcome, Executed, Submission } from '../../platforms/ports.ts';
import { iso } from '../../shared/time/clock.ts';
import { syncLeaseSeconds, type Job } from '../model.ts';
import { answerPath, itemPath, stacItem } from '../rules/stac.ts';
import * as writes from '../rules/writes.ts';
import { release, room, slotOf, userOf } from '../rules/lane.ts';
import { candidates, holders } from './candidates.ts';
import type { Deps } from './deps.ts';
import { laneFailed, laneWorked } from './lane-health.ts';
import { secondsUntil } from './serve-lane.ts';
import { Protocol, type Turn } from './submit.ts';

/** How often a call that is under way is asked whether its owner has cancelled it, in milliseconds. */
const lookEvery = 3000;

type Pause = (ms: number) => Promise<void>;

/**
 * Makes the synchronous call of a job that was handed over under the claim `epoch`, and keeps the answer as the job's
 * results. Delivered twice, the second finds that the call has begun; nothing in here is repeated.
 */
export async function callSync(deps: Deps, jobId: string, epoch: number, pause: Pause): Promise<Turn> {
  const job = await deps.jobs.get(jobId);
  const platform = job && (await deps.platform(job.platformId));
  if (job === undefined || platform === undefined || job.epoch !== epoch || job.status !== 'submitting' || !job.sync) return 'left';
  const turn = await new SyncCall(deps, platform, deps.client(platform, userOf(job.laneId)), job).run(pause);
  if (turn !== 'left') await wakeIfSomethingWaits(deps, job);
  return turn;
}

class SyncCall extends Protocol {
  async run(pause: Pause): Promise<Turn> {
    if (this.job.cancelRequested) return this.dismissed();
    const submission = await this.submission();
    if (submission === undefined) return this.failed('The parameters of this job are gone, or refer to a file that may not be read.');
    const begun = await this.begin();
    if (begun !== 'begun') return begun;
    const outcome = await this.unlessCancelled(submission, pause);
    if (outcome === 'cancelled') return this.dismissed();
    if (outcome.kind === 'lost') {
      await laneFailed(this.deps, this.job.laneId, outcome.message, false);
      return this.failed(outcome.message);
    }
    if (outcome.kind !== 'done') return this.notDone(outcome, 'start');
    const turn = await this.keep(outcome);
    await laneWorked(this.deps, this.job.laneId, this.client.searchable ? undefined : outcome.platformJobId);
    return turn;
  }

  private async begin(): Promise<'begun' | Turn> {
    const { jobs, lanes, clock, ids, settings } = this.deps;
    if (!this.client.searchable) await lanes.update(this.job.laneId, { when: [], set: { syncCallAt: this.now() } });
    const callId = ids.next();
    const leaseUntil = iso(clock.now() + syncLeaseSeconds(settings) * 1000);
    const written = await jobs.update(this.job, writes.beginCall(this.job, callId, this.now(), leaseUntil));
    if (written.ok) return 'begun';
    const now = written.item;
    if (now === undefined || !this.isMine(now)) return 'left';
    if (now.status === 'running' && now.callId === callId) return 'begun'; // my own write, sent twice by the SDK
    return now.status === 'submitting' && now.cancelRequested ? this.dismissed() : 'left';
  }

  /** A call that its owner has cancelled is broken off. What had been answered before counts. */
  private async unlessCancelled(submission: Submission, pause: Pause): Promise<CallOutcome<Executed> | 'cancelled'> {
    const leave = new AbortController();
    const until = this.deps.clock.now() + this.deps.settings.syncSeconds * 1000;
    const call = this.client.execute(submission, leave.signal).then((outcome) => ({ outcome }));
    for (;;) {
      const first = await Promise.race([call, pause(lookEvery)]);
      if (first) return first.outcome;
      const isCancelled = (await this.deps.jobs.get(this.job.jobId))?.cancelRequested === true;
      if (!isCancelled && this.deps.clock.now() < until) continue;
      leave.abort();
      const { outcome } = await call;
      return isCancelled ? 'cancelled' : outcome;
    }
  }

  /** The answer first, then the job's end: whoever sees the end finds the answer. */
  private async keep(executed: Executed): Promise<Turn> {
    const { deps, job } = this;
    const { jobs, workspace } = deps;
    if (executed.answer === undefined)
      return (await jobs.update(job, writes.becameJob(job, executed.platformJobId, this.now()))).ok ? 'submitted' : 'left';
    const { contentType, bytes } = executed.answer;
    const now = this.now();
    await workspace.write(job.owner, answerPath(job.jobId), bytes, contentType);
    const href = `s3://${workspace.bucket}/users/${job.owner}/workspace/${answerPath(job.jobId)}`;
    const item = stacItem({ ...job, finished: now, updated: now }, await jobs.spec(job), [
      ...executed.outputs,
      { name: 'answer', href, type: contentType, title: 'The answer of the platform' },
    ]);
    await workspace.write(job.owner, itemPath(job.jobId), JSON.stringify(item), 'application/geo+json');
    await deps.lanes.update(job.laneId, release([slotOf(job)]));
    if (!(await jobs.update(job, writes.answered(job, now))).ok) return 'left';
    await jobs.update(job, writes.resultsReady(job, this.now()));
    return 'over';
  }
}

/** A call that is over has left its place in the lane: what waits for one goes on at once. */
async function wakeIfSomethingWaits(deps: Deps, { laneId }: Job): Promise<void> {
  const lane = await deps.lanes.get(laneId);
  const platform = lane && (await deps.platform(lane.platformId));
  if (lane === undefined || platform === undefined) return;
  const now = deps.clock.now();
  const { ready } = await candidates(deps, lane, platform, 1, now);
  if (ready.length === 0) return;
  const may = room(lane, platform.limits, 1, holders(lane, ready), now);
  if (may.count > 0) await deps.wakers.later(laneId, 'run', 0);
  else if ('nextAt' in may) await deps.wakers.later(laneId, 'run', secondsUntil(may.nextAt, now));
}
