import type { ChunksChanged } from '../../shared/events/events.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Condition, Write } from '../../shared/table/write.ts';
import { isOver, openStatuses, type Task } from '../model.ts';
import { countJobs, ended, failsTooOften, statusOf, sum } from '../rules/aggregate.ts';
import { settleShare, stopTask } from './stop.ts';
import type { Deps } from './deps.ts';
import { passCanary } from './canary.ts';
import { writable } from './family.ts';

type RecountDeps = Pick<Deps, 'tasks' | 'core' | 'clock' | 'settings'>;

/** Clocks of two functions may differ by so much. */
const skewMs = 500;
/** Of many that count the same chunk at the same moment one succeeds each time. */
const mostTries = 10;

/**
 * Counts a chunk from its jobs. Nothing is done where it was counted since `changedAt`, so that many changes within the
 * delay of their messages cost one recount. Two recounts at once are told apart by the revision: who is refused counts again.
 */
export async function recountChunk(deps: RecountDeps, taskId: string, chunk: number, changedAt?: number): Promise<void> {
  for (let tries = 0; tries < mostTries; tries += 1) {
    const row = await deps.tasks.chunk(taskId, chunk);
    if (row !== undefined && changedAt !== undefined && ms(row.asOf) > changedAt + skewMs) return;
    const asOf = iso(deps.clock.now());
    const jobs = await deps.core.jobs(taskId, chunk);
    const next = { taskId, chunk, ...countJobs(jobs), revision: (row?.revision ?? 0) + 1, asOf };
    if (await deps.tasks.putChunk(next, row?.revision)) return;
  }
  throw new Error(`RECOUNT_CONTESTED: chunk ${chunk} of task ${taskId}`);
}

/** Counts what these notices tell of, then the task. */
export async function recount(deps: RecountDeps, taskId: string, notices: readonly Omit<ChunksChanged, 'taskId'>[]): Promise<void> {
  const latest = new Map<number, number>();
  for (const { chunks, at } of notices) for (const chunk of chunks) latest.set(chunk, Math.max(latest.get(chunk) ?? 0, ms(at)));
  for (const [chunk, changedAt] of latest) await recountChunk(deps, taskId, chunk, changedAt);
  await recountTask(deps, taskId);
}

/**
 * Brings a task up to date with its chunks, where they have changed, and decides what follows: its end, once an incarnation; the rest after a canary;
 * a pause or a stop after too many failures.
 */
export async function recountTask(deps: RecountDeps, taskId: string): Promise<void> {
  const task = await deps.tasks.get(taskId);
  if (task === undefined || task.deleted || isOver(task.status)) return;
  const total = sum(await deps.tasks.chunks(taskId));
  const now = iso(deps.clock.now());
  // Of a cancelled task the jobs behind its canary are never written.
  const status = statusOf(total.counts, task.cancelRequested ? writable(task) : task.total, task.cancelRequested === true && !task.stopped);
  // While jobs are being put back to the queue those that are not yet there would look like the end.
  const rests = task.work === undefined;
  const ends = isOver(status) && rests;
  // Many notices tell of one recount: those that find nothing new write nothing.
  const isNews = total.revision !== task.revision || status !== task.status || (rests && task.workUntil !== undefined);
  if (!isNews) return follow(deps, task);
  const write: Write = {
    when: [
      { attr: 'incarnation', is: task.incarnation },
      { attr: 'status', in: openStatuses },
      {
        anyOf: [
          { attr: 'revision', absent: true },
          { attr: 'revision', below: total.revision + 1 },
        ],
      },
      ...(rests ? [{ attr: 'workNumber', is: task.workNumber } satisfies Condition] : []),
    ],
    set: {
      ...{ counts: total.counts, errors: total.errors, revision: total.revision, asOf: now, updated: now },
      ...{ firstFinished: total.firstFinished, lastFinished: total.lastFinished },
      status: ends || !isOver(status) ? status : task.status,
      ...(ends ? { finished: now } : {}),
    },
    // Counted after its work: nothing is left for the sweep.
    remove: [...(rests ? ['workUntil'] : []), ...(ends ? ['paused'] : [])],
  };
  const written = await deps.tasks.update(taskId, write);
  if (!written.ok) return; // a newer sum is there, or its end
  if (ends) await settleShare(deps, written.item);
  else await follow(deps, written.item);
}

async function follow(deps: RecountDeps, task: Task): Promise<void> {
  if (task.work !== undefined || task.cancelRequested || task.paused || task.counts === undefined) return;
  const { counts, canary } = task;
  if (failsTooOften(task, counts) && !task.failuresAccepted) {
    await stopTask(deps, task, task.onFailure === 'stop' ? 'cancel' : 'failures');
    return;
  }
  if (canary === undefined || task.canaryPassed || ended(counts) < Math.min(canary, task.total)) return;
  if (counts.failed + counts.dismissed > 0) await stopTask(deps, task, 'canary');
  else await passCanary(deps, task);
}
