import { numbers, taskWorld } from '../../test/support/task-world.ts';
import { type Figure, figure } from './figure.ts';

/** How long the platform takes for an answer, and requests that it bears at once. */
export const latencyMs = 200;
export const parallel = 20;
/** Two requests a job. */
export const limitSeconds = (count: number): number => (count * 2 * latencyMs) / 1000 / parallel;

/** Writes and submits a task on memory, at a platform whose answers take as long as that of the deployed stack: in real time. */
export async function submitting(jobs = 1000): Promise<Figure[]> {
  const w = taskWorld({ platform: { limits: { burst: jobs, parallel, readsPerMinute: 60 } } });
  for (const name of ['create', 'start'] as const) {
    const answer = w.remote[name].bind(w.remote) as (...args: unknown[]) => Promise<never>;
    w.remote[name] = async (...args: unknown[]) => {
      await new Promise((next) => setTimeout(next, latencyMs));
      return answer(...args);
    };
  }
  const from = performance.now();
  await w.sendTask('alice', numbers(jobs));
  await w.settle();
  for (let run = 0; w.remote.jobs.filter(({ runs }) => runs > 0).length < jobs; run += 1) await w.serve(`run-${run}`);
  const seconds = (performance.now() - from) / 1000;
  const unit = `x what the platform allows (${limitSeconds(jobs)} s)`;
  return [
    figure(`a task of ${jobs} jobs on memory, without the emulator: POST to the last start`, seconds / limitSeconds(jobs), unit, 1.5),
  ];
}
