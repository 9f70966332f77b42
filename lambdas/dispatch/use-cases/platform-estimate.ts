import { Problem } from '../../shared/problem.ts';
import type { Job, PlatformEstimate } from '../model.ts';
import { userOf } from '../rules/lane.ts';
import { told } from '../rules/writes.ts';
import type { Deps } from './deps.ts';

/**
 * What the platform itself reckons that the job takes and costs: asked at once, kept nowhere. 404 where it gives none: openEO
 * back-ends may, for a job that they have; 503 while it does not answer.
 */
export async function platformEstimate(deps: Pick<Deps, 'platform' | 'client'>, job: Job): Promise<PlatformEstimate> {
  const platform = await deps.platform(job.platformId);
  const client = platform && deps.client(platform, userOf(job.laneId));
  if (job.platformJobId === undefined || client?.estimate === undefined)
    throw none(client?.estimate ? 'The job is not on the platform yet.' : 'The platform gives no estimates.');
  const read = await client.estimate(job.platformJobId);
  if (read.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${platform!.title} does not answer: ${told(read.message)}`, {
      headers: { 'retry-after': '30' },
    });
  if (read.kind === 'missing') throw none('The platform gives no estimate of this job.');
  return { platform: job.platformId, ...read.value };
}

const none = (why: string): Problem => new Problem(404, 'NO_ESTIMATE', `There is no estimate. ${why}`);
