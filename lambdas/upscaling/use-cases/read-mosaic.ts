import { Problem } from '../../shared/problem.ts';
import { iso, ms, type Clock } from '../../shared/time/clock.ts';
import type { Task } from '../model.ts';
import type { MosaicFiles, MosaicMaker, Pause, TaskStore } from '../ports.ts';
import type { Mosaic, MosaicLink } from '../results/model.ts';
import { makingSeconds } from './make-mosaic.ts';
import { checkReady } from './results.ts';

/** How long an answer waits for the picture, and how often it looks. */
const [waitSeconds, lookSeconds] = [20, 0.5];
/** One that was made before all results were there is good for so long: somebody who asks again and again pays for one. */
const partialSeconds = 10;

export interface ReadDeps {
  tasks: Pick<TaskStore, 'mosaic' | 'putMosaic'>;
  files: Pick<MosaicFiles, 'sign'>;
  maker: MosaicMaker;
  clock: Clock;
  pause: Pause;
}

/**
 * The mosaic of a task's pictures as they are now: the one that was made, or one that is made because somebody asks. undefined
 * while it is being made for longer than an answer waits. However many ask, one is made at a time.
 */
export async function readMosaic(deps: ReadDeps, task: Task): Promise<MosaicLink | undefined> {
  checkReady(task);
  const end = deps.clock.now() + waitSeconds * 1000;
  for (let begun: number | undefined; ;) {
    const kept = await deps.tasks.mosaic(task.taskId);
    if (kept !== undefined && isOver(kept) && (kept.number === begun || isGood(kept, task, deps.clock.now()))) {
      if (kept.contents === undefined)
        throw new Problem(404, 'NO_PICTURES', 'No job of the task has a picture (PNG or JPEG) with a place on the map among its results.');
      return { ...kept.contents, href: await deps.files.sign(task.owner, task.taskId), asOf: kept.asOf, complete: kept.complete === true };
    }
    if (kept?.state === 'failed' && kept.number === begun) throw new Error('MOSAIC_FAILED: see the log of the function that makes it');
    const isFree = kept === undefined || kept.state !== 'making' || ms(kept.until) <= deps.clock.now();
    if (isFree) {
      begun = await begin(deps, task, kept);
      if (begun !== undefined) continue;
    }
    if (deps.clock.now() >= end) return undefined;
    await deps.pause.seconds(lookSeconds);
  }
}

const isOver = ({ state }: Mosaic): boolean => state === 'made' || state === 'empty';

/** It has what the task had when it was read, and nothing was to follow; or it is quite new. */
const isGood = ({ revision, until, complete }: Mosaic, task: Task, now: number): boolean =>
  (complete === true && revision >= (task.revision ?? 0)) || now - ms(until) < partialSeconds * 1000;

/** The number of the making that was begun; undefined when somebody else was quicker. */
async function begin(deps: ReadDeps, { taskId, revision = 0 }: Task, seen: Mosaic | undefined): Promise<number | undefined> {
  const now = deps.clock.now();
  const number = (seen?.number ?? 0) + 1;
  const making: Mosaic = { taskId, number, state: 'making', until: iso(now + makingSeconds * 1000), revision, asOf: iso(now) };
  if (!(await deps.tasks.putMosaic(making, seen))) return undefined;
  try {
    await deps.maker.make(taskId, number);
  } catch (error) {
    await deps.tasks.putMosaic({ ...making, state: 'failed' }, making);
    throw error;
  }
  return number;
}
