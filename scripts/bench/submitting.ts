import { unkeepable } from '../../lambdas/shared/keepable.ts';
import { TaskRequest } from '../../lambdas/upscaling/model.ts';
import { createTask } from '../../lambdas/upscaling/use-cases/create-task.ts';
import { aTask, numbers, taskWorld } from '../../test/support/task-world.ts';
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
  const posts = new Map<number, number>();
  // The first two are for the compiler.
  for (const count of [100_000, 100_000, 10, 1000, 100_000]) posts.set(count, await postMs(count));
  const unit = `x what the platform allows (${limitSeconds(jobs)} s)`;
  return [
    figure(`a task of ${jobs} jobs on memory, without the emulator: POST to the last start`, seconds / limitSeconds(jobs), unit, 1.5),
    ...[...posts].map(([count, ms]) => figure(`POST of a task of ${count} values on memory, without the emulator`, ms, 'ms')),
  ];
}

/** What the request of a task takes from the text of its body to the stored task, on memory. */
async function postMs(count: number): Promise<number> {
  const w = taskWorld();
  const body = JSON.stringify(aTask(numbers(count)));
  const from = performance.now();
  const value = JSON.parse(body) as unknown;
  if (unkeepable(value)) throw new Error('The body cannot be kept.'); // looked at as every body is
  await createTask(w.tasks, 'alice', TaskRequest.parse(value), undefined);
  return performance.now() - from;
}
