import { expect, it, jest } from '@jest/globals';

const asked: [jobId: string, seconds: number, tries: number | undefined][] = [];
const ends = new Map<string, Error>();
class ResultsUnavailable extends Error {}
jest.unstable_mockModule('../../../lambdas/dispatch/bind.ts', () => ({
  bind: () => ({
    deps: {
      random: { next: () => 0.5 },
      wakers: { collect: async (...call: (typeof asked)[number]) => void asked.push(call) },
    },
  }),
}));
jest.unstable_mockModule('../../../lambdas/dispatch/use-cases/results.ts', () => ({
  ResultsUnavailable,
  collectResults: async (_: unknown, jobId: string) => {
    if (ends.has(jobId)) throw ends.get(jobId)!;
  },
}));

it('asks a busy platform again in a while, four times, and fails what else goes wrong', async () => {
  const { handler } = await import('../../../lambdas/dispatch/on-job-successful.ts');
  for (const jobId of ['new', 'again', 'often']) ends.set(jobId, new ResultsUnavailable('Too many requests.'));
  ends.set('broken', new Error('throttled'));
  const bodies = [
    { detail: { subject: 'done' } },
    { detail: { subject: 'new' } },
    { jobId: 'again', tries: 3 },
    { jobId: 'often', tries: 4 },
    { jobId: 'broken' },
  ];
  const Records = bodies.map((body, n) => ({ messageId: String(n), body: JSON.stringify(body) }));
  expect(await handler({ Records } as never)).toEqual({ batchItemFailures: [{ itemIdentifier: '3' }, { itemIdentifier: '4' }] });
  expect(asked).toEqual([
    ['new', 5, 1],
    ['again', 135, 4],
  ]);
});
