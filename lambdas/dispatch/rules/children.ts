import { iso } from '../../shared/time/clock.ts';
import type { Job, Spec, Template } from '../model.ts';
import { as } from './transitions.ts';

/** Values up to so many characters of JSON stand in the job itself; longer ones are read from the task's file of values. */
const shortValue = 200;
/** Titles of jobs are the task's, cut: a job's item is written often, and pays by the kilobyte. */
const longestTitle = 120;

/** What all jobs of a task have in common. */
export interface Family extends Pick<Job, 'owner' | 'laneId' | 'platformId' | 'process' | 'title' | 'label' | 'deadline' | 'onAmbiguous'> {
  taskId: string;
}

/** A job of a task; `isCancelled`: the task was cancelled before it could be written. */
export function childOf(family: Family, index: number, value: unknown, now: number, isCancelled: boolean): Job {
  const { taskId, title, ...common } = family;
  const json = JSON.stringify(value);
  const at = iso(now);
  return {
    jobId: `${taskId}-${index}`,
    ...common,
    origin: 'task',
    taskId,
    index,
    ...(json.length <= shortValue ? { value: json } : {}),
    title: `${title.slice(0, longestTitle)} - Processing Job ${index + 1}`,
    ...(isCancelled ? { ...as('dismissed'), message: 'Cancelled.', finished: at } : as('queued')),
    incarnation: 1,
    epoch: 0,
    version: 1,
    pollNumber: 0,
    failures: 0,
    created: at,
    updated: at,
  };
}

/** What a job of a task is asked to do: the template with the job's value in it. */
export const childSpec = ({ format, service, parameters, dimension }: Template, jobId: string, value: unknown): Spec => ({
  jobId,
  format,
  service,
  parameters: { ...parameters, [dimension]: value },
});
