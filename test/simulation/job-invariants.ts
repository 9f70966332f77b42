import { syncFunctionSeconds, type Job } from '../../lambdas/dispatch/model.ts';
import { mayBeUnknown } from '../../lambdas/dispatch/use-cases/serve-lane.ts';
import type { Change } from '../../lambdas/dispatch/rules/changes.ts';
import { itemPath, type StacItem } from '../../lambdas/dispatch/rules/stac.ts';
import { ms } from '../../lambdas/shared/time/clock.ts';
import type { Search } from '../../lambdas/platforms/ports.ts';
import { mostOnItsWayMs } from './overtaken.ts';
import { skewMs } from './process.ts';
import { keptSeconds } from './registry.ts';
import type { Invariants } from './steps.ts';

/** Looked at with every write of a job. */
export const jobInvariants: Invariants<Change> = {
  '2 results that are visible are there': ({ before, after }, say, { files }) => {
    if (after?.resultsAt === undefined || after.resultsAt === before?.resultsAt) return;
    const folder = `users/${after.owner}/workspace/`;
    const item = files.get(folder + itemPath(after.jobId));
    if (item === undefined) return say(after.jobId);
    const assets = Object.values((JSON.parse(item) as StacItem).assets);
    const copied = assets.filter(({ href }) => href.startsWith('s3://')).map(({ href }) => href.slice(href.indexOf('/users/') + 1));
    for (const key of copied) if (!files.has(key)) say(`${after.jobId}: ${key}`);
    const size = assets.reduce((sum, asset) => sum + (asset['file:size'] ?? 0), 0);
    if ((after.bytesStagedOut ?? 0) !== size) say(`${after.jobId}: ${after.bytesStagedOut} bytes copied, the item says ${size}`);
  },
  '2 one execution copies the results of a job': ({ before, after }, say, { now, writer }) => {
    const begins = writer.startsWith('collect') && after?.copyUntil !== undefined && after.copyUntil !== before?.copyUntil;
    if (begins && before?.copyUntil !== undefined && ms(before.copyUntil) > now + skewMs) say(`${after.jobId} by ${writer}`);
    if (after?.resultsAt !== undefined && after.copyUntil !== undefined) say(`${after.jobId} by ${writer}, though its results are visible`);
  },
  '2 whoever begins to copy ends it, or the results are visible': ({ before, after }, say, { writer, copier }) => {
    if (before?.copyUntil === undefined || after === undefined || after.copyUntil !== undefined || after.resultsAt !== undefined) return;
    if (before.incarnation === after.incarnation && copier(after) !== writer) say(`${after.jobId} by ${writer}`);
  },
  '2 what is held waits in its queue': ({ after }, say) => {
    if (after?.held !== undefined && after.status !== 'queued') say(`${after.jobId} is ${after.status}`);
  },
  '3 what ends in its queue has left nothing on its platform': ({ before, after }, say, { isThere }) => {
    if (before?.status !== 'queued' || after === undefined || after.rank < 90 || before.cancelRequested) return;
    if (after.onAmbiguous === 'resubmit') return; // of what could not be found an audit takes care
    if (before.incarnation === after.incarnation && before.held === undefined && isThere(after)) say(`${after.jobId} is ${after.status}`);
  },
  '2 only a job that is over is deleted': ({ before, after }, say) => {
    if (after === undefined && before !== undefined && before.rank < 90) say(`${before.jobId} was ${before.status}`);
  },
  '2 results become visible once': ({ before, after }, say) => {
    if (before?.resultsAt !== undefined && after && after.resultsAt !== before.resultsAt) say(after.jobId);
  },
  '2 a job is missed where it is, and since the first time': ({ before, after }, say) => {
    if (after?.missingSince === undefined || after.missingSince === before?.missingSince) return;
    if (after.platformJobId === undefined || after.rank >= 90) say(`${after.jobId} is ${after.status}`);
    if (before?.missingSince !== undefined) say(`${after.jobId}: ${before.missingSince} -> ${after.missingSince}`);
  },
  '4 the same status has no news of an older poll': ({ before, after }, say) => {
    if (before && after && before.incarnation === after.incarnation && before.rank === after.rank && after.pollNumber < before.pollNumber)
      say(`${after.jobId}: poll ${before.pollNumber} -> ${after.pollNumber}`);
  },
  '2 a job is lost when it was missed twice, far enough apart': ({ before, after }, say, { now, settings }) => {
    if (before === undefined || after?.status !== 'failed' || !/was lost there/.test(after.message ?? '')) return;
    const since = before.missingSince === undefined ? now : ms(before.missingSince);
    if (now - since < settings.lostAfterSeconds * 1000 - skewMs) say(`${after.jobId} after ${(now - since) / 1000} s`);
  },
  '3 a job points to what was made for it': ({ before, after }, say, { isMadeFor }) => {
    if (after?.platformJobId === undefined || after.platformJobId === before?.platformJobId) return;
    if (!isMadeFor(after)) say(`${after.jobId}.${after.incarnation}: ${after.platformJobId}`);
  },
  '4 versions only grow': ({ before, after }, say) => {
    if (before && after && after.version !== before.version + 1) say(`${after.jobId}: version ${before.version} -> ${after.version}`);
  },
  '4 the epoch of a job is counted up': ({ before, after }, say) => {
    if (!before || !after || before.incarnation !== after.incarnation) return;
    if (after.epoch !== before.epoch && after.epoch !== before.epoch + 1) say(`${after.jobId}: epoch ${before.epoch} -> ${after.epoch}`);
  },
  '4 a job leaves its queue for its platform by a claim, or is found there': ({ before, after }, say) => {
    if (before?.status !== 'queued' || !after || after.status === 'queued' || after.rank >= 90) return;
    if (after.epoch === before.epoch) say(`${after.jobId} is ${after.status}`);
  },
  '4 only what has failed, was canceled or is held runs again': ({ before, after }, say) => {
    if (!before || !after || before.incarnation === after.incarnation) return;
    const isEnd = before.status === 'failed' || before.status === 'dismissed' || (before.held !== undefined && !before.cancelRequested);
    if (!isEnd || after.incarnation !== before.incarnation + 1) say(`${after.jobId} was ${before.status}`);
  },
  '1 a lost post is taken up when it can take effect no more': ({ before, after }, say, { now, settings }) => {
    if (before?.postedAt === undefined || before.platformJobId !== undefined || before.sync || before.incarnation !== after?.incarnation)
      return;
    const isClaim = after.epoch !== before.epoch && after.status === 'submitting' && after.leaseUntil !== before.leaseUntil;
    if (isClaim && now < ms(before.postedAt) + settings.quarantineSeconds * 1000 - skewMs)
      say(`${after.jobId}: sent at ${before.postedAt}`);
  },
  '1 a claim keeps the intent that it finds': ({ before, after }, say) => {
    if (before?.postedAt === undefined || after?.postedAt === undefined || before.incarnation !== after.incarnation) return;
    if (before.epoch !== after.epoch && before.postedAt !== after.postedAt) say(`${after.jobId}: ${before.postedAt} -> ${after.postedAt}`);
  },
  '4 who had a job before somebody else claimed it writes it no more': ({ before, after }, say, { writer, isFormer }) => {
    if (before === undefined || after === undefined || before.epoch !== after.epoch || !isFormer(after)) return;
    if (after.message === 'Cancelling.') return; // anybody may ask for that: a poll does when the platform is being removed
    if (before.pollNumber === after.pollNumber) say(`${after.jobId} by ${writer}: ${before.status} -> ${after.status}`);
  },
  '4 rank never falls but back to the queue': ({ before, after }, say) => {
    if (!before || !after || before.incarnation !== after.incarnation || after.rank >= before.rank) return;
    const inHand = before.status === 'submitting' || before.status === 'submitted' || (before.sync && before.status === 'running');
    const backToQueue = after.status === 'queued' && inHand;
    if (!backToQueue) say(`${after.jobId}: ${before.status} -> ${after.status}`);
  },
  '4 final is absorbing': ({ before, after }, say) => {
    if (!before || !after || before.rank < 90 || before.incarnation !== after.incarnation) return;
    if (before.status !== after.status) say(`${after.jobId}: ${before.status} -> ${after.status}`);
  },
  '4 what is over stays as it ended': ({ before, after }, say) => {
    if (!before || !after || before.rank < 90 || before.incarnation !== after.incarnation) return;
    if (after.finished !== before.finished) say(`${after.jobId} ended at ${before.finished}, and again at ${after.finished}`);
    if (after.cancelRequested && !before.cancelRequested) say(`${after.jobId} is cancelled when it is over`);
  },
  '4 a claim ends with a later claim': ({ before, after }, say) => {
    if (before?.status !== 'submitting' || !after || before.incarnation !== after.incarnation || before.epoch === after.epoch) return;
    const isClaim = after.status === 'submitting' && after.leaseUntil !== before.leaseUntil;
    if (!isClaim) say(`${after.jobId}: epoch ${before.epoch} -> ${after.epoch}, ${after.status}`);
  },
  '4 a synchronous call is made under the claim that ordered it': ({ before, after }, say, { writer }) => {
    if (after?.callId === undefined || after.callId === before?.callId) return;
    const ordered = / e(\d+)\)/.exec(writer)?.[1];
    if (Number(ordered) !== before?.epoch) say(`${after.jobId} by ${writer}, epoch ${before?.epoch}`);
  },
  '9 no start after a cancel': ({ before, after }, say) => {
    if (!before?.cancelRequested || !after || before.incarnation !== after.incarnation) return;
    if (after.startSentAt !== undefined && after.startSentAt !== before.startSentAt) say(`${after.jobId} at ${after.updated}`);
    // The intent of a claim is none yet: a cancelled job is claimed to be looked for.
    if (before.status === 'submitting' && after.postedAt !== undefined && after.postedAt !== before.postedAt)
      say(`${after.jobId} has a new intent at ${after.updated}`);
  },
  '9 nothing is let go of a task that was stopped before a function began': ({ before, after }, say, { now, settings, stoppedSince }) => {
    if (before?.status !== 'queued' || after?.status !== 'submitting' || after.cancelRequested || after.taskId === undefined) return;
    const since = stoppedSince(after.taskId);
    const most = settings.functionSeconds * 1000 + mostOnItsWayMs(settings) + skewMs;
    if (since !== undefined && now - since > most) say(after.jobId);
  },
  '15 a job that waits has a share that is looked at': ({ after }, say, { hasShare }) => {
    if (after?.status === 'queued' && !hasShare(after)) say(after.jobId);
  },
  '15 a lane with unfinished jobs is due': ({ after }, say, { lanes, isClosed }) => {
    if (after === undefined || after.rank >= 90 || after.held || isClosed(after)) return;
    if (lanes.get(after.laneId)?.due === undefined) say(`${after.jobId} is ${after.status}`);
  },
};

/** A call that runs a job, or may do so, as it leaves for its platform. */
export interface Post {
  call: 'create' | 'start' | 'execute';
  tag: string;
  platformId: string;
  /** Since when nobody knows the platform any more. */
  removedSince: number | undefined;
  /** Since when administrators let nothing start there. */
  pausedSince: number | undefined;
  job: Job | undefined;
  isSearchable: boolean;
  /** How long the lane belongs to the runner of the worker that sends this. */
  runnerUntil: number | undefined;
  /** The job has its place within the lane's limit. */
  hasPlace: boolean;
  /** The sender itself has filled the lane beyond its limit, for a job that may be running. */
  isCrowded: boolean;
  /** When a cancel of this incarnation was written. */
  cancelledAt: number | undefined;
}

/** Looked at when a call leaves. */
export const postInvariants: Invariants<Post> = {
  '9 nothing is sent for a job whose cancel is older than a function': ({ job, call, tag, cancelledAt }, say, { now, settings }) => {
    const seconds = call === 'execute' ? syncFunctionSeconds(settings) : settings.functionSeconds;
    if (cancelledAt !== undefined && now - cancelledAt > seconds * 1000 + skewMs) say(tag);
    if (job === undefined) say(`${tag}: there is no such job`);
  },
  '1 posts that cannot be told apart go one at a time': ({ job, call, isSearchable }, say, { jobs }) => {
    if (job === undefined || call !== 'create' || isSearchable) return;
    for (const other of jobs.values()) {
      const isSame = other.laneId === job.laneId && other.process === job.process && !other.sync;
      // One that was held and is cancelled now is looked for under the post of its own, and not sent again.
      const isOver = other.cancelRequested === true && other.status === 'queued';
      if (isSame && other.jobId !== job.jobId && mayBeUnknown(other) && !isOver) say(`${job.jobId} beside ${other.jobId}`);
    }
  },
  '4 a worker posts while its runner has the lane': ({ tag, runnerUntil }, say, { now }) => {
    if (runnerUntil !== undefined && now > runnerUntil + skewMs) say(tag);
  },
  '5 what is sent has its place in its lane': ({ tag, hasPlace }, say) => {
    if (!hasPlace) say(tag);
  },
  '5 who takes up a job begins it only where there is room': ({ tag, job, isCrowded }, say) => {
    if (isCrowded && !job?.cancelRequested) say(tag);
  },
  '13 a call leaves to the platform of its job': ({ job, tag, platformId }, say) => {
    if (job && job.platformId !== platformId) say(`${tag} goes to ${platformId}`);
  },
  '13 no call leaves to a platform that was removed before a function began': (
    { tag, platformId, removedSince },
    say,
    { now, settings },
  ) => {
    const isLate = removedSince !== undefined && now - removedSince > (settings.functionSeconds + keptSeconds) * 1000 + skewMs;
    if (isLate) say(`${tag} goes to ${platformId}, since ${new Date(removedSince).toISOString()}`);
  },
  '13 nothing starts on a platform that was paused before a function began': ({ job, call, tag, pausedSince }, say, { now, settings }) => {
    // What is created goes on, and a synchronous call was ordered before its message came.
    const late = pausedSince !== undefined && now - pausedSince > (settings.functionSeconds + keptSeconds) * 1000 + skewMs;
    if (late && call === 'create' && job && !job.cancelRequested) say(`${tag}, since ${new Date(pausedSince).toISOString()}`);
  },
};

/** A search for a job whose create was not answered. */
export interface Lookup {
  job: Job | undefined;
  search: Pick<Search, 'tag' | 'from' | 'until'>;
  /** When the last create of the job left; undefined for none. */
  sentAt: number | undefined;
  /** The searcher has the job: nobody has claimed it since. */
  isClaimant: boolean;
}

/** Looked at when a search leaves. */
export const lookupInvariants: Invariants<Lookup> = {
  '1 a lost post is looked for at its own time': ({ job, search, isClaimant }, say) => {
    if (isClaimant && job?.postedAt !== undefined && ms(job.postedAt) !== search.from) say(search.tag);
  },
  '1 a lost post is looked for when it can take effect no more': ({ search, sentAt, isClaimant }, say, { now, settings }) => {
    if (isClaimant && sentAt !== undefined && now < sentAt + settings.lateCommitSeconds * 1000 - skewMs) say(search.tag);
  },
  '1 a lost post is looked for as long as it may have taken effect': ({ search, sentAt }, say, { settings }) => {
    if (sentAt !== undefined && search.until < sentAt + settings.lateCommitSeconds * 1000 - skewMs) say(search.tag);
  },
};
