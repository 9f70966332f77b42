import { describe, expect, it } from '@jest/globals';
import { chunkSize, type Job } from '../../../lambdas/dispatch/model.ts';
import { chunksToCount, type Change } from '../../../lambdas/dispatch/rules/changes.ts';
import { followChanges } from '../../../lambdas/dispatch/use-cases/follow-changes.ts';
import { world } from '../../support/world.ts';

describe('a batch of changes whose recount cannot be told', () => {
  it('parks a change for each chunk that makes it to be counted, not any change of the task', async () => {
    const w = world();
    const job = await w.send();
    const running = (index: number): Job => ({ ...job, jobId: `task-${index}`, taskId: 'task', index, status: 'running', rank: 50 });
    const ends = (index: number): Change => ({ before: running(index), after: { ...running(index), status: 'successful', rank: 90 } });
    const collected: Change = { before: ends(0).after, after: { ...ends(0).after!, resultsAt: job.created } };
    const parked: Change[] = [];
    await followChanges(
      {
        ...w.deps,
        history: { record: async () => undefined },
        recount: () => Promise.reject(new Error('throttled')),
        publish: async () => [],
        park: async (change) => void parked.push(change),
      },
      [collected, ends(1), ends(2), ends(chunkSize)],
    );
    expect(parked.map(({ after }) => after!.jobId)).toEqual(['task-1', `task-${chunkSize}`]);
    expect(chunksToCount(parked)).toEqual(new Map([['task', new Set([0, 1])]]));
  });
});
