import { resultsPrefixes } from '../../platforms/model.ts';
import { Problem } from '../../shared/problem.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import { isFinal, nativeStatus, type Job } from '../model.ts';
import { toCopy } from '../rules/copies.ts';
import { userOf } from '../rules/lane.ts';
import { readableKey } from '../rules/references.ts';
import { itemPath, jobFolder, stacItem, type StacItem } from '../rules/stac.ts';
import { told } from '../rules/writes.ts';
import * as writes from '../rules/writes.ts';
import { beginCopies } from './copies.ts';
import type { Deps } from './deps.ts';
import { linksOf } from './links.ts';
import { keepLogs } from './logs.ts';

/** A platform that does not hand out results within a day after the end does not get asked for ever. */
const collectWithinSeconds = 24 * 3600;

/** The platform was asked for results and did not answer, or is too busy: the same is worth asking again. */
export class ResultsUnavailable extends Error {
  override name = 'ResultsUnavailable';
}

/**
 * Reads the result document of a successful job and keeps it as a STAC Item in the owner's workspace; where its files are
 * to be copied, begins that. The log is kept beside, of a failed job the log alone. May come twice:
 * the item is the same, and only one write makes the results visible.
 * @throws ResultsUnavailable when the platform does not answer, so that the queue brings the job again
 */
export async function collectResults(deps: Deps, jobId: string): Promise<void> {
  const job = await deps.jobs.get(jobId);
  if (job?.status === 'failed') return keepLogs(deps, job);
  if (job === undefined || job.status !== 'successful' || job.resultsAt !== undefined) return;
  if (job.platformJobId === undefined) {
    // A synchronous call: its answer and item were written before its end was.
    if (job.sync) await deps.jobs.update(job, writes.resultsReady(job, iso(deps.clock.now())));
    return;
  }
  const platform = await deps.platform(job.platformId);
  if (platform === undefined) throw new Error(`PLATFORM_GONE: ${job.platformId} is no longer registered`);
  const results = await deps.client(platform, userOf(job.laneId)).results(job.platformJobId);
  const tooLate = deps.clock.now() - ms(job.finished ?? job.updated) > collectWithinSeconds * 1000;
  if (results.kind === 'unavailable' && !tooLate) throw new ResultsUnavailable(results.message);
  const outputs = results.kind === 'found' ? results.value.outputs : [];
  const spec = await deps.jobs.spec(job);
  const item = stacItem(job, spec, outputs);
  if (results.kind === 'missing') item.properties['swath:note'] = 'The platform no longer has the results of this job.';
  if (results.kind === 'unavailable') item.properties['swath:note'] = 'The platform did not hand out the results of this job.';
  const copies = (spec?.results ?? platform.results?.policy) === 'copy' && !tooLate && toCopy(item).length > 0;
  if (copies) return beginCopies(deps, job, item);
  await keepLogs(deps, job);
  await deps.workspace.write(job.owner, itemPath(jobId), JSON.stringify(item), 'application/geo+json');
  const ready = await deps.jobs.update(job, writes.resultsReady(job, iso(deps.clock.now())));
  if (!ready.ok && ready.item === undefined) await deps.workspace.remove(job.owner, jobFolder(jobId)); // deleted meanwhile
}

/** A platform may answer any link, also one that its user made it say: signed are only the owner's files and the job's own outputs. */
export const mayBeSigned = (href: string, job: Job, bucket: string): boolean =>
  readableKey(href, bucket, job.owner) !== undefined ||
  Object.values(resultsPrefixes).some((prefix) => isFileIn(`s3://${bucket}/${prefix}${job.platformJobId ?? '/'}/`, href));

/** A file right in the folder, by a plain name. */
const isFileIn = (folder: string, href: string): boolean => href.startsWith(folder) && /^[\w-]+\.\w+$/.test(href.slice(folder.length));

/**
 * The results of a finished job, with links that work: files in our bucket are signed now, links that the platform signs
 * for a while are asked for anew, others stay as they are. `partial`: also what a job that runs or failed has so far, where
 * its platform hands that out. `links: 'known'`: the item as it is kept, and the platform is not asked.
 */
export async function readResults(
  deps: Deps,
  job: Job,
  self: string,
  { partial = false, links = 'working' }: { partial?: boolean; links?: 'working' | 'known' } = {},
): Promise<StacItem> {
  if (partial && job.status !== 'successful') {
    const part = await partialResults(deps, job, self);
    if (part !== undefined) return part;
  }
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
  if (links === 'working') await renewLinks(deps, job, item);
  const ours = `s3://${deps.workspace.bucket}/`;
  for (const asset of Object.values(item.assets))
    if (mayBeSigned(asset.href, job, deps.workspace.bucket)) asset.href = await deps.workspace.sign(asset.href.slice(ours.length));
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

/**
 * Replaces links that end by ones that the platform gives now. Where it gives none, the item says so; it is an error when
 * nothing else is left in the item.
 */
async function renewLinks(deps: Deps, job: Job, item: StacItem): Promise<void> {
  const all = Object.entries(item.assets);
  const signed = all.filter(([, asset]) => asset['swath:signed']);
  if (signed.length === 0) return;
  const links = await linksOf(deps, job);
  const anyOther = signed.length < all.length || Object.keys(item.properties['swath:outputs'] as object).length > 0;
  if (links.kind !== 'found' && !anyOther) throw links.kind === 'missing' ? lostThere() : noLinks(told(links.message));
  for (const [name, asset] of signed) {
    const href = links.kind === 'found' ? links.value.byName.get(name) : undefined;
    if (href !== undefined) {
      asset.href = href;
      delete asset['swath:signed'];
    } else
      asset['swath:note'] ??= links.kind === 'unavailable' ? `The platform gives no link now: ${told(links.message)}` : lostThere().message;
  }
}
const lostThere = () => new Problem(404, 'RESULTS_NOT_FOUND', 'The platform no longer has the results of this job.');
const noLinks = (why: string) =>
  new Problem(
    503,
    'PLATFORM_UNAVAILABLE',
    `The results are on the platform, which does not answer: ${why} Ask again later, or with links=known for the item as it is kept.`,
    { headers: { 'retry-after': '30' } },
  );

/** What a job has produced so far, as its platform has it now: nothing of it is kept. undefined where there is none. */
async function partialResults(deps: Deps, job: Job, self: string): Promise<StacItem | undefined> {
  const platform = await deps.platform(job.platformId);
  const client = platform && deps.client(platform, userOf(job.laneId));
  if (client?.partialResults === undefined || job.platformJobId === undefined) return undefined;
  const read = await client.partialResults(job.platformJobId);
  if (read.kind === 'unavailable')
    throw new Problem(503, 'PLATFORM_UNAVAILABLE', `${platform!.title} does not answer: ${told(read.message)}`, {
      headers: { 'retry-after': '30' },
    });
  if (read.kind === 'missing' || read.value.outputs.length === 0) return undefined;
  const item = stacItem(job, await deps.jobs.spec(job), read.value.outputs);
  item.properties['swath:partial'] = true;
  item.links = [{ rel: 'self', href: self, type: 'application/geo+json' }];
  return item;
}
