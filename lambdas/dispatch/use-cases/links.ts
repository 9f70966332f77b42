import type { ReadOutcome } from '../../platforms/ports.ts';
import type { Job } from '../model.ts';
import { userOf } from '../rules/lane.ts';
import type { Deps, RecentLinks } from './deps.ts';

/** How long links are handed out again before new ones are asked for: far shorter than any is signed for. */
const keptSeconds = 60;
/** Jobs whose links are kept at once. */
const mostKept = 200;

/** Links to the outputs of a job, by name, as its platform gives them now. `anew`: the ones given lately do not work. */
export async function linksOf(deps: Deps, job: Job, anew = false): Promise<ReadOutcome<RecentLinks>> {
  const platform = await deps.platform(job.platformId);
  if (platform === undefined || job.platformJobId === undefined) return { kind: 'missing' };
  const key = `${job.laneId} ${job.platformJobId}`;
  const known = deps.links.get(key);
  if (known !== undefined && !anew && deps.clock.now() - known.at < keptSeconds * 1000) return { kind: 'found', value: known };
  const read = await deps.client(platform, userOf(job.laneId)).results(job.platformJobId);
  if (read.kind !== 'found') return read;
  const byName = new Map(read.value.outputs.flatMap((output) => ('href' in output ? [[output.name, output.href] as const] : [])));
  const links = { at: deps.clock.now(), byName };
  deps.links.delete(key);
  deps.links.set(key, links);
  const oldest = deps.links.size > mostKept ? deps.links.keys().next().value : undefined;
  if (oldest !== undefined) deps.links.delete(oldest);
  return { kind: 'found', value: links };
}
