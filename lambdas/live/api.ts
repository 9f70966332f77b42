import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { jobsOf } from './rules/subjects.ts';

/**
 * What live offers to the entry points of other areas: whether anyone of these users has a connection open, or had one a
 * moment ago. One read a user, however many connections they have.
 */
export async function hasViewers(owners: readonly string[]): Promise<boolean> {
  const subjects = dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE'));
  const now = Math.floor(systemClock.now() / 1000);
  for (const owner of owners) if ((await subjects.watch(jobsOf(owner))).until > now) return true;
  return false;
}
