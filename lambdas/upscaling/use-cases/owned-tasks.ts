import { chunkSize, nativeStatus as jobStatus, summary as jobSummary, type Job } from '../../dispatch/model.ts';
import { Problem } from '../../shared/problem.ts';
import { isOver, summary, type Chunk, type Task, type TaskDetail, type TaskJobs } from '../model.ts';
import type { JobCore, Page, TaskStore } from '../ports.ts';
import { estimateOf } from '../rules/estimate.ts';
import type { Deps } from './deps.ts';

export const noSuchTask = (taskId: string) => new Problem(404, 'TASK_NOT_FOUND', `You have no upscaling task ${taskId}.`);

/** The caller's task; anybody else's looks as if it did not exist. */
export async function ownedTask(deps: Pick<Deps, 'tasks'>, owner: string, taskId: string): Promise<Task> {
  const task = await deps.tasks.get(taskId);
  if (task === undefined || task.owner !== owner || task.deleted) throw noSuchTask(taskId);
  return task;
}

/** Jobs that one call looks at. */
const readAtMost = 2000;

/**
 * A page of a task's jobs in the order of their values; `from` is the index of the first. Chunks whose count knows of no job
 * of the wanted status are skipped; at most 2,000 jobs are read, so a filtered page may be short and still have a cursor.
 */
export async function listJobs(
  deps: { core: Pick<JobCore, 'jobs'>; tasks: Pick<TaskStore, 'chunks'> },
  task: Task,
  { limit, from = 0, status }: { limit: number; from?: number | undefined; status?: string | undefined },
): Promise<Page<Job>> {
  const items: Job[] = [];
  const skipped = status === undefined ? new Set<number>() : without(status, await deps.tasks.chunks(task.taskId));
  let read = 0;
  for (let chunk = Math.floor(from / chunkSize); chunk * chunkSize < task.total; chunk += 1) {
    if (skipped.has(chunk)) continue;
    if (read >= readAtMost) return { items, cursor: String(chunk * chunkSize) };
    const jobs = await deps.core.jobs(task.taskId, chunk);
    read += jobs.length;
    for (const job of jobs) {
      if (job.index! < from || (status !== undefined && jobStatus[job.status] !== status)) continue;
      if (items.length === limit) return { items, cursor: String(job.index!) };
      items.push(job);
    }
  }
  return { items };
}

/** Chunks that had no job of this status when they were counted. */
const without = (status: string, chunks: readonly Chunk[]): Set<number> =>
  new Set(
    chunks
      .filter(({ counts }) =>
        Object.entries(counts).every(([word, count]) => count === 0 || jobStatus[word as keyof typeof counts] !== status),
      )
      .map(({ chunk }) => chunk),
  );

export const taskJob = (job: Job): TaskJobs['jobs'][number] => ({
  ...jobSummary(job),
  index: job.index!,
  ...(job.value === undefined ? {} : { value: JSON.parse(job.value) as unknown }),
});

/** A task in full; the jobs are a first page of them. */
export async function taskDetail(
  deps: Pick<Deps, 'core' | 'tasks' | 'clock'>,
  task: Task,
  jobs: readonly Job[],
  links: TaskDetail['links'],
): Promise<TaskDetail> {
  const waits = !isOver(task.status) && !task.paused && (task.counts?.queued ?? 0) > 0;
  const [template, queue] = await Promise.all([deps.core.template(task.taskId), waits ? firstInQueue(deps, task) : undefined]);
  const estimate = estimateOf(task, deps.clock.now());
  const service = template?.service ?? { endpoint: task.platformId, application: task.process };
  const parameters = template?.parameters ?? {};
  return {
    ...summary(task),
    service,
    parameters,
    format: template?.format ?? 'json',
    dimension: { name: task.dimension },
    incarnation: task.incarnation,
    ...(task.canary === undefined ? {} : { canary: task.canary }),
    ...(task.maxFailures === undefined ? {} : { maxFailures: task.maxFailures }),
    ...(task.onFailure === undefined ? {} : { onFailure: task.onFailure }),
    errors: task.errors ?? [],
    ...(queue ? { queue } : {}),
    ...(estimate ? { estimate } : {}),
    jobs: jobs.map(taskJob).map((job) => ({
      ...job,
      service,
      parameters: job.value === undefined ? parameters : { ...parameters, [task.dimension]: job.value },
    })),
    links,
  };
}

/** The place of the first job that waits: jobs go in the order of their values. */
async function firstInQueue(deps: Pick<Deps, 'core' | 'tasks'>, task: Task): Promise<TaskDetail['queue']> {
  const chunks = await deps.tasks.chunks(task.taskId);
  const first = chunks.find(({ counts }) => counts.queued > 0);
  const job = first && (await deps.core.jobs(task.taskId, first.chunk)).find(({ status }) => status === 'queued');
  return job && deps.core.position(job);
}
