import type { AssetOutcome } from '../../platforms/ports.ts';
import { iso, ms } from '../../shared/time/clock.ts';
import type { Job } from '../model.ts';
import { copiesIn, copyPath, pauseBeforeTry, toCopy, withCopies, type Copied } from '../rules/copies.ts';
import { userOf } from '../rules/lane.ts';
import { draftPath, itemPath, jobFolder, type StacAsset, type StacItem } from '../rules/stac.ts';
import * as writes from '../rules/writes.ts';
import type { Deps } from './deps.ts';
import { linksOf } from './links.ts';
import { keepLogs } from './logs.ts';

/** What one try of a copy answers to the state machine. */
export interface Tried extends Copied {
  /** Before the next try, where there is one. */
  waitSeconds: number;
}

/** Largest file that is copied where the platform's entry says nothing: what a function copies within its time. */
const usualMaxBytes = 5 * 1024 ** 3;

/** How long nobody else begins to copy, counted from the last sign of life: two files, one after the other. */
const leaseEnd = (deps: Deps): string => iso(deps.clock.now() + 2 * deps.settings.copySeconds * 1000);

/** A job whose results are being copied, as the state machine names it; undefined when that is over. */
async function copying(deps: Deps, jobId: string, incarnation: number): Promise<Job | undefined> {
  const job = await deps.jobs.get(jobId);
  return job?.incarnation === incarnation && job.status === 'successful' && job.resultsAt === undefined ? job : undefined;
}

const readItem = async (deps: Deps, owner: string, path: string): Promise<StacItem | undefined> => {
  const stored = await deps.workspace.read(owner, path);
  return stored === undefined ? undefined : (JSON.parse(stored) as StacItem);
};
const readDraft = (deps: Deps, { owner, jobId }: Job) => readItem(deps, owner, draftPath(jobId));

/**
 * Begins to copy the files of an item, unless somebody does. Its draft is written once: the copies are numbered by it, also
 * when the copying is begun anew after an execution that died.
 */
export async function beginCopies(deps: Deps, job: Job, item: StacItem): Promise<void> {
  const until = leaseEnd(deps);
  const lease = await deps.jobs.update(job, writes.beginCopies(job, iso(deps.clock.now()), until));
  if (!lease.ok) return;
  try {
    await deps.workspace.writeNew(job.owner, draftPath(job.jobId), JSON.stringify(item), 'application/geo+json');
    await deps.wakers.copyResults(job.jobId, job.incarnation);
  } catch (error) {
    await deps.jobs.update(job, writes.endCopies(job, until));
    throw error;
  }
}

/** The files that an execution is to copy; none when the results are visible already, or the job is gone. */
export async function planCopies(
  deps: Deps,
  jobId: string,
  incarnation: number,
): Promise<{ outcome: 'copy' | 'nothing'; assets: number[] }> {
  const job = await copying(deps, jobId, incarnation);
  const item = job && (await readDraft(deps, job));
  return item === undefined ? { outcome: 'nothing', assets: [] } : { outcome: 'copy', assets: toCopy(item).map(({ number }) => number) };
}

/** Copies one file. May come twice, also at the same time: what is there already counts. */
export async function copyAsset(deps: Deps, ref: { jobId: string; incarnation: number; asset: number; tries: number }): Promise<Tried> {
  const { asset: number, tries } = ref;
  const waitSeconds = pauseBeforeTry(tries, deps.settings.copyAgainSeconds);
  const ended = (outcome: Copied['outcome'], more: Pick<Copied, 'bytes' | 'sha256'> = {}) => ({
    asset: number,
    outcome,
    waitSeconds,
    ...more,
  });
  const job = await copying(deps, ref.jobId, ref.incarnation);
  const draft = job && (await readDraft(deps, job));
  const wanted = draft && toCopy(draft).find((one) => one.number === number);
  const platform = job && (await deps.platform(job.platformId));
  if (job === undefined || wanted === undefined) return ended('superseded');
  if (platform === undefined) return ended('failed');
  if (ms(job.copyUntil ?? iso(0)) - deps.clock.now() < deps.settings.copySeconds * 1000)
    await deps.jobs.update(job, writes.goOnCopying(job, leaseEnd(deps)));

  const path = copyPath(job.jobId, number, wanted.asset.type);
  const there = await deps.workspace.inspect(job.owner, path);
  if (there !== undefined) return ended('copied', there);
  const opened = await openAsset(deps, job, wanted.name, wanted.asset);
  if (opened.kind !== 'found') return ended(opened.kind === 'unavailable' ? 'again' : opened.kind);
  const maxBytes = platform.results?.maxBytes ?? usualMaxBytes;
  if ((opened.bytes ?? 0) > maxBytes) {
    await discard(opened.body);
    return ended('too-large');
  }
  const type = wanted.asset.type ?? opened.type ?? 'application/octet-stream';
  const source = counted(opened.body, opened.bytes);
  const stored = await deps.workspace.store(job.owner, path, source.body, type, maxBytes).catch((error: unknown) => {
    if (source.broke) return undefined;
    throw error;
  });
  if (stored === undefined) return ended('again');
  if (stored.kind === 'too large') return ended('too-large');
  if (stored.kind === 'stored') return ended('copied', { bytes: stored.bytes, sha256: stored.sha256 });
  const others = await deps.workspace.inspect(job.owner, path);
  return others === undefined ? ended('again') : ended('copied', others); // the other write, too, may have come to nothing
}

/** Opens a file by its link; by a new one where the link that the platform gave is over. */
export async function openAsset(deps: Deps, job: Job, name: string, asset: StacAsset): Promise<AssetOutcome> {
  const client = deps.client((await deps.platform(job.platformId))!, userOf(job.laneId));
  if (client.openAsset === undefined) return { kind: 'refused', message: 'The platform has no files.' };
  if (!asset['swath:signed']) return client.openAsset(asset.href);
  let opened: AssetOutcome = { kind: 'missing' };
  for (const anew of [false, true]) {
    const links = await linksOf(deps, job, anew);
    if (links.kind !== 'found') return links;
    const href = links.value.byName.get(name);
    opened = href === undefined ? { kind: 'missing' } : await client.openAsset(href);
    if (opened.kind !== 'expired') return opened;
  }
  return opened;
}

/** Nothing of it is read: ends its connection. */
export async function discard(body: AsyncIterable<Uint8Array>): Promise<void> {
  await body[Symbol.asyncIterator]().return?.();
}

/** The body of an answer; `broke` when it ended with an error, or before the length that was announced. */
function counted(
  body: AsyncIterable<Uint8Array>,
  announced: number | undefined,
): { body: AsyncIterable<Uint8Array>; readonly broke: boolean } {
  const state = { broke: false };
  async function* chunks() {
    let bytes = 0;
    try {
      for await (const chunk of body) {
        yield chunk;
        bytes += chunk.length;
      }
    } catch (error) {
      state.broke = true;
      throw error;
    }
    if (announced !== undefined && bytes !== announced) {
      state.broke = true;
      throw new Error(`The platform announced ${announced} bytes and sent ${bytes}.`);
    }
  }
  return {
    body: chunks(),
    get broke() {
      return state.broke;
    },
  };
}

/**
 * Makes the results visible: what was copied lies in the workspace, the rest keeps its reference. `fault`: what ended an
 * execution before its time; then nothing may be known of what was copied. The item is written once: of two executions that end the
 * copying both tell of the same. A draft that cannot be removed changes nothing of that.
 */
export async function finishCopies(
  deps: Deps,
  { jobId, incarnation, results = [], fault }: { jobId: string; incarnation: number; results?: readonly Copied[]; fault?: string },
): Promise<{ outcome: 'ready' | 'nothing' }> {
  if (fault !== undefined) deps.report('copying results was broken off', { jobId, fault });
  const job = await copying(deps, jobId, incarnation);
  const draft = job && (await readDraft(deps, job));
  if (job === undefined || draft === undefined) return { outcome: 'nothing' };
  const own = `s3://${deps.workspace.bucket}/users/${job.owner}/workspace/`;
  const item = withCopies(draft, results, (asset, type) => own + copyPath(jobId, asset, type));
  await keepLogs(deps, job);
  const isNew = await deps.workspace.writeNew(job.owner, itemPath(jobId), JSON.stringify(item), 'application/geo+json');
  const written = isNew ? item : ((await readItem(deps, job.owner, itemPath(jobId))) ?? item);
  const ready = await deps.jobs.update(job, writes.resultsReady(job, iso(deps.clock.now()), copiesIn(written)));
  if (ready.item?.resultsAt !== undefined)
    await deps.workspace
      .remove(job.owner, draftPath(jobId))
      .catch((error: unknown) => deps.report('a draft of results was left behind', { jobId, error }));
  else if (ready.item === undefined) await deps.workspace.remove(job.owner, jobFolder(jobId)); // deleted meanwhile
  return { outcome: ready.ok ? 'ready' : 'nothing' };
}
