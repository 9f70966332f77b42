import { describe, expect, it } from '@jest/globals';
import type { Job } from '../../../lambdas/dispatch/model.ts';
import { candidates } from '../../../lambdas/dispatch/use-cases/candidates.ts';
import { slotOf } from '../../../lambdas/dispatch/rules/lane.ts';
import { world } from '../../support/world.ts';

const limits = { burst: 100, parallel: 4, readsPerMinute: 60 };

describe('the queue of a share', () => {
  it('is read on while an index shows what was tried, and no further than that can reach', async () => {
    const w = world({ platform: { limits } });
    const sent: Job[] = [];
    for (let n = 0; n < 90; n += 1) sent.push(await w.send());
    const queued = w.deps.jobs.queued.bind(w.deps.jobs);
    const asked: number[] = [];
    w.deps.jobs.queued = (laneId, share, limit) => {
      asked.push(limit);
      return queued(laneId, share, limit);
    };
    const look = async (tried: number) => {
      asked.length = 0;
      const { ready } = await candidates(w.deps, w.lane(), w.platform, 2, w.time.now, new Set(sent.slice(0, tried).map(slotOf)));
      return { first: ready.map(({ job }) => job.jobId), asked: [...asked] };
    };
    expect(await look(0)).toEqual({ first: [sent[0]!.jobId, sent[1]!.jobId], asked: [22] });
    expect(await look(50)).toEqual({ first: [sent[50]!.jobId, sent[51]!.jobId], asked: [22, 44, 72] });
  });
});
