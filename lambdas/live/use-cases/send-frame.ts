import { iso, ms } from '../../shared/time/clock.ts';
import type { Viewer } from '../model.ts';
import type { Connections, FrameQueue, Push, Report } from '../ports.ts';
import { snapshot } from '../rules/frames.ts';
import { taskOf } from '../rules/subjects.ts';
import { close, leave } from './close.ts';
import { openingMs } from './greet.ts';
import { newsOf } from './news.ts';
import { markSubject } from './note-changes.ts';
import { readStatus, type StatusDeps } from './read-status.ts';
import { readTask } from './read-task.ts';

interface Deps extends StatusDeps {
  connections: Connections;
  push: Push;
  frames: FrameQueue;
  report: Report;
}

/** How long the log of frames reaches back. */
const frameSeconds = 900;
/** A message comes a second after the mark; one that comes sooner after a frame is a second copy. Clocks of functions may differ a little. */
const closestMs = 900;

async function postTo(deps: Deps, subject: string, viewer: Viewer, text: string): Promise<void> {
  try {
    if ((await deps.push.post(viewer.connectionId, text)) === 'sent') return;
    if (deps.clock.now() - ms(viewer.connected) < openingMs) return; // not open yet: its status will hold this change
    await leave(deps, subject, [viewer.connectionId]); // in any case, should its connection have been removed already
    await close(deps, viewer.connectionId);
  } catch (error) {
    deps.report('frame not delivered', error, { connectionId: viewer.connectionId }); // the client sees the gap in `seq`
  }
}

async function readWhole(deps: Deps, subject: string): Promise<string> {
  const taskId = taskOf(subject);
  return JSON.stringify(taskId === undefined ? snapshot((await readStatus(deps, subject)).status) : (await readTask(deps, taskId)).frame);
}

/** To each viewer the frame, or a snapshot to those who want nothing else; that one is read once for all of them. */
async function postToAll(deps: Deps, subject: string, text: string): Promise<string[]> {
  const viewers = await deps.subjects.viewers(subject, Math.floor(deps.clock.now() / 1000));
  const whole = viewers.some(({ mode }) => mode === 'snapshot') ? await readWhole(deps, subject) : text;
  await Promise.all(viewers.map((viewer) => postTo(deps, subject, viewer, viewer.mode === 'snapshot' ? whole : text)));
  return viewers.map(({ connectionId }) => connectionId);
}

/**
 * Makes the next frame of a subject: its number is claimed, it is written to the log, then posted to all viewers. The
 * viewers are read last: whoever comes later finds the frame in the log. A message that comes twice finds nothing left to
 * tell, or tells it again under the next number: both are harmless. So is a function that ends in between: its message
 * comes again, and a number that is missing in the log means a full status for whoever asks for it. Whoever loses the
 * race for a number leaves what it read to a later frame; so does what does not fit.
 */
export async function sendFrame(deps: Deps, subject: string): Promise<void> {
  const now = deps.clock.now();
  await deps.subjects.unmark(subject); // first: a change that comes from here on marks again
  const { last, began, framedAt } = await deps.subjects.watch(subject);
  if (now - framedAt < closestMs) return markSubject(deps, subject);
  const news = await newsOf(deps, subject, began);
  if (news === undefined) return;
  if (!(await deps.subjects.claim(subject, last, now))) return markSubject(deps, subject);
  const text = JSON.stringify(news.frame(last + 1, iso(now)));
  await deps.subjects.writeFrame(subject, last + 1, text, Math.floor(now / 1000) + frameSeconds);
  const told = await postToAll(deps, subject, text);
  // Should it go on, whoever wants to hear of it subscribes again.
  if (news.ends !== undefined) await leave(deps, subject, told, news.ends);
  await news.settle();
  if (news.isMore) await markSubject(deps, subject);
}
