import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { subjectOf } from './rules/subjects.ts';

/**
 * What live offers to the entry points of other areas: whether anyone has a connection open that shows one of these jobs, or
 * had one a moment ago. One read for the jobs of a user and for each task, however many connections there are.
 */
export async function hasViewers(jobs: readonly { owner: string; taskId?: string | undefined }[]): Promise<boolean> {
  const subjects = dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE'));
  const now = Math.floor(systemClock.now() / 1000);
  for (const subject of new Set(jobs.map(subjectOf))) if ((await subjects.watch(subject)).until > now) return true;
  return false;
}
