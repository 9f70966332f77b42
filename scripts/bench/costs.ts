import { eventsOf } from '../../lambdas/dispatch/rules/events.ts';
import { followChanges } from '../../lambdas/dispatch/use-cases/follow-changes.ts';
import { pollLane } from '../../lambdas/dispatch/use-cases/poll-lane.ts';
import { collectResults, readResults } from '../../lambdas/dispatch/use-cases/results.ts';
import { world } from '../../test/support/world.ts';
import { type Figure, figure } from './figure.ts';
import { meter, usd, type Used } from './meter.ts';

/** Lanes that one message of the minute's tick names, where there are as many: `lanesAMessage` in dispatch/on-tick.ts. */
const lanesATick = 25;
/** Functions that are called for a change of a job: `on-job-change` of dispatch and of live. */
const readersOfChanges = 2;
/** Functions of an execution that submits: take the lane, one worker, leave it; and its seconds. */
const functionsOfRun = 3;
const runSeconds = 1;

type World = ReturnType<typeof world>;

const lane = (jobs: number) => {
  const w = world({ platform: { limits: { burst: jobs, parallel: 10, readsPerMinute: 60 } } });
  w.remote.listing(100);
  return w;
};

/** A minute of the lane, second by second: planned polls, and in the middle the tick for one lane among `lanesInAll`. */
async function minute(w: World, used: Used, lanesInAll: number): Promise<void> {
  for (let second = 1; second <= 60; second += 1) {
    w.pass(1);
    const due = w.asked.filter(({ what, at }) => what === 'poll' && at <= w.time.now);
    w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what, at }) => what === 'poll' && at > w.time.now));
    for (const { plannedFor } of due) {
      used.calls += 1;
      await pollLane(w.deps, w.laneId, { plannedFor });
    }
    if (second !== 30) continue;
    used.messages += 1 / Math.min(lanesInAll, lanesATick);
    used.calls += 1 / Math.min(lanesInAll, lanesATick);
    await pollLane(w.deps, w.laneId, { tick: true });
  }
}

async function hour(w: World, used: Used, lanesInAll: number): Promise<void> {
  for (let n = 0; n < 60; n += 1) await minute(w, used, lanesInAll);
}

/** USD for an hour of polling of running jobs in one lane, counted poll by poll on a virtual clock. */
export async function pollingHour(jobs: number, lanesInAll: number): Promise<number> {
  const w = lane(jobs);
  for (let n = 0; n < jobs; n += 1) await w.send();
  for (let n = 0; w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs; n += 1) await w.serve(`run-${n}`);
  w.asked.splice(0, w.asked.length, ...w.asked.filter(({ what }) => what === 'poll'));
  w.remote.calls.length = 0;
  const used = meter(w);
  await hour(w, used, lanesInAll);
  return usd(used, w.remote.calls.length);
}

/**
 * USD for all of so many jobs of one lane: their requests, submission, an hour on the platform, their results (by reference) read
 * once; with the streams (each change as if it came alone), events, history and logs of them. Not in it: who asks for their status
 * meanwhile or watches, keys of requests, storage, and transfer.
 */
async function whole(jobs: number, lanesInAll: number): Promise<number> {
  const w = lane(jobs);
  const used = meter(w);
  const request = () => {
    used.requests += 1;
    used.calls += 1;
  };
  const follow = async () => {
    for (const change of w.changes.splice(0)) {
      used.calls += readersOfChanges;
      used.reads += 1; // live asks who watches
      await followChanges(
        {
          ...w.deps,
          history: { record: async () => void (used.writes += 1) },
          publish: async (changes) => {
            used.events += changes.flatMap(({ before, after }) => eventsOf(before, after)).length;
            return [];
          },
          recount: () => Promise.reject(new Error('no task has this job')),
          park: (_, reason) => Promise.reject(new Error(reason)),
        },
        [change],
      );
    }
  };
  const ids: string[] = [];
  for (let n = 0; n < jobs; n += 1) {
    request();
    ids.push((await w.send()).jobId);
  }
  await follow();
  for (let n = 0; w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs; n += 1) {
    used.executions += 1;
    used.executionSeconds += runSeconds;
    used.calls += functionsOfRun;
    await w.serve(`run-${n}`);
  }
  await follow();
  await hour(w, used, lanesInAll);
  await follow();
  for (const { id } of w.remote.jobs) w.remote.end(id, 'successful');
  while (ids.some((jobId) => w.job(jobId).status !== 'successful')) await minute(w, used, lanesInAll);
  await follow();
  for (const jobId of ids) {
    used.messages += 1;
    used.calls += 1;
    await collectResults(w.deps, jobId);
  }
  await follow();
  while (w.lane().due !== undefined) await minute(w, used, lanesInAll);
  for (const jobId of ids) {
    request();
    await readResults(w.deps, w.job(jobId), 'https://api.example');
  }
  return usd(used, w.remote.calls.length);
}

/** What AWS charges for a job, and the part of it that grows with the time it runs. */
export async function costs(): Promise<Figure[]> {
  const unit = 'USD per 1,000 jobs';
  return [
    figure('AWS price of an hour of polling, 1,000 jobs of one lane', await pollingHour(1000, 1), unit),
    figure('AWS price of an hour of polling, a job alone in its lane', (await pollingHour(1, 1000)) * 1000, unit),
    figure('AWS price of all of a job of an hour, 1,000 jobs of one lane', await whole(1000, 1), unit, 0.15),
    figure('AWS price of all of a job of an hour, a job alone in its lane', (await whole(1, 1000)) * 1000, unit, 0.3),
  ];
}
