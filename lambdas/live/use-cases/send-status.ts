import { iso } from '../../shared/time/clock.ts';
import { isOver } from '../../upscaling/model.ts';
import type { Connection, Frame, Recheck } from '../model.ts';
import type { FrameQueue, Lanes, Push, Report } from '../ports.ts';
import { delta, fullStatus, noSuchTask, snapshot, toldSince, untold } from '../rules/frames.ts';
import { nameOf, taskOf } from '../rules/subjects.ts';
import { leave } from './close.ts';
import { changeSeconds, markSubject } from './note-changes.ts';
import { readStatus, type StatusDeps, type StatusRead } from './read-status.ts';
import { readTask } from './read-task.ts';

interface Deps extends StatusDeps {
  push: Push;
  frames: Pick<FrameQueue, 'recheck'>;
  lanes: Lanes;
  report: Report;
}

/** The owners' index is seldom later than `recheckSeconds`; in the worst hours, than `lateSeconds`. */
const recheckSeconds = 10;
const lateSeconds = 60;
/** Whoever missed more is better off with a full status. */
const mostMissed = 100;

async function postAll(push: Push, connectionId: string, texts: readonly string[]): Promise<boolean> {
  for (const text of texts) if ((await push.post(connectionId, text)) !== 'sent') return false;
  return true;
}
const texts = (frames: readonly Frame[]): string[] => frames.map((frame) => JSON.stringify(frame));

/** The frames after the last one that the client has seen; undefined where the log does not have them all, as when nobody watched in between. */
async function missed({ subjects, clock }: StatusDeps, subject: string, since: number): Promise<string[] | undefined> {
  const { last } = await subjects.watch(subject);
  if (since > last || last - since > mostMissed) return undefined;
  if (since === last) return texts([delta([], last, iso(clock.now()), nameOf(subject))]);
  const frames = await subjects.frames(subject, since + 1, last);
  return frames.length === last - since ? frames : undefined;
}

/** What follows a full status. Without it news comes later, or with the next status. */
async function followUp(deps: Deps, subject: string, { status, laneIds, beganAt }: StatusRead): Promise<void> {
  const steps = [deps.lanes.watch(laneIds)];
  if (deps.clock.now() / 1000 - beganAt < lateSeconds) {
    const versions = Object.fromEntries(status.jobs.map(({ id, version }) => [id, version]));
    steps.push(deps.frames.recheck({ subject, seq: status.seq, versions }, recheckSeconds));
  }
  for (const step of await Promise.allSettled(steps)) if (step.status === 'rejected') deps.report('status not followed up', step.reason);
}

async function sendJobs(deps: Deps, { connectionId, seen, mode }: Connection, subject: string): Promise<boolean> {
  const since = seen?.[subject];
  const frames = since ? await missed(deps, subject, since) : undefined;
  if (frames) return postAll(deps.push, connectionId, frames);
  const read = await readStatus(deps, subject);
  const whole = mode === 'snapshot' ? [snapshot(read.status)] : fullStatus(read.status);
  if (!(await postAll(deps.push, connectionId, texts(whole)))) return false;
  await followUp(deps, subject, read);
  return true;
}

/**
 * A task that has ended is always told in full: while nobody watches it no number is left out, so the log cannot tell
 * whether it was watched to its end.
 */
async function sendTask(deps: Deps, { connectionId, owner, seen }: Connection, subject: string, taskId: string): Promise<boolean> {
  const { frame, task } = await readTask(deps, taskId);
  if (task === undefined || task.owner !== owner) {
    await leave(deps, subject, [connectionId]);
    return postAll(deps.push, connectionId, texts([noSuchTask(taskId)]));
  }
  const since = seen?.[subject];
  const frames = since && !isOver(task.status) ? await missed(deps, subject, since) : undefined;
  if (!(await postAll(deps.push, connectionId, frames ?? texts([frame])))) return false;
  if (isOver(task.status)) await leave(deps, subject, [connectionId], task.incarnation);
  else await deps.lanes.watch([task.laneId]).catch((error: unknown) => deps.report('status not followed up', error));
  return true;
}

/**
 * Sends what the client missed since the frames it named, else everything the connection watches or asks for. What changes
 * meanwhile comes as deltas too; the higher version counts. False when nobody is at the other end.
 */
export async function sendStatus(deps: Deps, connection: Connection): Promise<boolean> {
  for (const subject of connection.subjects) {
    const taskId = taskOf(subject);
    const isThere = taskId === undefined ? await sendJobs(deps, connection, subject) : await sendTask(deps, connection, subject, taskId);
    if (!isThere) return false;
  }
  return true;
}

/**
 * Reads a full status again from soon after the watching began: the index may have missed a change from before, which no
 * frame tells. What it missed goes into the next frame, so that it reaches whoever watches by then or comes back later.
 */
export async function recheckStatus(deps: StatusDeps & { frames: FrameQueue }, recheck: Recheck): Promise<void> {
  const { subject, seq } = recheck;
  const { status, began } = await readStatus(deps, subject);
  const told = toldSince(await deps.subjects.frames(subject, seq + 1, status.seq), '');
  const changes = untold(recheck, status, told);
  const expires = Math.floor(deps.clock.now() / 1000) + changeSeconds;
  for (const change of changes) await deps.subjects.note(subject, { ...change, began }, expires);
  if (changes.length > 0) await markSubject(deps, subject);
}
