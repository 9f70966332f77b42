import { describe, expect, it } from '@jest/globals';
import { type Job, type JobStatus, ranks } from '../../../lambdas/dispatch/model.ts';
import { eventsOf } from '../../../lambdas/dispatch/rules/events.ts';
import { transitions } from '../../../lambdas/dispatch/rules/transitions.ts';

const at = '2026-01-02T03:04:05.000Z';
function aJob(status: JobStatus, more: Partial<Job> = {}): Job {
  const isSent = ranks[status] >= 30;
  return {
    jobId: 'job-1',
    owner: 'ana',
    origin: 'request',
    laneId: 'p~service',
    platformId: 'p',
    process: 'ndvi',
    title: 'NDVI of Olinda',
    label: 'ogc_api_process',
    status,
    rank: ranks[status],
    incarnation: 1,
    epoch: 1,
    version: 3,
    pollNumber: 0,
    failures: 0,
    deadline: at,
    created: at,
    updated: at,
    ...(isSent ? { platformJobId: 'remote', submitted: at } : {}),
    ...(ranks[status] >= 50 ? { started: at } : {}),
    ...(ranks[status] === 90 ? { finished: at } : {}),
    ...more,
  };
}
const typesOf = (before: Job | undefined, after: Job | undefined) => eventsOf(before, after).map(({ type }) => type);

describe('the events of a job', () => {
  it('begin with job.queued, in one envelope', () => {
    expect(eventsOf(undefined, aJob('queued', { version: 1 }))).toEqual([
      {
        id: 'job-1.1',
        type: 'job.queued',
        source: 'swath.dispatch',
        subject: 'job-1',
        time: at,
        owner: 'ana',
        seq: 1,
        data: {
          jobId: 'job-1',
          incarnation: 1,
          platformId: 'p',
          process: 'ndvi',
          title: 'NDVI of Olinda',
          label: 'ogc_api_process',
          created: at,
        },
      },
    ]);
  });

  it.each([
    ['submitted', 'job.submitted'],
    ['running', 'job.running'],
    ['successful', 'job.successful'],
    ['failed', 'job.failed'],
    ['dismissed', 'job.dismissed'],
  ] as const)('say that it came to be %s', (status, type) => {
    expect(typesOf(aJob('submitting'), aJob(status))).toEqual([type]);
  });

  it('do not tell of a claim, nor of a job that is put back', () => {
    expect(typesOf(aJob('queued'), aJob('submitting'))).toEqual([]);
    expect(typesOf(aJob('submitting'), aJob('queued'))).toEqual([]);
    expect(typesOf(aJob('submitted'), aJob('queued'))).toEqual([]);
  });

  it('tell of a retry, also of one right after another', () => {
    expect(typesOf(aJob('failed'), aJob('queued', { incarnation: 2 }))).toEqual(['job.queued']);
    expect(typesOf(aJob('queued'), aJob('queued', { incarnation: 2 }))).toEqual(['job.queued']);
  });

  it('tell once that the results are there', () => {
    const ready = aJob('successful', { resultsAt: at });
    expect(eventsOf(aJob('successful'), ready)).toMatchObject([{ type: 'job.results.ready', data: { resultsAt: at, finished: at } }]);
    expect(typesOf(ready, { ...ready, version: 9, updated: at })).toEqual([]);
  });

  it('do not tell of writes that change neither status nor results, nor of a deletion', () => {
    expect(typesOf(aJob('running'), aJob('running', { version: 4, progress: 50 }))).toEqual([]);
    expect(typesOf(aJob('failed'), undefined)).toEqual([]);
  });

  it('hold no parameter, lease or other affair of the core', () => {
    const [event] = eventsOf(aJob('submitting'), aJob('submitted', { leaseUntil: at, startSentAt: at }));
    expect(Object.keys(event!.data).toSorted()).toEqual(
      ['created', 'incarnation', 'jobId', 'label', 'platformId', 'platformJobId', 'process', 'submitted', 'title'].toSorted(),
    );
  });

  it('are one at most for every allowed change of status', () => {
    expect(transitions.length).toBeGreaterThan(10);
    for (const { from, to } of transitions) expect(eventsOf(aJob(from), aJob(to, { version: 4 })).length).toBeLessThanOrEqual(1);
  });
});
