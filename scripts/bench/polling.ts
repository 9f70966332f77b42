import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { watchLane } from '../../lambdas/dispatch/use-cases/watch-lane.ts';
import { noteChanges } from '../../lambdas/live/use-cases/note-changes.ts';
import { sendFrame } from '../../lambdas/live/use-cases/send-frame.ts';
import { liveWorld } from '../../test/support/live-world.ts';
import { world } from '../../test/support/world.ts';
import { type Figure, figure, quantile } from './figure.ts';

const jobs = 1000;
const pageSize = 100;
/** While all jobs run; then they end one by one, at an even pace. */
const quietMinutes = 10;
const endingMinutes = 20;
const owner = 'alice';

/** A lane with 1,000 running jobs of one user on a platform whose list holds nothing else. */
async function runningLane() {
  const w = world({ platform: { limits: { burst: jobs, parallel: 10, readsPerMinute: 60 } } });
  w.remote.listing(pageSize);
  for (let n = 0; n < jobs; n += 1) await w.send(owner);
  for (let n = 0; w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs; n += 1) await w.serve(`run-${n}`);
  return w;
}

/** What happens to 1,000 running jobs, second by second of a virtual clock, with the real use cases of polling and push. */
async function live(viewers: number): Promise<{ requestsPerMinute: number; delays: number[] }> {
  const w = await runningLane();
  const push = liveWorld();
  const from = w.time.now;
  const endedAt = new Map<string, number>();
  const delays: number[] = [];
  // Who measures in an unwatched lane must get frames, and yet not be seen by it.
  push.time.ms = w.time.now;
  await push.viewer('measures', owner, {}, 10 * 3600);
  const isWatched = viewers > 0;
  const lanes = {
    watch: async (laneIds: Iterable<string>) => {
      if (isWatched) for (const laneId of laneIds) await watchLane(w.deps, laneId);
    },
  };
  if (isWatched) w.viewers.add(owner);
  const pushed = { ...push.deps, lanes };
  for (let n = 0; n < viewers; n += 1) await lanes.watch([w.laneId]); // each when it connects
  w.changes.length = 0;
  w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what }) => what === 'poll'));
  w.remote.calls.length = 0;
  let quiet = 0;
  let frames: { subject: string; at: number }[] = [];
  for (let second = 1; second <= (quietMinutes + endingMinutes) * 60; second += 1) {
    w.pass(1);
    push.time.ms = w.time.now;
    if (second === quietMinutes * 60) quiet = w.remote.calls.length;
    if (second > quietMinutes * 60) {
      const share = (second / 60 - quietMinutes) / endingMinutes;
      for (const { id } of w.remote.jobs.slice(endedAt.size, Math.floor(share * jobs))) {
        w.remote.end(id, 'successful');
        endedAt.set(id, w.time.now);
      }
    }
    const due = w.asked.filter(({ what, at }) => what === 'poll' && at <= w.time.now);
    w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what, at }) => what === 'poll' && at > w.time.now));
    for (const { plannedFor } of due) await pollLane(w.deps, w.laneId, { plannedFor });
    if (((w.time.now - from) / 1000) % 60 === 30) await pollLane(w.deps, w.laneId, { tick: true }); // the minute's tick
    await noteChanges(pushed, w.changes.splice(0));
    frames.push(...push.queue.splice(0).map((subject) => ({ subject, at: w.time.now + 1000 })));
    for (const { subject } of frames.filter(({ at }) => at <= w.time.now)) await sendFrame(pushed, subject);
    frames = frames.filter(({ at }) => at > w.time.now);
    for (const frame of push.got('measures').splice(0)) {
      const { processing_jobs } = frame['data'] as { processing_jobs: { id: string; status: string }[] };
      for (const { id } of processing_jobs.filter(({ status }) => status === 'finished')) {
        const at = endedAt.get(w.job(id).platformJobId!);
        if (at !== undefined) delays.push((w.time.now - at) / 1000);
      }
    }
  }
  return { requestsPerMinute: quiet / quietMinutes, delays };
}

/** What polling costs a platform and how old its news is at a client: exact, on a virtual clock. */
export async function polling(): Promise<Figure[]> {
  const [unwatched, one, hundred] = [await live(0), await live(1), await live(100)];
  const what = `Platform requests a minute, ${jobs} running jobs of one lane, pages of ${pageSize}`;
  return [
    figure(`${what}, nobody watches`, unwatched.requestsPerMinute, 'requests', 10),
    figure(`${what}, 1 viewer`, one.requestsPerMinute, 'requests', 60),
    figure(`${what}, 100 viewers`, hundred.requestsPerMinute, 'requests', one.requestsPerMinute),
    figure('Change on the platform to frame at the client, watched, 95 % within', quantile(one.delays, 0.95), 's', 12),
    figure('Change on the platform to frame, lane not watched, 95 % within', quantile(unwatched.delays, 0.95), 's', 75),
  ];
}
