/**
 * What can be watched. A subject is stored as `<kind>:<id>`; clients name it by a key of `subjects` in `subscribe`: their own
 * jobs are `jobs`, a task is as it is stored.
 */

/** The subject that all jobs of a user are, but those of tasks. */
export const jobsOf = (owner: string): string => `jobs:${owner}`;
/** A task and its jobs. */
export const taskSubject = (taskId: string): string => `task:${taskId}`;

/** What may be the id of a task: what is not would be no key either. */
export const isTaskId = /^[\w-]{1,64}$/;

/** Where a job shows: a task has thousands, which would hide its owner's others. */
export const subjectOf = ({ owner, taskId }: { owner: string; taskId?: string | undefined }): string =>
  taskId === undefined ? jobsOf(owner) : taskSubject(taskId);

/** Whose jobs a subject is. */
export const ownerOf = (subject: string): string => subject.slice('jobs:'.length);
/** The task that a subject is; undefined for jobs. */
export const taskOf = (subject: string): string | undefined => (subject.startsWith('task:') ? subject.slice('task:'.length) : undefined);

/** As clients call it. */
export const nameOf = (subject: string): string => (taskOf(subject) === undefined ? 'jobs' : subject);
export const subjectNamed = (name: string, owner: string): string => (name === 'jobs' ? jobsOf(owner) : name);

/** How long a subject that nobody views any more is watched on, so that whoever comes back in time misses nothing. */
export const lingerSeconds = 120;
