import { chunkSize, summary as jobSummary, type Job } from '../../dispatch/model.ts';
import { Problem } from '../../shared/problem.ts';
import { summary, type Task, type TaskDetail, type TaskJobs } from '../model.ts';
import type { Page } from '../ports.ts';
import type { Deps } from './deps.ts';

export const noSuchTask = (taskId: string) => new Problem(404, 'TASK_NOT_FOUND', `You have no upscaling task ${taskId}.`);

/** The caller's task; anybody else's looks as if it did not exist. */
export async function ownedTask(deps: Pick<Deps, 'tasks'>, owner: string, taskId: string): Promise<Task> {
  const task = await deps.tasks.get(taskId);
  if (task === undefined || task.owner !== owner) throw noSuchTask(taskId);
  return task;
}

/** A page of a task's jobs, in the order of their values; `from` is the index of the first. */
export async function listJobs(deps: Pick<Deps, 'core'>, task: Task, limit: number, from: number): Promise<Page<Job>> {
  const items: Job[] = [];
  for (let chunk = Math.floor(from / chunkSize); chunk * chunkSize < task.total && items.length < limit; chunk += 1)
    items.push(...(await deps.core.jobs(task.taskId, chunk)).filter((job) => job.index! >= from).slice(0, limit - items.length));
  const next = (items.at(-1)?.index ?? task.total) + 1;
  return { items, ...(items.length === limit && next < task.total ? { cursor: String(next) } : {}) };
}

export const taskJob = (job: Job): TaskJobs['jobs'][number] => ({
  ...jobSummary(job),
  index: job.index!,
  ...(job.value === undefined ? {} : { value: JSON.parse(job.value) as unknown }),
});

/** A task in full; the jobs are a first page of them. */
export async function taskDetail(
  deps: Pick<Deps, 'core'>,
  task: Task,
  jobs: readonly Job[],
  links: TaskDetail['links'],
): Promise<TaskDetail> {
  const template = await deps.core.template(task.taskId);
  return {
    ...summary(task),
    service: template?.service ?? { endpoint: task.platformId, application: task.process },
    parameters: template?.parameters ?? {},
    format: template?.format ?? 'json',
    dimension: { name: task.dimension },
    jobs: jobs.map(taskJob),
    links,
  };
}
