import type { Task } from '../model.ts';
import { boxAround, wrapped, type Box } from './boxes.ts';
import type { TaskCollection } from '../results/model.ts';

const earth = [-180, -90, 180, 90] as const;

/** The box around all items; undefined when one of them does not say where it is. */
export function boxOfItems(items: readonly { bbox?: number[] }[]): Box | undefined {
  const boxes = items.flatMap(({ bbox }) => (bbox?.length === 4 ? [bbox as unknown as Box] : []));
  return boxes.length === items.length ? boxAround(boxes) : undefined;
}

/** A task's results as a STAC Collection (1.1.0). `items`: the box around all items, where it is known; `address`: of the task. */
export function collectionOf(
  task: Task & Required<Pick<Task, 'counts'>>,
  { complete, items, address }: { complete: boolean; items: Box | undefined; address: string },
): TaskCollection {
  const box = items ?? task.extent;
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
      spatial: { bbox: [wrapped(box ?? earth)] },
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
    'swath:extent': items ? 'items' : box ? 'values' : 'unknown',
  };
}
