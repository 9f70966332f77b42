import { type Clock, iso, ms } from '../../shared/time/clock.ts';
import type { Viewer } from '../model.ts';
import type { Connections, FrameQueue, Push, Report, Subjects } from '../ports.ts';
import { delta, nextFrame } from '../rules.ts';
import { openingMs } from './greet.ts';
import { markSubject } from './note-changes.ts';

interface Deps {
  subjects: Subjects;
  connections: Connections;
  push: Push;
  frames: FrameQueue;
  clock: Clock;
  report: Report;
}

/** How long the log of frames reaches back. */
const frameSeconds = 900;
/** More than one frame holds, unless all are deletions. */
const mostChanges = 200;

async function postTo(deps: Deps, subject: string, viewer: Viewer, text: string): Promise<void> {
  try {
    if ((await deps.push.post(viewer.connectionId, text)) === 'sent') return;
    if (deps.clock.now() - ms(viewer.connected) < openingMs) return; // not open yet: its full status will hold this change
    await deps.subjects.removeViewer(subject, viewer.connectionId);
    await deps.connections.close(viewer.connectionId);
  } catch (error) {
    deps.report('frame not delivered', error, { connectionId: viewer.connectionId }); // the client sees the gap in `seq`
  }
}

/**
 * Makes the next frame of a subject: written once under its number, then posted to all viewers. A message that comes
 * twice finds nothing left to tell, or tells it again under the next number: both are harmless. Whoever loses the race
 * for a number leaves what it read to a later frame; so does what does not fit.
 */
export async function sendFrame(deps: Deps, subject: string): Promise<void> {
  const now = deps.clock.now();
  const seconds = Math.floor(now / 1000);
  await deps.subjects.unmark(subject); // first: a change that comes from here on marks again
  const last = await deps.subjects.lastFrame(subject);
  const changes = await deps.subjects.changes(subject, mostChanges);
  if (changes.length === 0) return;
  const viewers = await deps.subjects.viewers(subject, seconds);
  if (viewers.length === 0) return deps.subjects.settle(subject, changes);
  const sent = nextFrame(changes);
  const text = JSON.stringify(delta(sent, last + 1, iso(now)));
  if (!(await deps.subjects.writeFrame(subject, last + 1, text, seconds + frameSeconds))) return markSubject(deps, subject);
  await Promise.all(viewers.map((viewer) => postTo(deps, subject, viewer, text)));
  await deps.subjects.settle(subject, sent);
  if (sent.length < changes.length || changes.length === mostChanges) await markSubject(deps, subject);
}
