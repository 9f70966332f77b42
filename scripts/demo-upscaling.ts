import type { TaskDetail, TaskSummary } from '../lambdas/upscaling/model.ts';
import type { MosaicLink, TaskCollection } from '../lambdas/upscaling/results/model.ts';
import type { Local } from './environment/local.ts';

/** Within the scene of the Great Salt Lake: west, south, east, north. */
const area = [-112.73, 40.62, -112.53, 40.81] as const;
const [columns, rows] = [3, 4];

/** Boxes of equal steps that share their edges. */
const boxes = (): number[][] => {
  const [west, south, east, north] = area;
  const at = (from: number, to: number, n: number, all: number) => Number((from + ((to - from) * n) / all).toFixed(6));
  return Array.from({ length: columns * rows }, (_, n) => {
    const [column, row] = [n % columns, Math.floor(n / columns)];
    return [
      ...[at(west, east, column, columns), at(north, south, row + 1, rows)],
      ...[at(west, east, column + 1, columns), at(north, south, row, rows)],
    ];
  });
};

/** The NDVI of the scene in parts, by the process of the deployment itself. */
const request = (local: Local) => ({
  title: 'NDVI at the Great Salt Lake, tile by tile',
  label: 'ogc_api_process',
  service: { endpoint: 'builtin', application: 'ndvi' },
  parameters: { source: `s3://${local.bucket}/${local.samples.greatSaltLake}`, red: 3, nir: 4 },
  format: 'gtiff',
  dimension: { name: 'bbox', values: boxes() },
});

interface Api {
  (method: string, path: string, body?: object): Promise<unknown>;
}

const words = ({ counts, phase }: TaskSummary): string => {
  const some = Object.entries(counts ?? {}).filter(([, count]) => count > 0);
  return some.length === 0 ? phase : some.map(([status, count]) => `${count} ${status}`).join(', ');
};

/** Runs the task to its end, tells how its jobs stand each time that changes, and answers where its picture is. */
export async function runUpscaling(api: Api, local: Local, pause: () => Promise<void>, tell: (text: string) => void): Promise<MosaicLink> {
  const { id, total } = (await api('POST', '/upscale_tasks', request(local))) as TaskSummary;
  console.log(`\n  Demo: task ${id}, one job for each of ${total} tiles of the Great Salt Lake`);
  for (let told = ''; ; await pause()) {
    const task = (await api('GET', `/upscale_tasks/${id}`)) as TaskDetail;
    if (words(task) !== told) tell((told = words(task)));
    if (task.finished === undefined) continue;
    if (task.phase !== 'successful') throw new Error(`The task ended as ${task.phase}: ${JSON.stringify(task.errors)}`);
    break;
  }
  // The counts come first, the results a moment later.
  while (!((await api('GET', `/upscale_tasks/${id}/results`)) as TaskCollection)['swath:complete']) await pause();
  for (;;) {
    const made = (await api('GET', `/upscale_tasks/${id}/results/mosaic`)) as Partial<MosaicLink>;
    if (made.href !== undefined) return made as MosaicLink;
    await pause();
  }
}
