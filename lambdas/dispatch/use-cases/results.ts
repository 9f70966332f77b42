import { Problem } from '../../shared/problem.ts';
import { iso } from '../../shared/time/clock.ts';
import { isFinal, nativeStatus, type Job } from '../model.ts';
import { itemPath, stacItem, type StacItem } from '../rules/stac.ts';
import * as writes from '../rules/writes.ts';
import type { Deps } from './deps.ts';

/**
 * Reads the result document of a successful job and keeps it as a STAC Item in the owner's workspace. May come twice:
 * the item is the same, and only one write makes the results visible. Throws when the platform does not answer, so that
 * the queue brings the job again.
 */
export async function collectResults(deps: Deps, jobId: string): Promise<void> {
  const job = await deps.jobs.get(jobId);
  if (job === undefined || job.status !== 'successful' || job.resultsAt !== undefined || job.platformJobId === undefined) return;
  const platform = deps.platform(job.platformId);
  if (platform === undefined) throw new Error(`PLATFORM_GONE: ${job.platformId} is no longer registered`);
  const results = await deps.client(platform).results(job.platformJobId);
  if (results.kind === 'unavailable') throw new Error(`PLATFORM_UNAVAILABLE: ${results.message}`);
  const outputs = results.kind === 'found' ? results.value.outputs : [];
  const item = stacItem(job, await deps.jobs.spec(jobId), outputs);
  if (results.kind === 'missing') item.properties['swath:note'] = 'The platform no longer has the results of this job.';
  await deps.workspace.write(job.owner, itemPath(jobId), JSON.stringify(item), 'application/geo+json');
  await deps.jobs.update(job, writes.resultsReady(job, iso(deps.clock.now())));
}

/** The results of a finished job, with links that work: files in our bucket are signed now, others keep their canonical link. */
export async function readResults(deps: Deps, job: Job, self: string): Promise<StacItem> {
  if (!isFinal(job.status) || (job.status === 'successful' && job.resultsAt === undefined))
    throw new Problem(409, 'RESULTS_NOT_READY', `The job is ${nativeStatus[job.status]}: its results are not there yet.`, {
      headers: { 'retry-after': '5' },
    });
  if (job.status !== 'successful')
    throw new Problem(
      409,
      'NO_RESULTS',
      `The job is ${nativeStatus[job.status]} and has no results.${job.message ? ` ${job.message}` : ''}`,
    );
  const stored = await deps.workspace.read(job.owner, itemPath(job.jobId));
  if (stored === undefined) throw new Problem(404, 'RESULTS_NOT_FOUND', 'The results of this job were removed from your workspace.');
  const item = JSON.parse(stored) as StacItem;
  const ours = `s3://${deps.workspace.bucket}/`;
  for (const asset of Object.values(item.assets))
    if (asset.href.startsWith(ours)) asset.href = await deps.workspace.sign(asset.href.slice(ours.length));
  item.links = [
    { rel: 'self', href: self, type: 'application/geo+json' },
    {
      rel: 'canonical',
      href: await deps.workspace.signFile(job.owner, itemPath(job.jobId)),
      type: 'application/geo+json',
      title: 'The item as stored in your workspace (link works for 15 minutes)',
    },
  ];
  return item;
}
