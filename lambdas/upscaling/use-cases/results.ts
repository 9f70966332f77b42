import type { Job } from '../../dispatch/model.ts';
import { Problem } from '../../shared/problem.ts';
import { isOver, type Counts, type Task } from '../model.ts';
import type { TaskCollection } from '../results/model.ts';
import { boxOfItems, collectionOf } from '../rules/collection.ts';
import type { ResultItem } from '../ports.ts';
import type { Deps } from './deps.ts';
import { chunksOf } from './family.ts';
import { listJobs, taskJob } from './owned-tasks.ts';

type Links = 'working' | 'known';

/** Items read at the same time; with each lot a page looks at the clock. */
const atOnce = 10;
/** No lot is begun after so long, and no page has more bytes (as the gateway gets them, a JSON string). */
const [longestSeconds, mostBytes] = [10, 4_000_000];
/** The box around the items is told of at most so many. */
const mostBoxes = 100;
/** Chunks read at the same time. */
const chunksAtOnce = 8;

/**
 * The results of a task as a Collection, also while jobs run: 409 until the first was successful. Its items come in the
 * seconds after their jobs' ends, so that it is complete only when the last is there.
 */
export async function taskResults(deps: Pick<Deps, 'core' | 'tasks' | 'clock'>, task: Task, api: string): Promise<TaskCollection> {
  const counts = checkReady(task);
  const { status } = task;
  const [{ items, next }, complete] = await Promise.all([
    taskItems(deps, task, { limit: mostBoxes, links: 'known', api }),
    status === 'successful' && allCollected(deps, task),
  ]);
  const box = next === undefined && items.length > 0 ? boxOfItems(items) : undefined;
  return collectionOf({ ...task, counts }, { complete, items: box, address: `${api}/upscale_tasks/${task.taskId}` });
}

/** The counts of a task that has results; a 409 problem for any other. */
export function checkReady({ counts, status }: Task): Counts {
  if (counts !== undefined && counts.successful > 0) return counts;
  throw isOver(status)
    ? new Problem(409, 'NO_RESULTS', 'No job of the task was successful. GET /upscale_tasks/{taskId} has the reasons.')
    : new Problem(409, 'RESULTS_NOT_READY', 'No job of the task has been successful yet.', { headers: { 'retry-after': '5' } });
}

async function allCollected(deps: Pick<Deps, 'core'>, task: Task): Promise<boolean> {
  const chunks = chunksOf(task.total);
  for (let first = 0; first < chunks; first += chunksAtOnce) {
    const some = Array.from({ length: Math.min(chunksAtOnce, chunks - first) }, (_, n) => deps.core.jobs(task.taskId, first + n));
    if ((await Promise.all(some)).flat().some(({ resultsAt }) => resultsAt === undefined)) return false;
  }
  return true;
}

/**
 * A page of the STAC Items of a task's jobs in the order of their values. Results that were removed are left out. Where a
 * platform gives no links now, the item is as it is kept. A page may be short and still have a next one.
 */
export async function taskItems(
  deps: Pick<Deps, 'core' | 'tasks' | 'clock'>,
  task: Task,
  { limit, from, links, api }: { limit: number; from?: number | undefined; links: Links; api: string },
): Promise<{ items: ResultItem[]; next?: string }> {
  const until = deps.clock.now() + longestSeconds * 1000;
  const page = await listJobs(deps, task, { limit, from, status: 'finished' });
  const jobs = page.items.filter(({ resultsAt }) => resultsAt !== undefined);
  const items: ResultItem[] = [];
  let bytes = 0;
  for (let at = 0; at < jobs.length; at += atOnce) {
    if (at > 0 && deps.clock.now() > until) return { items, next: String(jobs[at]!.index!) };
    const lot = jobs.slice(at, at + atOnce);
    const read = await Promise.all(lot.map((job) => itemOf(deps, job, links, api)));
    for (const [n, item] of read.entries()) {
      if (item === undefined) continue;
      const size = wireBytes(item);
      if (items.length > 0 && bytes + size > mostBytes) return { items, next: String(lot[n]!.index!) };
      items.push(size > mostBytes ? withoutOutputs(item) : item);
      bytes += Math.min(size, mostBytes);
    }
  }
  return { items, ...(page.cursor === undefined ? {} : { next: page.cursor }) };
}

const wireBytes = (item: ResultItem): number => Buffer.byteLength(JSON.stringify(JSON.stringify(item)));

function withoutOutputs(item: ResultItem): ResultItem {
  const { 'swath:outputs': tooLarge, ...properties } = item.properties;
  const note = `The outputs by value (${Object.keys(tooLarge as object).join(', ')}) are too large for a page: \`self\` has them.`;
  return { ...item, properties: { ...properties, 'swath:note': note } };
}

/** The item of a job within the collection of its task; undefined where it was removed, or the job runs again. */
async function itemOf(deps: Pick<Deps, 'core'>, job: Job, links: Links, api: string): Promise<ResultItem | undefined> {
  const read = (which: Links) => deps.core.results(job, `${api}/unit_jobs/${job.jobId}/results`, which);
  try {
    const item = await read(links).catch((error: unknown) => {
      if (error instanceof Problem && error.status === 503) return read('known');
      throw error;
    });
    const collection = `${api}/upscale_tasks/${job.taskId}/results`;
    const { index, value } = taskJob(job);
    return {
      ...item,
      collection: job.taskId!,
      properties: { ...item.properties, 'swath:index': index, ...(value === undefined ? {} : { 'swath:value': value }) },
      links: [
        ...item.links,
        { rel: 'collection', href: collection, type: 'application/json' },
        { rel: 'parent', href: collection, type: 'application/json' },
      ],
    };
  } catch (error) {
    if (error instanceof Problem && error.status < 500) return undefined;
    throw error;
  }
}
