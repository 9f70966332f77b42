import { ms } from '../../shared/time/clock.ts';
import type { Job, Settings } from '../model.ts';

/** In [0, 1), from a text (FNV-1a, then mixed): spreads jobs over their interval, also those with similar ids. */
const spread = (text: string): number => {
  let hash = 0x811c9dc5;
  for (const character of text) hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return ((hash ^ (hash >>> 13)) >>> 0) / 2 ** 32;
};

/** Between two ticks of the schedule: what need not come sooner is left to them. */
export const tickSeconds = 60;

/**
 * Reads due in the first `age` seconds of a job on its platform, and the age at which a number of them is reached. One comes
 * each tenth of the age, within the configured bounds. Computed, never stored; the same whenever it is asked, so that no
 * due time is passed over or comes twice however far apart polls are.
 */
function schedule({ pollMinSeconds, pollMaxSeconds }: Settings): { reads(age: number): number; age(reads: number): number } {
  const least = Math.min(pollMinSeconds, pollMaxSeconds);
  const [from, to] = [10 * least, 10 * pollMaxSeconds]; // between them the interval grows with the age
  const readsTo = 10 + 10 * Math.log(to / from);
  return {
    reads: (age) => (age <= from ? age / least : age <= to ? 10 + 10 * Math.log(age / from) : readsTo + (age - to) / pollMaxSeconds),
    age: (reads) =>
      reads <= 10 ? reads * least : reads <= readsTo ? from * Math.exp(reads / 10 - 1) : to + (reads - readsTo) * pollMaxSeconds,
  };
}

/** Jobs that have an unfinished job of the platform behind them. */
export const onPlatform = (jobs: readonly Job[]): Job[] =>
  jobs.filter((job) => job.platformJobId !== undefined && job.rank >= 30 && job.rank < 90);

/**
 * Which of the lane's jobs are due to be read now, and when the next read is (ms since the epoch; absent when nothing of
 * ours is on the platform). In a lane that somebody watches all are due every `watchSeconds`.
 */
export function pollPlan(
  jobs: readonly Job[],
  settings: Settings,
  lastPollAt: string | undefined,
  now: number,
  watched = false,
): { due: Job[]; nextAt?: number } {
  const present = onPlatform(jobs);
  // Half an interval is tolerance: queues deliver in whole seconds, and a tick may come in between.
  if (watched && present.length > 0 && (lastPollAt === undefined || now - ms(lastPollAt) >= settings.watchSeconds * 500))
    return { due: present, nextAt: now + settings.watchSeconds * 1000 };
  const { reads, age } = schedule(settings);
  const since = (job: Job) => ms(job.submitted ?? job.created);
  /** How many reads of the job are due up to `at`, from a start of its own within the first interval. */
  const count = (job: Job, at: number) => Math.floor(reads((at - since(job)) / 1000) + spread(job.jobId));
  const due = present.filter((job) => {
    if (job.cancelRequested || lastPollAt === undefined || now >= ms(job.deadline)) return true;
    return count(job, now) > count(job, ms(lastPollAt));
  });
  if (present.length === 0) return { due };
  const nextAt = Math.min(
    ...(watched ? [now + settings.watchSeconds * 1000] : []),
    ...present.map((job) => since(job) + age(count(job, now) + 1 - spread(job.jobId)) * 1000),
  );
  return { due, nextAt };
}

/** At most `budget` of the due jobs, another selection at each poll. */
export function inTurn(due: readonly Job[], lastPollAt: string | undefined, budget: number): Job[] {
  const turn = (job: Job) => spread(`${job.jobId} ${lastPollAt}`);
  return due.length <= budget ? [...due] : due.toSorted((a, b) => turn(a) - turn(b)).slice(0, budget);
}

/** A synchronous call whose caller is dead: nobody knows what became of it, and it must not be made again. */
export const callIsLost = (job: Job, now: number): boolean =>
  job.sync === true &&
  job.status === 'running' &&
  job.platformJobId === undefined &&
  (job.leaseUntil === undefined || ms(job.leaseUntil) < now);

/** Jobs that recovery may claim: their lease is over, and so is the quarantine of what they sent last. */
export function recoverable(job: Job, settings: Settings, now: number): boolean {
  const leaseOver = job.leaseUntil === undefined || ms(job.leaseUntil) < now;
  if (!leaseOver) return false;
  const over = (sent: string | undefined) => sent === undefined || ms(sent) + settings.quarantineSeconds * 1000 < now;
  if (job.status === 'submitting') return job.platformJobId === undefined ? over(job.postedAt) : over(job.startSentAt);
  return job.status === 'submitted' && job.cancelRequested === undefined && over(job.startSentAt);
}
