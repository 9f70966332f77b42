import { ms } from '../../shared/time/clock.ts';
import type { Connection, Frame } from '../model.ts';
import type { Connections, FrameQueue, Lanes, Pause, Push, Report } from '../ports.ts';
import { fault, init } from '../rules/frames.ts';
import { nameOf } from '../rules/subjects.ts';
import { close } from './close.ts';
import type { StatusDeps } from './read-status.ts';
import { sendStatus } from './send-status.ts';

interface Deps extends StatusDeps {
  connections: Connections;
  lanes: Lanes;
  push: Push;
  frames: Pick<FrameQueue, 'recheck'>;
  pause: Pause;
  report: Report;
}

/** A connection opens when the answer of `$connect` has reached the gateway; until then it looks as if it were gone. */
export const openingMs = 10_000;
/** 0.1 + 0.2 + 0.4 + 0.8 + 1.6 + 3.2 = 6.3 s in all. */
const waits = [100, 200, 400, 800, 1600, 3200];

async function post(deps: Deps, connectionId: string, frame: Frame): Promise<boolean> {
  return (await deps.push.post(connectionId, JSON.stringify(frame))) === 'sent';
}

async function postFirst(deps: Deps, connection: Connection): Promise<boolean> {
  for (const wait of waits) {
    if (await post(deps, connection.connectionId, init)) return true;
    if (deps.clock.now() - ms(connection.connected) > openingMs) return false;
    await deps.pause.wait(wait);
  }
  return post(deps, connection.connectionId, init);
}

/**
 * What a connection gets unasked when it is new (`init`, then its status), or when it asked (`status`). Never throws: the
 * client hears of a failure and can ask again.
 */
export async function greet(deps: Deps, connection: Connection, what: 'greeting' | 'status'): Promise<void> {
  try {
    const isThere = (what === 'status' || (await postFirst(deps, connection))) && (await sendStatus(deps, connection));
    if (!isThere) await close(deps, connection.connectionId);
  } catch (error) {
    deps.report('status failed', error, { connectionId: connection.connectionId });
    await post(
      deps,
      connection.connectionId,
      fault(`The status could not be read. Send {"action":"subscribe","subjects":{"${nameOf(connection.subjects[0]!)}":0}} to try again.`),
    ).catch(() => false);
  }
}
