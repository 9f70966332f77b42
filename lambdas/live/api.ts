import { dynamo } from '../shared/aws.ts';
import { env } from '../shared/env.ts';
import { systemClock } from '../shared/time/system.ts';
import { dynamoSubjects } from './dynamo-subjects.ts';
import { jobsOf } from './rules.ts';

/** What live offers to the entry points of other areas: whether anyone of these users has a connection open. */
export async function hasViewers(owners: readonly string[]): Promise<boolean> {
  const subjects = dynamoSubjects(dynamo(), env('CONNECTIONS_TABLE'));
  const now = Math.floor(systemClock.now() / 1000);
  for (const owner of owners) if ((await subjects.viewers(jobsOf(owner), now)).length > 0) return true;
  return false;
}
