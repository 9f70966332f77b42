import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { world } from '../../test/support/world.ts';
import { type Figure, figure } from './figure.ts';
import { prices } from './prices.ts';

/** A poll's function: its memory, and how long it is taken to run beside the platform's answers, which come after 0.2 s each. */
const pollGigabytes = 0.5;
const pollSeconds = 0.3;
const answerSeconds = 0.2;
/** An item of a job is taken to have no more (the design's bound). */
const itemKilobytes = 1;
/** A poll's message is sent, received and deleted. */
const requestsAMessage = 3;
/** Lanes that one message of the minute's tick names, where there are as many: `lanesAMessage` in dispatch/on-tick.ts. */
const lanesATick = 25;

/**
 * USD for an hour of polling of the running jobs of one lane among `lanesInAll`, counted poll by poll on a virtual clock: reads, writes,
 * messages and invocations are counted, their sizes and durations are the constants above.
 */
async function hour(jobs: number, lanesInAll: number): Promise<number> {
  const w = world({ platform: { limits: { burst: jobs, parallel: 10, readsPerMinute: 60 } } });
  w.remote.listing(100);
  for (let n = 0; n < jobs; n += 1) await w.send();
  for (let n = 0; w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs; n += 1) await w.serve(`run-${n}`);
  w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what }) => what === 'poll'));
  w.remote.calls.length = 0;
  const used = { reads: 0, writes: 0, messages: 0 };
  const { jobs: rows, lanes } = w.deps;
  const [active, get] = [rows.active.bind(rows), lanes.get.bind(lanes)];
  const [update, updateLane] = [rows.update.bind(rows), lanes.update.bind(lanes)];
  rows.active = async (...args) => {
    const found = await active(...args);
    used.reads += Math.max(0.5, Math.ceil((found.length * itemKilobytes) / 4) / 2); // an index is read eventually consistent
    return found;
  };
  const [shares, posts, queued] = [lanes.shares.bind(lanes), lanes.posts.bind(lanes), rows.queued.bind(rows)];
  lanes.shares = (id) => ((used.reads += 1), shares(id));
  lanes.posts = (id) => ((used.reads += 1), posts(id));
  rows.queued = (...args) => ((used.reads += 0.5), queued(...args));
  lanes.get = (id) => ((used.reads += 1), get(id));
  rows.update = (...args) => ((used.writes += 3 * itemKilobytes), update(...args)); // the item, and its copies in `owner` and `active`
  lanes.update = (...args) => ((used.writes += 1), updateLane(...args));
  for (let second = 1; second <= 3600; second += 1) {
    w.pass(1);
    const due = w.asked.filter(({ what, at }) => what === 'poll' && at <= w.time.now);
    w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what, at }) => what === 'poll' && at > w.time.now));
    for (const { plannedFor } of due) {
      used.messages += 1;
      await pollLane(w.deps, w.laneId, { plannedFor });
    }
    if (second % 60 !== 30) continue;
    used.messages += 1 / Math.min(lanesInAll, lanesATick);
    await pollLane(w.deps, w.laneId, { tick: true });
  }
  const seconds = used.messages * pollSeconds + w.remote.calls.length * answerSeconds;
  return (
    used.reads * prices.readUnit +
    used.writes * prices.writeUnit +
    used.messages * (prices.lambdaRequest + requestsAMessage * prices.queueRequest) +
    seconds * pollGigabytes * prices.lambdaGigabyteSecond
  );
}

/** What AWS charges for polling: the part of a job's price that grows with the time it runs. */
export async function costs(): Promise<Figure[]> {
  return [
    figure('AWS price of an hour of polling, 1,000 jobs of one lane', await hour(1000, 1), 'USD per 1,000 jobs'),
    figure('AWS price of an hour of polling, a job alone in its lane', (await hour(1, 1000)) * 1000, 'USD per 1,000 jobs'),
  ];
}
