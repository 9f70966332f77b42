import type { Lane } from '../../lambdas/dispatch/model.ts';
import { slotOf, tokensNow } from '../../lambdas/dispatch/rules/lane.ts';
import type { Platform } from '../../lambdas/platforms/model.ts';
import { ms } from '../../lambdas/shared/time/clock.ts';
import { isOver, type Task } from '../../lambdas/upscaling/model.ts';
import { skewMs } from './process.ts';
import type { Invariants } from './steps.ts';

/** A write of a lane that took effect. */
export interface LaneChange {
  before: Lane;
  after: Lane;
  limits: Platform['limits'];
}

/** Looked at with every write of a lane, at the time of its effect. */
export const laneInvariants: Invariants<LaneChange> = {
  '5 tokens are spent once': ({ before, after, limits }, say) => {
    if (
      after.tokensAt === undefined ||
      after.tokens === undefined ||
      (after.tokensAt === before.tokensAt && after.tokens === before.tokens)
    )
      return;
    const left = tokensNow(before, limits, ms(after.tokensAt)) - 1;
    if (after.tokens > left + 1e-6) say(`${after.laneId}: ${after.tokens} tokens are left, there were ${left + 1}`);
  },
  '14 a closed lane sends one probe at a time': ({ before, after }, say, { now }) => {
    const reserves = after.probing && after.closedUntil !== before.closedUntil;
    if (reserves && before.closedUntil !== undefined && ms(before.closedUntil) > now + skewMs)
      say(`${after.laneId} closed until ${before.closedUntil}`);
  },
  '4 one runner serves a lane': ({ before, after }, say, { now }) => {
    const taken = after.runnerId !== undefined && after.runnerId !== before.runnerId;
    if (taken && before.runnerUntil !== undefined && ms(before.runnerUntil) > now + skewMs)
      say(`${after.runnerId} beside ${before.runnerId}`);
  },
  '4 what a runner was promised is not taken back': ({ before, after }, say) => {
    if (before.runnerId === undefined || before.runnerId !== after.runnerId) return;
    if (after.runnerUntil! < before.runnerUntil!) say(`${after.runnerId}: ${before.runnerUntil} -> ${after.runnerUntil}`);
  },
  '6 one poller reads a lane': ({ before, after }, say, { now }) => {
    const taken = after.pollNumber !== before.pollNumber;
    if (taken && before.pollLeaseUntil !== undefined && ms(before.pollLeaseUntil) > now + skewMs)
      say(`${after.laneId}, poll ${after.pollNumber}`);
  },
  '4 nobody but its runner gives a lane back': ({ before, after }, say, { now, writer }) => {
    const given = before.runnerId !== undefined && after.runnerId === undefined && ms(before.runnerUntil!) > now + skewMs;
    if (given && !writer.includes(before.runnerId!)) say(`${after.laneId}: ${writer} ended ${before.runnerId}`);
  },
  '6 nobody but its poller ends a poll': ({ before, after }, say, { now, writer, pollers }) => {
    const ended = before.pollLeaseUntil !== undefined && after.pollLeaseUntil === undefined && ms(before.pollLeaseUntil) > now + skewMs;
    if (ended && pollers.get(after.laneId) !== writer) say(`${after.laneId}: ${writer} ended poll ${before.pollNumber}`);
  },
  '6 a planned poll is only made earlier': ({ before, after }, say, { now }) => {
    const isAhead = before.pollAt !== undefined && ms(before.pollAt) > now + skewMs;
    if (isAhead && after.pollAt !== undefined && after.pollAt > before.pollAt!) say(`${after.laneId}: ${before.pollAt} -> ${after.pollAt}`);
  },
  '6 a watch is written once a minute': ({ before, after }, say, { now }) => {
    if (before.watchedUntil === undefined || before.watchedUntil === after.watchedUntil || ms(before.watchedUntil) < now) return;
    if (ms(after.watchedUntil!) - ms(before.watchedUntil) < 60_000 - skewMs) say(`${after.laneId}: ${before.watchedUntil}`);
  },
  '5 nobody but who has a job in hand gives its place away': ({ before, after }, say, { jobs, writer, hadInHand }) => {
    if (before.slots === after.slots) return;
    for (const slot of before.slots ?? []) {
      if (after.slots?.has(slot)) continue;
      const job = jobs.get(slot.slice(0, slot.lastIndexOf('.')));
      const isUnderWay = job !== undefined && slotOf(job) === slot && job.status !== 'queued' && job.rank < 90 && !job.sync;
      if (isUnderWay && !hadInHand(slot)) say(`${slot} by ${writer}`);
    }
  },
  '15 a lane with unfinished jobs does not rest': ({ before, after }, say, { jobs, isClosed, isOpening }) => {
    if (before.due === undefined || after.due !== undefined) return;
    for (const job of jobs.values())
      if (job.laneId === after.laneId && job.rank < 90 && !job.held && !isClosed(job) && !isOpening(job))
        say(`${job.jobId} is ${job.status}`);
  },
};

/** What a state machine does with a task that is over. */
const workOnly = ['work', 'workNumber', 'workUntil', 'deleted', 'fault', 'expanded', 'updated', 'version'];

/** Looked at with every write of a task. */
export const taskInvariants: Invariants<{ before: Task | undefined; after: Task }> = {
  '6 a task that is over is left alone, but to run it again or delete it': ({ before, after }, say) => {
    if (before === undefined || !isOver(before.status) || before.incarnation !== after.incarnation) return;
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Task)[];
    const changed = keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
    // While it is being deleted its lease is renewed, and the SDK may send that twice.
    const isIdle = before.work === undefined && changed.every((key) => key === 'updated' || key === 'version');
    if (isIdle || changed.some((key) => !workOnly.includes(key))) say(`${after.taskId} changed ${changed.join(', ')}`);
  },
  '6 a task ends when no work is under way': ({ before, after }, say) => {
    if (isOver(after.status) && !(before && isOver(before.status)) && after.work !== undefined) say(`${after.taskId}: ${after.work}`);
  },
  '6 a task that is over is worked on only to delete it': ({ after }, say) => {
    if (isOver(after.status) && after.work !== undefined && after.work !== 'delete') say(`${after.taskId}: ${after.work}`);
  },
  '6 work is taken up when its lease is over': ({ before, after }, say, { now }) => {
    const isTakenUp = before?.work !== undefined && before.work === after.work && before.workNumber !== after.workNumber;
    if (isTakenUp && ms(before.workUntil!) > now + skewMs) say(`${after.taskId}: work ${before.workNumber} until ${before.workUntil}`);
  },
  '4 the lease of work only becomes longer': ({ before, after }, say) => {
    const isSame = before?.work !== undefined && after.work !== undefined && before.workNumber === after.workNumber;
    if (isSame && after.workUntil! < before.workUntil!) say(`${after.taskId}: ${before.workUntil} -> ${after.workUntil}`);
  },
  '6 a recount is never older than the one before': ({ before, after }, say) => {
    if ((after.revision ?? 0) < (before?.revision ?? 0)) say(`${after.taskId}: ${before?.revision} -> ${after.revision}`);
  },
  '6 new work has a new number': ({ before, after }, say) => {
    if (before === undefined || after.work === undefined) return;
    const isNew = before.work !== after.work;
    if (after.workNumber < before.workNumber || (isNew && after.workNumber === before.workNumber)) say(`${after.taskId}: ${after.work}`);
    if (isNew && before.work !== undefined && before.work !== 'expand' && before.work !== 'retry')
      say(`${after.taskId}: ${before.work} is not done`);
  },
  '6 failures pause a task only in their own incarnation': ({ before, after }, say) => {
    const isNew = after.paused !== before?.paused && (after.paused === 'failures' || after.paused === 'canary');
    if (isNew && after.work === 'retry') say(`${after.taskId}: ${after.paused}`);
  },
  '6 a task that is over is run again, once': ({ before, after }, say) => {
    if (before === undefined || before.incarnation === after.incarnation) return;
    if (!isOver(before.status) || after.incarnation !== before.incarnation + 1) say(`${after.taskId} was ${before.status}`);
  },
  '6 only a task that is over is deleted': ({ before, after }, say) => {
    if (after.deleted && !before?.deleted && !isOver(after.status)) say(`${after.taskId} is ${after.status}`);
  },
  '6 a task that is being cancelled is not paused': ({ after }, say) => {
    if (after.cancelRequested && after.paused) say(`${after.taskId}: ${after.paused}`);
  },
  '9 a cancel is not taken back': ({ before, after }, say) => {
    if (before?.cancelRequested && !after.cancelRequested && before.incarnation === after.incarnation) say(after.taskId);
  },
};
