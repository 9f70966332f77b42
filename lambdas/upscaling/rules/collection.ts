import type { Task } from '../model.ts';
import type { TaskCollection } from '../results/model.ts';

type Bbox = [number, number, number, number];
const earth: Bbox = [-180, -90, 180, 90];

/** The box around all items; undefined when one of them does not say where it is. */
export function boxAround(items: readonly { bbox?: number[] }[]): Bbox | undefined {
  const boxes = items.map(({ bbox }) => bbox);
  if (boxes.length === 0 || !boxes.every((box) => box?.length === 4)) return undefined;
  const all = (n: number) => boxes.map((box) => box![n]!);
  return [Math.min(...all(0)), Math.min(...all(1)), Math.max(...all(2)), Math.max(...all(3))];
}

/** A task's results as a STAC Collection (1.1.0). `box`: around all items; `address`: of the task. */
export function collectionOf(
  task: Task & Required<Pick<Task, 'counts'>>,
  { complete, box, address }: { complete: boolean; box: Bbox | undefined; address: string },
): TaskCollection {
  const { taskId, title, counts, total, process, platformId, firstFinished, lastFinished } = task;
  return {
    type: 'Collection',
    stac_version: '1.1.0',
    stac_extensions: [],
    id: taskId,
    title,
    description: `Results of ${process} on ${platformId} for each value of ${task.dimension}: ${counts.successful} of ${total} jobs were successful.`,
    license: 'other',
    extent: {
      spatial: { bbox: [box ?? earth] },
      temporal: { interval: [[firstFinished ?? null, lastFinished ?? null]] },
    },
    links: [
      { rel: 'self', href: `${address}/results`, type: 'application/json' },
      { rel: 'items', href: `${address}/results/items`, type: 'application/geo+json' },
      { rel: 'monitor', href: address, type: 'application/json', title: 'The task' },
    ],
    assets: {
      manifest: { href: `${address}/manifest`, type: 'application/x-ndjson', title: 'A row for each job', roles: ['metadata'] },
      mosaic: {
        href: `${address}/results/mosaic`,
        type: 'image/png',
        title: "The jobs' pictures in one, made when it is asked for; 404 where there are none",
        roles: ['overview'],
      },
    },
    'swath:complete': complete,
    'swath:phase': task.status,
    'swath:total': total,
    'swath:counts': counts,
    ...(task.asOf ? { 'swath:asOf': task.asOf } : {}),
    'swath:extent': box ? 'items' : 'unknown',
  };
}
