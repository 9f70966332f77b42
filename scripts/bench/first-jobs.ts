import { call, ndviJob } from '../demo.ts';
import type { Local } from '../environment/local.ts';
import { signIn } from '../environment/users.ts';
import { JobWatch } from '../job-watch.ts';
import { type Figure, figure, quantile } from './figure.ts';

/** Seconds from the request to the final frame of the WebSocket. */
async function oneJob(local: Local): Promise<number> {
  const signal = AbortSignal.timeout(60_000);
  const token = await signIn(local, 'alice');
  const ticket = () => call<{ url: string }>(token, 'POST', `${local.apiUrl}/job_status/tickets`, signal);
  const watch = new JobWatch(async () => (await ticket()).url);
  await watch.opened(signal);
  const start = performance.now();
  const job = await call<{ id: string }>(token, 'POST', `${local.apiUrl}/unit_jobs`, signal, ndviJob(local));
  const final = await watch.final(job.id, () => undefined, signal);
  const seconds = (performance.now() - start) / 1000;
  watch.close();
  if (final !== 'finished') throw new Error(`The job ended as ${final}.`);
  return seconds;
}

/** How long a user waits for a short job on the running local environment. */
export async function firstJobs(local: Local): Promise<Figure[]> {
  const first = await oneJob(local);
  const further: number[] = [];
  for (let i = 0; i < 9; i++) further.push(await oneJob(local));
  return [
    figure('Request to final frame, first job, local', first, 's'),
    figure('Request to final frame, median of 9 further jobs, local', quantile(further, 0.5), 's'),
  ];
}
