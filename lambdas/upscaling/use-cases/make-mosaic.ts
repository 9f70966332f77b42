import type { Job } from '../../dispatch/model.ts';
import { iso, ms, type Clock } from '../../shared/time/clock.ts';
import type { Task } from '../model.ts';
import type { JobCore, MosaicFiles, Painter, TaskStore } from '../ports.ts';
import type { Mosaic } from '../results/model.ts';
import { wrapped, type Box } from '../rules/boxes.ts';
import { boxOf, frameOf, paint, placeOf, type Frame } from '../rules/mosaic.ts';
import { listJobs } from './owned-tasks.ts';

/** Jobs whose pictures a mosaic has at most, and bytes of one picture. */
const [mostJobs, mostBytes] = [1000, 8 * 1024 * 1024];
/** Items and pictures read at the same time: so many are in memory. */
const atOnce = 8;

/** A function makes it within so long, and nobody else begins for longer than that: it may be started late, but not too late. */
const functionSeconds = 120;
export const makingSeconds = 300;
/** After so long no more pictures are read: what is there is shown. */
const readingSeconds = 80;

export interface MakeDeps {
  tasks: TaskStore;
  core: Pick<JobCore, 'jobs' | 'picture'>;
  files: MosaicFiles;
  painter: Painter;
  clock: Clock;
}

/** Makes the mosaic that somebody waits for. A making that was given up, or is made already, is none. */
export async function makeMosaic(deps: MakeDeps, taskId: string, number: number): Promise<Mosaic['state'] | 'nothing'> {
  const [task, seen] = await Promise.all([deps.tasks.get(taskId), deps.tasks.mosaic(taskId)]);
  if (task === undefined || task.deleted || seen?.number !== number || seen.state !== 'making') return 'nothing';
  if (ms(seen.until) - deps.clock.now() < functionSeconds * 1000) return 'nothing';
  try {
    return await make(deps, task, seen);
  } catch (error) {
    await deps.tasks.putMosaic({ ...seen, state: 'failed', until: iso(deps.clock.now()) }, seen);
    throw error;
  }
}

async function make(deps: MakeDeps, task: Task, seen: Mosaic): Promise<Mosaic['state'] | 'nothing'> {
  const began = deps.clock.now();
  const { jobs, left, isWhole } = await jobsWithResults(deps, task);
  const placed = await inLots(jobs, async (job) => {
    const picture = await deps.core.picture(job);
    const box = picture && boxOf(picture.bbox);
    return picture && box && { box, read: picture.read };
  });
  const found = placed.filter((one) => one !== undefined);
  const isLate = () => deps.clock.now() - began > readingSeconds * 1000;
  const { painted, later, unread } = await paintAll(deps.painter, found, isLate);
  const contents = painted && {
    ...{ bbox: wrapped(painted.frame.box), width: painted.frame.width, height: painted.frame.height },
    ...{ pictures: painted.pictures, skipped: jobs.length - unread - painted.pictures, left: left + unread },
  };
  const complete = isWhole && !later;
  const made: Mosaic = {
    ...seen,
    until: iso(deps.clock.now()),
    asOf: iso(began),
    revision: task.revision ?? 0,
    complete,
    state: contents ? 'made' : 'empty',
    ...(contents ? { contents } : {}),
  };
  if ((await deps.tasks.get(task.taskId))?.deleted !== undefined) return 'nothing';
  if (painted)
    await deps.files.write(task.owner, task.taskId, await deps.painter.png(painted.canvas, painted.frame.width, painted.frame.height));
  if (await deps.tasks.putMosaic(made, seen)) return made.state;
  if ((await deps.tasks.get(task.taskId)) === undefined) await deps.files.remove(task.owner, task.taskId); // deleted meanwhile
  return 'nothing';
}

/** The first successful jobs whose results are there; how many follow; and whether none of those before them was without. */
async function jobsWithResults(deps: MakeDeps, task: Task): Promise<{ jobs: Job[]; left: number; isWhole: boolean }> {
  const jobs: Job[] = [];
  let [isWhole, from]: [boolean, number | undefined] = [true, 0];
  while (from !== undefined && jobs.length < mostJobs) {
    const page: Awaited<ReturnType<typeof listJobs>> = await listJobs(deps, task, {
      limit: mostJobs - jobs.length,
      from,
      status: 'finished',
    });
    const ready = page.items.filter(({ resultsAt }) => resultsAt !== undefined);
    isWhole &&= ready.length === page.items.length;
    jobs.push(...ready);
    from = page.cursor === undefined ? undefined : Number(page.cursor);
  }
  return { jobs, left: from === undefined ? 0 : Math.max(0, (task.counts?.successful ?? 0) - jobs.length), isWhole };
}

interface Found {
  box: Box;
  read(mostBytes: number): Promise<Uint8Array | 'none' | 'later'>;
}

/** The pictures in one frame, the later over the earlier; none where none can be read; `later`: one cannot be had now; `unread`: time was over. */
async function paintAll(
  painter: Painter,
  found: readonly Found[],
  isLate: () => boolean,
): Promise<{ painted?: { canvas: Uint8Array; frame: Frame; pictures: number }; later: boolean; unread: number }> {
  const boxes = found.map(({ box }) => box);
  let made: { canvas: Uint8Array; frame: Frame } | undefined;
  let [pictures, later, at] = [0, false, 0];
  for (; at < found.length && !isLate(); at += atOnce) {
    const lot = found.slice(at, at + atOnce);
    const read = await Promise.all(lot.map((one) => one.read(mostBytes)));
    for (const [n, bytes] of read.entries()) {
      later ||= bytes === 'later';
      if (typeof bytes === 'string') continue;
      const { box } = lot[n]!;
      const placeIn = (size: { width: number; height: number }) => {
        const frame = frameOf(boxes, { box, ...size });
        made ??= { frame, canvas: new Uint8Array(4 * frame.width * frame.height) };
        return placeOf(made.frame, box);
      };
      const pixels = await painter.pixelsOf(bytes, placeIn);
      if (pixels === undefined || made === undefined) continue;
      paint(made.canvas, made.frame, pixels, placeOf(made.frame, box));
      pictures += 1;
    }
  }
  return { ...(made && pictures > 0 ? { painted: { ...made, pictures } } : {}), later, unread: Math.max(0, found.length - at) };
}

async function inLots<One, Made>(all: readonly One[], make: (one: One) => Promise<Made>): Promise<Made[]> {
  const made: Made[] = [];
  for (let at = 0; at < all.length; at += atOnce) made.push(...(await Promise.all(all.slice(at, at + atOnce).map(make))));
  return made;
}
