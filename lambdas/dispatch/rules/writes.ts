import type { PlatformNews } from '../../platforms/ports.ts';
import type { Condition, Write } from '../../shared/table/write.ts';
import type { Job } from '../model.ts';
import { withoutSecrets } from '../../shared/redact.ts';
import { as } from './transitions.ts';

/**
 * Every conditional write of the submission protocol as data: commands are conditional on incarnation and epoch or
 * status, news on incarnation, rank and poll number. `test/unit/dispatch` plays the traces that need each condition.
 */

/** What a platform said, fit for table, events and people: no signed link or token, and not longer than an item should be. */
export const told = (message: string): string => withoutSecrets(message.slice(0, 4 * longestMessage)).slice(0, longestMessage);
const longestMessage = 1000;

const notCancelled: Condition = { attr: 'cancelRequested', absent: true };
/** With its submitter. What runs is the platform's, but for a synchronous call, which is its caller's to the end. */
const inHand = ({ sync }: Pick<Job, 'sync'>): Condition => ({
  attr: 'status',
  in: ['submitting', 'submitted', ...(sync ? (['running'] as const) : [])],
});
const unfinished: Condition = { attr: 'rank', below: 90 };

/** The submitter's own: nobody has claimed or retried the job since. */
const mine = (job: Job): Condition[] => [
  { attr: 'incarnation', is: job.incarnation },
  { attr: 'epoch', is: job.epoch },
];
const idIsMine = (platformJobId: string): Condition => ({
  anyOf: [
    { attr: 'platformJobId', absent: true },
    { attr: 'platformJobId', is: platformJobId },
  ],
});

/** Claims a job as it was read: from the queue, or in recovery when its lease is over. The intent is part of the claim. */
export function claim(job: Job, now: string, leaseUntil: string): Write {
  // A synchronous call has an intent of its own: `beginCall`.
  const intent = job.platformJobId === undefined && job.postedAt === undefined && !job.sync ? { postedAt: now } : {};
  return {
    when: [
      { attr: 'status', is: job.status },
      ...mine(job),
      // Whoever read an older intent (indexes are late) would look the newer one up too early, and where it cannot be.
      job.postedAt === undefined ? { attr: 'postedAt', absent: true } : { attr: 'postedAt', is: job.postedAt },
      ...(job.status === 'submitted' ? [notCancelled] : []),
    ],
    set: { ...(job.status === 'queued' ? as('submitting') : {}), ...intent, epoch: job.epoch + 1, leaseUntil, updated: now },
    remove: ['notBefore', 'held'],
  };
}

/**
 * Whoever read the job before may not claim it any more, nor put it back, however late that write comes: what was kept for it is free,
 * and what is on its platform may be cancelled.
 */
export const fence = (job: Job): Write => ({ when: [...mine(job), { attr: 'status', is: job.status }], set: { epoch: job.epoch + 1 } });

/** A new intent before a new post: nothing was found of the old one. Refused when cancelled. */
export const renewIntent = (job: Job, now: string): Write => ({
  when: [...mine(job), { attr: 'status', is: 'submitting' }, notCancelled],
  set: { postedAt: now, updated: now },
});

/**
 * Fence and commit, the commit point: from here on the platform's job is this job, and a start is under way.
 * `startedBefore`: starts sent before this time can no longer take effect. The deadline counts from
 * here, not from the queue; sending a start again does not put it off.
 */
export const commit = (job: Job, platformJobId: string, now: string, startedBefore: string, deadline: string): Write => ({
  when: [
    ...mine(job),
    inHand(job),
    notCancelled,
    idIsMine(platformJobId),
    {
      anyOf: [
        { attr: 'startSentAt', absent: true },
        { attr: 'startSentAt', below: startedBefore },
      ],
    },
  ],
  set: {
    ...as('submitted'),
    platformJobId,
    startSentAt: now,
    submitted: job.submitted ?? now,
    ...(job.status === 'submitted' ? {} : { deadline }),
    updated: now,
  },
  remove: ['message'],
});

/** The commit was refused by a cancel: keep the platform's id, without `startSentAt`, so that it can be deleted there. */
export const record = (job: Job, platformJobId: string, now: string): Write => ({
  when: [...mine(job), inHand(job), idIsMine(platformJobId)],
  set: { platformJobId, updated: now },
});

/** Back to the lane. `answered` clears the intent that a definite answer has settled; an unknown outcome keeps it. */
export const putBack = (
  job: Job,
  now: string,
  more: { message: string; answered?: 'create' | 'start'; notBefore?: string; failures?: number; failedAt?: string },
): Write => {
  const { answered, ...given } = more;
  const set = { ...given, message: told(given.message) };
  const settled = answered === 'create' ? ['postedAt'] : answered === 'start' ? ['startSentAt'] : [];
  return {
    when: [...mine(job), inHand(job)],
    set: { ...as('queued'), ...set, updated: now },
    remove: ['leaseUntil', ...settled, ...(job.sync ? ['submitted', 'started'] : [])],
  };
};

/** A synchronous call could not be ordered, or its order was not acknowledged: back to the lane, unless the call has begun. */
export const takeBackOrder = (job: Job, now: string, message: string): Write => ({
  ...putBack(job, now, { message, answered: 'start' }),
  when: [...mine(job), { attr: 'status', is: 'submitting' }],
});

/** Created there, and not started for a reason of ours: back to the lane, with the platform's id. */
export const waitWithId = (job: Job, platformJobId: string, now: string, message: string): Write => ({
  when: [...mine(job), inHand(job), idIsMine(platformJobId)],
  set: { ...as('queued'), platformJobId, message, updated: now },
  remove: ['leaseUntil', 'postedAt'],
});

/** The user's credential does not work: back to the lane, which is held. Nothing was sent. */
export function holdForCredential(job: Job, now: string, message: string, answered: 'create' | 'start'): Write {
  const back = putBack(job, now, { message, answered });
  return { ...back, set: { ...back.set, held: 'credential' } };
}

/** A client error of the platform, or too many technical failures. */
export const fail = (job: Job, now: string, message: string): Write => ({
  when: [...mine(job), inHand(job)],
  set: { ...as('failed'), message: told(message), finished: now, updated: now },
  remove: ['leaseUntil', 'postedAt', 'notBefore'],
});

/** An outcome nobody can tell: the job waits for its owner. */
export const hold = (job: Job, now: string, message: string): Write => ({
  when: [...mine(job), inHand(job)],
  set: { ...as('queued'), held: 'ambiguous', message: told(message), updated: now },
  remove: ['leaseUntil'],
});

/** The platform runs what this queued job asked for, and nobody has claimed the job since: the two belong together. */
export const adopt = (job: Job, platformJobId: string, now: string, deadline: string): Write => ({
  when: [...mine(job), { attr: 'status', is: 'queued' }, notCancelled, { attr: 'platformJobId', absent: true }],
  set: {
    ...as('submitted'),
    ...{ platformJobId, postedAt: job.postedAt ?? now, startSentAt: now, submitted: now, deadline },
    epoch: job.epoch + 1, // whoever read the job before may not claim it any more
    updated: now,
  },
  remove: ['notBefore', 'held', 'message'],
});

/** Cancelled, and nothing of it is left on the platform. */
export const dismiss = (job: Job, now: string, message = 'Cancelled.'): Write => ({
  when: [...mine(job), unfinished, { attr: 'cancelRequested', present: true }],
  set: { ...as('dismissed'), message, finished: now, updated: now },
  remove: ['leaseUntil', 'notBefore', 'held'],
});

/** Cancel of a job of which nothing was ever sent. */
export const cancelQueued = (job: Job, now: string): Write => ({
  when: [
    { attr: 'incarnation', is: job.incarnation },
    { attr: 'status', is: 'queued' },
    { attr: 'postedAt', absent: true },
    { attr: 'platformJobId', absent: true },
  ],
  set: { ...as('dismissed'), message: 'Cancelled.', finished: now, updated: now },
  remove: ['held'],
});

/** Its platform is being removed, and nothing of the job was ever sent there. */
export const failQueued = (job: Job, now: string, message: string): Write => ({
  when: cancelQueued(job, now).when,
  set: { ...as('failed'), message, finished: now, updated: now },
  remove: ['held', 'notBefore'],
});

/** Cancel of a job that waits for its owner, since nobody can tell whether the platform has it: there is nothing to stop. */
export const cancelHeld = (job: Job, now: string): Write => ({
  when: [{ attr: 'incarnation', is: job.incarnation }, isHeld],
  set: {
    ...as('dismissed'),
    message: 'Cancelled. The answer of the platform was lost: it may have run the job all the same.',
    finished: now,
    updated: now,
  },
  remove: ['held'],
});
/** Only what waits in its queue is held. */
const isHeld: Condition = { attr: 'held', is: 'ambiguous' };

/** Cancel of a job that may exist on the platform: from now on no start is sent. */
export const requestCancel = (job: Job, now: string): Write => ({
  when: [{ attr: 'incarnation', is: job.incarnation }, unfinished],
  set: { cancelRequested: true, message: 'Cancelling.', updated: now },
  remove: ['held'],
});

/**
 * A job that failed, was dismissed, or is held because nobody can tell what became of it is run again: a new incarnation
 * that knows nothing of the old one, under a deadline of its own. The epoch goes on counting, so that no claim of the old incarnation fits the new one.
 * Whoever wants one that is held to run does not want one that was cancelled meanwhile: its task may have ended with it.
 */
export const retry = (job: Job, now: string, deadline: string): Write => ({
  when: [
    { attr: 'incarnation', is: job.incarnation },
    ...(job.held === undefined ? [{ attr: 'status', in: ['failed', 'dismissed'] } satisfies Condition] : [isHeld, notCancelled]),
  ],
  set: { ...as('queued'), incarnation: job.incarnation + 1, failures: 0, deadline, updated: now },
  remove: [...ofOneIncarnation],
});
/** What a job has learnt and done in one incarnation. */
const ofOneIncarnation = [
  'platformJobId',
  'postedAt',
  'startSentAt',
  'callId',
  'cancelRequested',
  'leaseUntil',
  'notBefore',
  'failedAt',
  'missingSince',
  'platformStatus',
  'progress',
  'message',
  'held',
  'submitted',
  'started',
  'finished',
  'resultsAt',
] as const satisfies (keyof Job)[];

/** News of the poll with number `poll`; `step` of the progress in percent. Rank never falls; within a rank only a later poll with another content writes. */
export function news(job: Job, said: PlatformNews, poll: number, now: string, step = unwatchedStep(job)): Write | undefined {
  if (said.phase === 'created') return undefined; // no news: a start is under way, or recovery sends it again
  const to = said.phase === undefined ? job.status : said.phase === 'queued' ? 'submitted' : said.phase;
  const status = as(to).rank < job.rank ? { status: job.status, rank: job.rank } : as(to);
  const final = status.rank === 90;
  const message = said.message !== undefined ? told(said.message) : status.status === 'dismissed' ? 'Cancelled.' : undefined;
  const set = {
    ...status,
    platformStatus: said.raw,
    ...(said.progress === undefined ? {} : { progress: inSteps(said.progress, step, job.progress) }),
    ...(message === undefined ? {} : { message }),
    ...(to === 'successful' ? { progress: 100 } : {}),
  };
  const differs = Object.entries(set).some(([key, value]) => job[key as keyof Job] !== value) || job.missingSince !== undefined;
  if (!differs) return undefined;
  return {
    when: [
      { attr: 'incarnation', is: job.incarnation },
      { attr: 'platformJobId', is: said.platformJobId },
      // Since the poll read it, it may have been put back, its start refused: then it runs nowhere, and its next claim starts it.
      { attr: 'status', in: ['submitted', 'running'] },
      {
        anyOf: [
          { attr: 'rank', below: status.rank },
          {
            allOf: [
              { attr: 'rank', is: status.rank },
              { attr: 'pollNumber', below: poll },
            ],
          },
        ],
      },
    ],
    set: {
      ...set,
      pollNumber: poll,
      ...(status.rank >= 50 && job.started === undefined ? { started: now } : {}),
      ...(final ? { finished: now } : {}),
      updated: now,
    },
    remove: ['missingSince', ...(final ? ['leaseUntil'] : []), ...(final && message === undefined ? ['message'] : [])],
  };
}
/** Progress is stored in quarters (of a task's job not at all), and in twentieths while somebody watches: finer steps would only cost writes. */
function inSteps(said: number, step: number, before = 0): number {
  const progress = Math.floor(Math.min(100, Math.max(0, said)) / step) * step;
  return progress < before && before <= said ? before : progress; // coarser steps take nothing back
}
/** Percent. */
export const watchedStep = 5;
/** Of a task's thousand jobs nobody follows each: its progress is how many have ended. */
const unwatchedStep = ({ taskId }: Job): number => (taskId === undefined ? 25 : 100);

/** The first "not found" of two. */
export const noteMissing = (job: Job, now: string): Write => ({
  when: [{ attr: 'incarnation', is: job.incarnation }, unfinished, { attr: 'missingSince', absent: true }],
  set: { missingSince: now, updated: now },
});

/** The poller ends a job: lost by its platform, or past its deadline. */
export const giveUp = (job: Job, now: string, message: string): Write => ({
  when: [
    { attr: 'incarnation', is: job.incarnation },
    { attr: 'epoch', is: job.epoch },
    unfinished,
    { attr: 'platformJobId', present: true },
  ],
  set: { ...as('failed'), message, finished: now, updated: now },
  remove: ['leaseUntil'],
});

/** Missed twice: lost, unless the platform has shown it since the first time. */
export function lose(job: Job, now: string, message: string): Write {
  const { when, ...rest } = giveUp(job, now, message);
  return { when: [...when, { attr: 'missingSince', is: job.missingSince! }], ...rest };
}

/** The point of no return of a synchronous call: whoever makes this write calls, once. */
export const beginCall = (job: Job, callId: string, now: string, leaseUntil: string): Write => ({
  when: [...mine(job), { attr: 'status', is: 'submitting' }, notCancelled],
  set: { ...as('running'), callId, startSentAt: now, submitted: now, started: now, leaseUntil, updated: now },
  remove: ['message'],
});

/** The platform has answered, and the answer is in the owner's workspace. */
export const answered = (job: Job, now: string): Write => ({
  when: [...mine(job), { attr: 'status', is: 'running' }],
  set: { ...as('successful'), progress: 100, finished: now, updated: now },
  remove: ['leaseUntil', 'message'],
});

/** Asked to answer at once, the platform made a job: from here on it is polled as any other. */
export const becameJob = (job: Job, platformJobId: string, now: string): Write => ({
  when: [...mine(job), { attr: 'status', is: 'running' }],
  set: { platformJobId, updated: now },
  remove: ['leaseUntil'],
});

/** A successful job whose results are not visible yet. */
const toCollect = (job: Job): Condition[] => [
  { attr: 'incarnation', is: job.incarnation },
  { attr: 'status', is: 'successful' },
  { attr: 'resultsAt', absent: true },
];

/** Its results are copied by the caller alone until `until`, as far as nobody else does so. */
export const beginCopies = (job: Job, now: string, until: string): Write => ({
  when: [
    ...toCollect(job),
    {
      anyOf: [
        { attr: 'copyUntil', absent: true },
        { attr: 'copyUntil', below: now },
      ],
    },
  ],
  set: { copyUntil: until },
});

/** The copying goes on: whoever would begin it anew has to wait until then. */
export const goOnCopying = (job: Job, until: string): Write => ({
  when: [...toCollect(job), { attr: 'copyUntil', present: true }],
  set: { copyUntil: until },
});

/** The copying could not be begun: the next may try at once. */
export const endCopies = (job: Job, until: string): Write => ({ when: [{ attr: 'copyUntil', is: until }], remove: ['copyUntil'] });

/** The results are in the owner's workspace. `bytes` were copied there; `message` says what was not. */
export const resultsReady = (job: Job, now: string, { bytes, message }: { bytes?: number; message?: string } = {}): Write => ({
  when: toCollect(job),
  set: {
    resultsAt: now,
    updated: now,
    ...(bytes === undefined ? {} : { bytesStagedOut: bytes }),
    ...(message === undefined ? {} : { message }),
  },
  remove: ['copyUntil'],
});
