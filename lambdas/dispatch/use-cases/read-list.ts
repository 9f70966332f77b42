import type { ListedJob, PlatformClient } from '../../platforms/ports.ts';
import { ms } from '../../shared/time/clock.ts';
import type { Job } from '../model.ts';

/** Pages of a list that one poll reads at most: as many jobs as a lane may have unfinished on a platform, 100 a page. */
const maxPages = 20;

/** What a poll learnt from the platform's list. */
export interface ListRead {
  /** Due jobs that the list told enough of. */
  settled: Set<string>;
  /** Requests made. */
  pages: number;
  /** Due jobs that it did not show. */
  unseen: number;
  /** It told of more jobs than it took requests, and no page failed. */
  paid: boolean;
  /** Why a page could not be read. */
  failure?: string;
  /** The platform has no list. */
  isMissing: boolean;
  /** The page that the next reading begins with, where this one left off before it had seen all; absent for the first. */
  next?: string;
}

/** Page tokens are the platform's; a longer one is not kept. */
const longestToken = 2000;

/**
 * Reads the platform's list until every due job was seen, the list ends, a page fails, or going on would cost more
 * than half of what reading the rest one by one does, or than the budget (requests) but for what is to be spared of it for reading
 * one by one. It goes on where the last reading left off, `from`, and from the end of the list to its beginning; a page that is no
 * longer there costs a request. Whatever a page tells of jobs on the platform is taken, whether they are due or not; that a
 * job is not listed means nothing.
 */
export async function readList(
  list: NonNullable<PlatformClient['list']>,
  jobs: { due: readonly Job[]; onPlatform: readonly Job[]; budget: number; spare: number; from: string | undefined },
  goesOn: () => boolean,
  take: (job: Job, said: ListedJob) => Promise<void>,
): Promise<ListRead> {
  const { due, onPlatform, budget, spare, from } = jobs;
  const ours = new Map(onPlatform.map((job) => [job.platformJobId!, job]));
  const unseen = new Set(due.map((job) => job.platformJobId!));
  const settled = new Set<string>();
  const asked = new Set<string | undefined>();
  const most = Math.min(maxPages, Math.max(1, budget - spare), Math.ceil(due.length / 2));
  const end = (more: Partial<Pick<ListRead, 'failure' | 'isMissing' | 'next'>>): ListRead => ({
    ...{ settled, pages: asked.size, unseen: unseen.size, paid: more.failure === undefined && settled.size > asked.size, isMissing: false },
    ...more,
  });
  let next = from;
  while (unseen.size > 0 && asked.size < most && goesOn()) {
    asked.add(next);
    const page = await list(next);
    if (page.kind !== 'found' && next !== undefined && next === from) {
      next = undefined;
      continue;
    }
    if (page.kind === 'missing') return end({ failure: 'The platform has no list of jobs.', isMissing: true });
    if (page.kind !== 'found') return end({ failure: page.message });
    await Promise.all(
      page.value.jobs.map(async (said) => {
        const job = ours.get(said.platformJobId);
        if (job === undefined || !ours.delete(said.platformJobId)) return; // each once, however often the pages show it
        unseen.delete(said.platformJobId);
        if (!tellsEnough(job, said)) return;
        settled.add(job.jobId);
        await take(job, said);
      }),
    );
    next = page.value.next;
    if (asked.has(next) || (next === undefined && from === undefined)) return end({});
  }
  return end(unseen.size === 0 || next === undefined || next.length > longestToken ? {} : { next });
}

/** A job that only its platform's own answer can settle: one that is to be stopped or started again, or failed for a reason not listed. */
const tellsEnough = (job: Job, { phase, message }: ListedJob): boolean =>
  job.cancelRequested === undefined && phase !== 'created' && !(phase === 'failed' && message === undefined);

/** Whether asking for the list can be worth it: at least two reads become one, and it did not disappoint lately. */
export const listPays = (client: PlatformClient, due: readonly Job[], listAfter: string | undefined, now: number): boolean =>
  client.list !== undefined && due.length >= 2 && (listAfter === undefined || ms(listAfter) <= now);
