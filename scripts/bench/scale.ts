import { playScale } from '../../test/simulation/scale.ts';
import { type Figure, figure } from './figure.ts';

/** A task of 100,000 jobs in virtual time: a platform that runs 1,000 at once, an hour each. */
export async function scale(): Promise<Figure[]> {
  const { violations, makespan, requests, heapMiB } = await playScale({ tasks: 1, jobs: 100_000, running: 1000, seconds: 3600 });
  if (violations[0]) throw new Error(`${violations[0].invariant}: ${violations[0].what}`);
  return [
    figure('a task of 100,000 jobs in simulation: from POST to the last end', makespan, 'x what the platform needs', 1.02),
    figure('a task of 100,000 jobs in simulation: requests to the platform', requests, 'a job'),
    figure('a task of 100,000 jobs in simulation: memory in use', heapMiB, 'MiB'),
  ];
}
