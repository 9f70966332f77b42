import { describe, expect, it } from '@jest/globals';
import { isForHistory } from '../../../lambdas/dispatch/rules/history.ts';
import { news, watchedStep } from '../../../lambdas/dispatch/rules/writes.ts';
import { world } from '../../support/world.ts';

const aJob = async () => (await world().send()) as Parameters<typeof news>[0];

describe('the history of a job', () => {
  it('has a row of each incarnation, and of each step on its way', async () => {
    const job = await aJob();
    expect(isForHistory(undefined, job)).toBe(true);
    expect(isForHistory(job, { ...job, status: 'submitting' })).toBe(true);
    expect(isForHistory(job, { ...job, incarnation: 2 })).toBe(true);
  });

  it('is not written again when results are where they are read, but when files were copied', async () => {
    const job = { ...(await aJob()), status: 'successful' as const };
    const collected = { ...job, version: job.version + 1, resultsAt: job.updated };
    expect(isForHistory(job, collected)).toBe(false);
    expect(isForHistory(job, { ...collected, bytesStagedOut: 5 })).toBe(true);
  });

  it('of a task says how it ended only', async () => {
    const job = { ...(await aJob()), taskId: 'task' };
    expect(isForHistory(undefined, job)).toBe(false);
    expect(isForHistory(job, { ...job, status: 'running' })).toBe(false);
    expect(isForHistory(job, { ...job, status: 'failed' })).toBe(true);
  });
});

describe('progress that a platform tells', () => {
  it('is stored in quarters; of a job of a task only while somebody watches', async () => {
    const running = { ...(await aJob()), status: 'running' as const, rank: 50 as const, platformJobId: 'p', platformStatus: 'running' };
    const said = { platformJobId: 'p', phase: 'running' as const, raw: 'running', progress: 60 };
    expect(news(running, said, 2, running.updated)?.set).toMatchObject({ progress: 50 });
    const ofTask = { ...running, taskId: 'task', progress: 0 };
    expect(news(ofTask, said, 2, running.updated)).toBeUndefined();
    expect(news(ofTask, said, 2, running.updated, watchedStep)?.set).toMatchObject({ progress: 60 });
  });
});
