import { describe, expect, it } from '@jest/globals';
import { platformEstimate } from '../../../lambdas/dispatch/use-cases/platform-estimate.ts';
import { world } from '../../support/world.ts';

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    ({ status, code }: { status: number; code: string }) => [status, code],
  );

describe('what the platform reckons that a job takes', () => {
  it('is told as the platform tells it, of a job that it has', async () => {
    const w = world();
    const { jobId } = await w.send();
    w.remote.estimate = async () => ({ kind: 'found', value: { costs: 3, currency: 'EUR' } });
    expect(await refusal(platformEstimate(w.deps, w.job(jobId)))).toEqual([404, 'NO_ESTIMATE']);
    await w.serve();
    expect(await platformEstimate(w.deps, w.job(jobId))).toEqual({ platform: 'plat', costs: 3, currency: 'EUR' });
  });

  it.each([
    ['never does', undefined, [404, 'NO_ESTIMATE']],
    ['has none of this job', { kind: 'missing' } as const, [404, 'NO_ESTIMATE']],
    ['does not answer', { kind: 'unavailable', message: 'no answer' } as const, [503, 'PLATFORM_UNAVAILABLE']],
  ])('is a refusal where it %s', async (_, answer, expected) => {
    const w = world();
    const { jobId } = await w.send();
    await w.serve();
    if (answer !== undefined) w.remote.estimate = async () => answer;
    expect(await refusal(platformEstimate(w.deps, w.job(jobId)))).toEqual(expected);
  });
});
