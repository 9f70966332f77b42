import { isFinal, type Job } from '../../dispatch/model.ts';
import { type Clock, iso, ms } from '../../shared/time/clock.ts';
import type { Connection, Frame } from '../model.ts';
import type { Connections, JobsOf, Lanes, Pause, Push, Report, Subjects } from '../ports.ts';
import { fault, fullStatus, init, jobsOf, mostJobs } from '../rules.ts';

interface Deps {
  connections: Connections;
  subjects: Subjects;
  jobs: JobsOf;
  lanes: Lanes;
  push: Push;
  pause: Pause;
  clock: Clock;
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

async function readJobs(deps: Deps, owner: string): Promise<{ jobs: Job[]; more: boolean }> {
  const jobs: Job[] = [];
  let cursor: string | undefined;
  do {
    const page = await deps.jobs.page(owner, mostJobs + 1 - jobs.length, cursor); // one more tells whether there are more
    jobs.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== undefined && jobs.length <= mostJobs);
  return { jobs: jobs.slice(0, mostJobs), more: jobs.length > mostJobs };
}

/** Sends everything the connection watches. What changes meanwhile comes as deltas too; the higher version counts. */
async function sendAll(deps: Deps, { connectionId, owner }: Connection): Promise<boolean> {
  const asOf = iso(deps.clock.now());
  const seq = await deps.subjects.lastFrame(jobsOf(owner)); // before the jobs: what later frames tell may be in them already
  const { jobs, more } = await readJobs(deps, owner);
  for (const frame of fullStatus(jobs, seq, asOf, more)) if (!(await post(deps, connectionId, frame))) return false;
  await watchLanes(deps, jobs);
  return true;
}

/** Without it the news of these jobs only comes later. */
async function watchLanes(deps: Deps, jobs: readonly Job[]): Promise<void> {
  try {
    await deps.lanes.watch(new Set(jobs.filter(({ status }) => !isFinal(status)).map(({ laneId }) => laneId)));
  } catch (error) {
    deps.report('lanes not watched', error);
  }
}

/**
 * What a connection gets unasked when it is new (`init`, then its full status), or when it asked (`status`). Never
 * throws: the client hears of a failure and can ask again.
 */
export async function greet(deps: Deps, connection: Connection, what: 'greeting' | 'status'): Promise<void> {
  try {
    const isThere = (what === 'status' || (await postFirst(deps, connection))) && (await sendAll(deps, connection));
    if (!isThere) await deps.connections.close(connection.connectionId);
  } catch (error) {
    deps.report('full status failed', error, { connectionId: connection.connectionId });
    await post(
      deps,
      connection.connectionId,
      fault('The status could not be read. Send {"action":"subscribe","subjects":{"jobs":0}} to try again.'),
    ).catch(() => false);
  }
}
